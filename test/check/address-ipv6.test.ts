import * as assert from "uvu/assert";
import { addressIpv6 } from "../../src/check/address-ipv6.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressIpv6, { "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}` });
}

describe("address/ipv6", (it) => {
  it("finds what is no IPv6 address", () => {
    const found = check('"fe80::1%eth0"', '"[::1"', '"::1]"', "1:2:3:4:5:6:7", "2001:db8::1");
    assert.equal(
      found.map(({ severity, path }) => `${severity} ${path.at(-1)}`),
      ["error 0", "error 1", "error 2", "error 3"],
    );
  });

  it("is content with addresses, bare and in brackets", () => {
    assert.equal(check("2001:db8::1", '"[2001:db8::1]"', "2001:db8:0:1:2:3:4:5", '"::ffff:10.0.0.1"', "10.0.0.1"), []);
  });

  it("leaves hosts with ports, words and ranges to other rules", () => {
    assert.equal(check("web1:9100", "1:2:3:4:5:6:7:8:9100", "dead.beef", '"2001:db8::[1-3]"'), []);
  });

  it("asks for brackets before the port of a server", () => {
    const [found, ...others] = findings(addressIpv6, {
      "a.yml": "shard: a\nservers: ['2001:db8::1:9090', '2001:db8::1']",
    });
    assert.equal(found?.path, [0, "servers", 0]);
    assert.match(found?.help ?? "", /"\[2001:db8::1\]:9090"/);
    assert.equal(others, []);
  });
});
