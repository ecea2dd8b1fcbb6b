import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { collectHostFacts } from "../../src/check/host-facts.ts";
import type { HostProblemKind } from "../../src/model/host-problem.ts";
import { hostProblems } from "../../src/model/host-problem.ts";
import { describe } from "../describe.ts";
import { inventoryOf } from "./inventory.ts";

const KINDS: readonly HostProblemKind[] = [
  "whitespace",
  "url-in-host",
  "port-range",
  "port-in-host",
  "ipv6",
  "range",
  "invalid-host",
  "non-canonical",
  "special-address",
];

function kindsOf(hosts: readonly string[]): string[] {
  const facts = collectHostFacts(inventoryOf({ "f.yml": JSON.stringify({ farm: "f", hosts }) }));
  return KINDS.flatMap((kind) => facts.problems(kind).map(({ where }) => `${where.path.join("/")} ${kind}`)).sort();
}

describe("collectHostFacts", (it) => {
  it("passes over no host that has a problem", () => {
    const piece = fc.constantFrom(
      "web",
      "Web",
      "1",
      "255",
      "256",
      "10.0.0.1",
      "127.0.0.1",
      "169.254.1.1",
      "224.0.0.1",
      "2001:db8::1",
      "::",
      ":",
      ":9100",
      ".",
      "-",
      "_",
      "localhost",
      "localdomain",
      "日本",
      "x".repeat(62),
      "01",
    );
    const host = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.uniqueArray(host, { maxLength: 20 }), (hosts) => {
        const wanted = hosts
          .flatMap((name, index) => hostProblems(name, new Set([9100])).map(({ kind }) => `0/hosts/${index} ${kind}`))
          .sort();
        assert.equal(kindsOf(hosts), wanted);
      }),
      { numRuns: 500 },
    );
  });

  it("looks at every name of the loopback interface", () => {
    const names = ["localhost", "a.localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"];
    assert.equal(
      kindsOf(names),
      names.map((_, index) => `0/hosts/${index} special-address`),
    );
  });

  it("looks at long names", () => {
    const name = `${"a".repeat(60)}.`.repeat(4);
    assert.equal(kindsOf([`${name}${"b".repeat(9)}`, `${name}${"b".repeat(10)}`]), ["0/hosts/1 invalid-host"]);
  });

  it("reports each kind of warning of a range once, and nothing beside an error", () => {
    assert.equal(kindsOf(["Web_[1-3]", "127.0.0.[1-2]", "010.0.0.[254-257]", "[999,127].0.0.1"]), [
      "0/hosts/0 invalid-host",
      "0/hosts/0 non-canonical",
      "0/hosts/1 special-address",
      "0/hosts/2 invalid-host",
      "0/hosts/2 non-canonical",
      "0/hosts/3 invalid-host",
    ]);
  });

  it("lists farms before projects, each list once", () => {
    const { lists } = collectHostFacts(
      inventoryOf({
        "s.yml":
          "service: s\nprojects:\n  - { name: a, farm: f }\n  - { name: b, farm: f }\n  - { name: c, hosts: [web2] }",
        "f.yml": "farm: f\nhosts: [web1]",
      }),
    );
    assert.equal(
      lists.map(({ names }) => names.join()),
      ["web1", "web2"],
    );
  });
});
