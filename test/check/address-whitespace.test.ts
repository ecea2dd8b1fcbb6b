import * as assert from "uvu/assert";
import { addressWhitespace } from "../../src/check/address-whitespace.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressWhitespace, { "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}` });
}

describe("address/whitespace", (it) => {
  it("finds white space around and inside", () => {
    const found = check('" a:9100 "', '"web1 web2"', "web1", "{ host: 'web3 ', labels: { a: b } }");
    assert.equal(
      found.map(({ severity, text }) => `${severity} ${text}`),
      ["error  a:9100 ", "error web1 web2", "error web3 "],
    );
    assert.equal(found[2]?.path, [0, "projects", 0, "hosts", 3, "host"]);
  });

  it("is content without", () => {
    assert.equal(check("web1", "10.0.0.1", "日本.jp"), []);
  });

  it("leaves the white space of a range's list alone, and what YAML cuts off", () => {
    assert.equal(check('"web[1, 3]"', "web4   # the fourth"), []);
  });

  it("finds it in servers and in the address of blackbox_exporter", () => {
    const found = findings(addressWhitespace, {
      "promgen.yml": "prometheus: { blackbox: ' 127.0.0.1:9115' }",
      "targets/a.yml": "shard: a\nservers: [prom1, 'prom2 ', 'prom3:9090 ']\nprometheus: { blackbox: 'x :9115' }",
    });
    assert.equal(found.map(({ file, path }) => `${file} ${path.join("/")}`).sort(), [
      "promgen.yml 0/prometheus/blackbox",
      "targets/a.yml 0/prometheus/blackbox",
      "targets/a.yml 0/servers/1",
      "targets/a.yml 0/servers/2",
    ]);
  });
});
