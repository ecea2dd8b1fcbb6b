import * as assert from "uvu/assert";
import { addressSpecialAddress } from "../../src/check/address-special-address.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressSpecialAddress, {
    "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}`,
  });
}

describe("address/special-address", (it) => {
  it("finds addresses that mean something else on every server", () => {
    const found = check(
      "localhost",
      "127.0.0.1",
      "169.254.169.254",
      "0.0.0.0",
      "224.0.0.1",
      '"::1"',
      "fe80::1",
      "web1",
    );
    assert.equal(
      found.map(({ severity, path }) => `${severity} ${path.at(-1)}`),
      [0, 1, 2, 3, 4, 5, 6].map((index) => `warning ${index}`),
    );
  });

  it("is content with private and public addresses", () => {
    assert.equal(
      check("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "8.8.8.8", "2001:db8::1", "fd12::1", "web.local"),
      [],
    );
  });

  it("is content with their neighbours", () => {
    assert.equal(
      check(
        "126.255.255.255",
        "128.0.0.0",
        "169.253.1.1",
        "223.255.255.255",
        '"::2"',
        "fec0::1",
        "localhost.example.com",
        "mylocalhost",
      ),
      [],
    );
  });

  it("takes blackbox_exporter on the server's own address for what it is", () => {
    const found = findings(addressSpecialAddress, {
      "promgen.yml": "prometheus: { blackbox: '127.0.0.1:9115' }",
      "a.yml": "shard: a\nservers: ['localhost:9090', prom1]",
    });
    assert.equal(
      found.map(({ file, path }) => `${file} ${path.join("/")}`),
      ["a.yml 0/servers/0"],
    );
    // A server is not scraped, so that the words have to fit both.
    assert.not.match(`${found[0]?.message} ${found[0]?.help}`, /scrape|the host/);
  });
});
