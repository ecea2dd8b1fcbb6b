import * as assert from "uvu/assert";
import { addressRange } from "../../src/check/address-range.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressRange, { "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}` });
}

describe("address/range", (it) => {
  it("finds ranges that cannot be expanded", () => {
    const found = check(
      '"web[9-1]"',
      '"web[1-99999999]"',
      '"web[1-3"',
      "{ host: 'web[a-c]', labels: { a: b } }",
      "web5",
    );
    assert.equal(
      found.map(({ severity, text }) => `${severity} ${text}`),
      ["error web[9-1]", "error web[1-99999999]", "error web[1-3", "error web[a-c]"],
    );
    assert.equal(found[3]?.path, [0, "projects", 0, "hosts", 3, "host"]);
  });

  it("finds what is meant as one, in another notation", () => {
    const found = check(
      "10.1.2.3-9",
      "10.1.2.4",
      "10.1.2.x",
      "{ host: 10.0.0.1-10 }",
      "10-1-2-3.example.com",
      "ip-10-0-0-1",
    );
    assert.equal(
      found.map(({ severity, text }) => `${severity} ${text}`),
      ["error 10.1.2.3-9", "error 10.1.2.x", "error 10.0.0.1-10"],
    );
  });

  it("is content with good ones", () => {
    assert.equal(check('"web[01-20].example.com"', '"r[1-3,7]n[1-2]"', '"web[5]"'), []);
  });

  it("takes brackets around an IPv6 address for what they are", () => {
    assert.equal(check('"[2001:db8::1]"', '"[::1"', "web1-3"), []);
  });

  it("finds ranges in farms, and where none is expanded", () => {
    const found = findings(addressRange, {
      "f.yml": "farm: f\nhosts: [web1, 'web[3-2]']",
      "s.yml": "shard: a\nservers: ['prom[1-2]:9090', '10.1.2.x:9090', 10.1.2.x]",
    });
    assert.equal(
      found.map(({ file, path }) => `${file} ${path.join("/")}`),
      ["f.yml 0/hosts/1", "s.yml 0/servers/0", "s.yml 0/servers/1", "s.yml 0/servers/2"],
    );
  });
});
