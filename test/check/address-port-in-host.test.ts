import * as assert from "uvu/assert";
import { addressPortInHost } from "../../src/check/address-port-in-host.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressPortInHost, { "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}` });
}

describe("address/port-in-host", (it) => {
  it("finds hosts with a port", () => {
    const found = check("web1:9100", "10.0.0.1:9100", '"[2001:db8::1]:9100"', "web1", '"web[1-3]:9100"');
    assert.equal(
      found.map(({ severity, path }) => `${severity} ${path.at(-1)}`),
      ["error 0", "error 1", "error 2", "error 4"],
    );
    assert.match(found[0]?.help ?? "", /`web1`.*`port: 9100`/);
  });

  it("is content without", () => {
    assert.equal(check("web1", '"[2001:db8::1]"', "2001:db8::1"), []);
  });

  it("takes the end of a bare IPv6 address for a port where an exporter has it, and not in brackets", () => {
    assert.equal(
      check("fe80::1:9100", '"[fe80::1:9100]"', "fe80::1:7999").map(({ path }) => path.at(-1)),
      [0],
    );
  });

  it("knows the ports of this inventory", () => {
    const files = (port: number): Record<string, string> => ({
      "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts: ["2001:db8::1:7999"]\n    exporters: [{ job: app, port: ${port} }]`,
    });
    assert.is(findings(addressPortInHost, files(7999)).length, 1);
    assert.is(findings(addressPortInHost, files(7998)).length, 0);
    assert.is(
      findings(addressPortInHost, { ...files(7998), "promgen.yml": "exporters: { x: { port: 7999 } }" }).length,
      1,
    );
  });

  it("allows the port of a server", () => {
    assert.equal(findings(addressPortInHost, { "a.yml": "shard: a\nservers: [prom1:9090, '[2001:db8::1]:9090']" }), []);
  });
});
