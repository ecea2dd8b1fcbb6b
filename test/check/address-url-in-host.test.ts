import * as assert from "uvu/assert";
import { addressUrlInHost } from "../../src/check/address-url-in-host.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressUrlInHost, { "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}` });
}

describe("address/url-in-host", (it) => {
  it("finds URLs, networks and pieces of them", () => {
    const found = check("http://a:9100/metrics", "10.0.0.1/32", "web1", "web1/metrics", "user@web1");
    assert.equal(
      found.map(({ path }) => path.at(-1)),
      [0, 1, 3, 4],
    );
    assert.ok(found.every(({ severity }) => severity === "error"));
    assert.match(found[0]?.help ?? "", /`a`/);
    assert.match(found[1]?.help ?? "", /`10.0.0.1`/);
  });

  it("is content with hosts", () => {
    assert.equal(check("web1", "10.0.0.1", "2001:db8::1"), []);
  });

  it("leaves names that look like a scheme alone", () => {
    assert.equal(check("http", "https.example.com", "http-1"), []);
  });

  it("hides passwords", () => {
    const [found] = check("http://user:s3cret@web1:9100/");
    assert.is(found?.redact, true);
    assert.not.match(`${found?.message} ${found?.help}`, /s3cret/);
  });
});
