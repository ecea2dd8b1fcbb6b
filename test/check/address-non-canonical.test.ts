import * as assert from "uvu/assert";
import { addressNonCanonical } from "../../src/check/address-non-canonical.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

/** A project with these hosts, each as YAML. */
function check(...hosts: string[]): Found[] {
  const items = hosts.map((host) => `      - ${host}\n`).join("");
  return findings(addressNonCanonical, { "targets/x.yml": `service: s\nprojects:\n  - name: p\n    hosts:\n${items}` });
}

describe("address/non-canonical", (it) => {
  it("finds other spellings", () => {
    const found = check("Web1", "web1.", "010.0.0.1", "2001:DB8::7", "日本.JP");
    assert.equal(
      found.map(({ severity, path }) => `${severity} ${path.at(-1)}`),
      ["warning 0", "warning 1", "warning 2", "warning 3", "warning 4"],
    );
    assert.equal(
      found.map(({ help }) => help),
      ["write `web1`", "write `web1`", "write `10.0.0.1`", "write `2001:db8::7`", "write `日本.jp`"],
    );
  });

  it("is content with the usual one", () => {
    assert.equal(check("web1", "10.0.0.1", "2001:db8::7", "日本.jp", "xn--wgv71a.jp"), []);
  });

  it("does not mind brackets, and leaves hosts with errors alone", () => {
    assert.equal(check('"[2001:db8::7]"', "Web1:9100", "http://Web1", "0.0.0.10"), []);
  });

  it("reports a range once", () => {
    assert.equal(
      check('"Web[1-3]"').map(({ text }) => text),
      ["Web[1-3]"],
    );
  });

  it("is off where promgen.yml says so", () => {
    assert.equal(
      findings(
        addressNonCanonical,
        { "f.yml": "farm: f\nhosts: [Web1]" },
        { lint: { "address/non-canonical": "off" } },
      ),
      [],
    );
  });
});
