import * as assert from "uvu/assert";
import { addressProbeTarget } from "../../src/check/address-probe-target.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

function probe(module: string, ...targets: string[]): Found[] {
  return findings(addressProbeTarget, {
    "s.yml": `service: s\nprojects:\n  - name: p\n    probes:\n      - { module: icmp, hosts: true }\n      - { module: ${module}, targets: ${JSON.stringify(targets)} }`,
  });
}

describe("address/probe-target", (it) => {
  it("finds what is neither a URL nor a host nor host:port", () => {
    const found = probe("http_2xx", "https://x", "https//x", "ftp://x", "", "a..b", "x:99999", "https://x:0/");
    assert.equal(
      found.map(({ severity, path }) => `${severity} ${path.slice(3).join("/")}`),
      [1, 2, 3, 4, 5, 6].map((at) => `error probes/1/targets/${at}`),
    );
    assert.is(found[0]?.text, "https//x");
  });

  it("is content with URLs, hosts and host:port", () => {
    assert.equal(
      probe(
        "http_2xx",
        "https://pay.example.com/health?x=1",
        "http://日本.jp",
        "https://[2001:db8::1]/",
        "pay.example.com",
        "10.0.0.1:80",
        "[2001:db8::1]",
      ),
      [],
    );
    assert.equal(probe("icmp", "pay.example.com", "10.0.0.1", "2001:db8::1"), []);
    assert.equal(probe("tcp_connect", "pay.example.com:25", "[2001:db8::1]:25"), []);
  });

  it("warns of hosts without a port where the module wants one, unless the probe is disabled", () => {
    const hosts = (module: string, more = ""): Found[] =>
      findings(addressProbeTarget, {
        "s.yml": `service: s\nprojects: [{ name: p, hosts: [h], probes: [{ module: ${module}, hosts: true${more} }] }]`,
      });
    for (const module of ["tcp_connect", "ssh_banner"])
      assert.equal(
        hosts(module).map(({ severity, path, help }) => [severity, path.slice(3).join("/"), help]),
        [["warning", "probes/0/hosts", "write `targets:` with a `host:port` for each"]],
      );
    assert.equal([...hosts("icmp"), ...hosts("http_2xx"), ...hosts("tcp_connect", ", enabled: false")], []);
  });

  it("warns of an IPv6 address that a URL is made of", () => {
    const found = probe("http_2xx", "2001:db8::1");
    assert.equal(
      found.map(({ severity, help }) => [severity, help]),
      [["warning", "write `[2001:db8::1]`"]],
    );
    assert.equal(probe("icmp", "2001:db8::1"), []);
  });

  it("only warns of what the module's name speaks against", () => {
    assert.equal(
      probe("icmp", "x:80", "https://x").map(({ severity }) => severity),
      ["warning", "warning"],
    );
    assert.equal(
      probe("tcp_connect", "x").map(({ severity }) => severity),
      ["warning"],
    );
    assert.equal(probe("anything", "x:80", "https://x", "x"), []);
  });

  it("leaves passwords to another rule, and shows none", () => {
    assert.equal(probe("http_2xx", "https://u:s3cret@x/"), []);
    const [found] = probe("http_2xx", "https//u:s3cret@x/");
    assert.is(found?.redact, true);
    assert.not.match(`${found?.message} ${found?.help}`, /s3cret/);
  });
});
