import * as assert from "uvu/assert";
import { addressInvalidHost } from "../../src/check/address-invalid-host.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressInvalidHost, { "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}` });
}

describe("address/invalid-host", (it) => {
  it("finds what is neither name nor address", () => {
    const found = check("-web", "a..b", '"*.example.com"', "999.1.1.1", `${"a".repeat(64)}.x`, "web1");
    assert.equal(
      found.map(({ severity, path }) => `${severity} ${path.at(-1)}`),
      ["error 0", "error 1", "error 2", "error 3", "error 4"],
    );
  });

  it("is content with names of any script, and addresses", () => {
    assert.equal(check("web1", "日本.jp", "10.0.0.1", "2001:db8::1", `${"a".repeat(63)}.x`, "web-1.dc1"), []);
  });

  it("only warns of underscores", () => {
    assert.equal(
      check("web_1", "web-1").map(({ severity, text }) => `${severity} ${text}`),
      ["warning web_1"],
    );
  });

  it("reports a range once, for its first bad host", () => {
    const found = check('"10.0.0.[250-300]"', '"web[1-3].-x"', "{ host: '8.8.[255-257].1', labels: { a: b } }");
    assert.equal(
      found.map(({ path }) => path.slice(4)),
      [[0], [1], [2, "host"]],
    );
    assert.match(found[0]?.message ?? "", /10\.0\.0\.256/);
    assert.match(found[2]?.message ?? "", /8\.8\.256\.1/);
  });

  it("reports a farm's host once, however many projects use it", () => {
    const project = (name: string): string => `  - { name: ${name}, farm: f }\n`;
    const found = findings(addressInvalidHost, {
      "f.yml": "farm: f\nhosts: [-web]",
      "s.yml": `service: s\nprojects:\n${project("a")}${project("b")}`,
    });
    assert.equal(
      found.map(({ file, path }) => `${file} ${path.join("/")}`),
      ["f.yml 0/hosts/0"],
    );
  });

  it("gives a host only its best explanation", () => {
    assert.equal(check("http://-web", "-web:9100", '"-web "', '"[-web"'), []);
  });
});
