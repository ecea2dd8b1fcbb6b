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
      "10.1.2.x",
      "10.1.2.3-9",
      "{{ x }}",
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

  /** The one finding about a farm's hosts, and the number of hosts. */
  function about(...hosts: unknown[]): { message: string; help: string; count: number; found: number } {
    const facts = collectHostFacts(inventoryOf({ "f.yml": JSON.stringify({ farm: "f", hosts }) }));
    const found = KINDS.flatMap((kind) => facts.problems(kind));
    const [{ message, help } = { message: "", help: "" }] = found;
    return { message, help, count: facts.lists[0]?.count ?? 0, found: found.length };
  }

  it("speaks of a range as a whole, so that whoever obeys loses no host", () => {
    const ranges = {
      "w[1-2]:9100": "w[1-2]",
      "w[1-3000]:9100": "w[1-3000]",
      "WEB[1-3].example.com": "web[1-3].example.com",
      "u[1-3].example.com.": "u[1-3].example.com",
      "010.0.0.[1-3]": "10.0.0.[1-3]",
      "http://v[1-3]:9100/metrics": "v[1-3]",
      "r[1-3]/metrics": "r[1-3]",
      "10.0.0.[1-3]/32": "10.0.0.[1-3]",
      "10.0.0.[1-3]/24": "10.0.0.[1-3]",
      "10.0.0.[1-3].": "10.0.0.[1-3]",
      "::ffff:10.0.0.[1-3]": "10.0.0.[1-3]",
      "2001:DB8::[1-2]": "2001:db8::[1-2]",
      "me@r[1-2]n[1-2]": "r[1-2]n[1-2]",
      "r[1-2]n[01-10,3]:80": "r[1-2]n[01-10,3]",
      "[1-2][1-2]:80": "[1-2][1-2]",
    };
    for (const [range, whole] of Object.entries(ranges))
      for (const item of [range, { host: range }]) {
        const { message, help, count, found } = about(item);
        assert.is(found, 1, range);
        // What may be a password in front of an `@` is not shown.
        assert.ok(message.includes(`\`${range.replace(/^.*@/, "…@")}\``), message);
        assert.match(help, `write \`${whole}\``);
        assert.is(about(whole).count, count, range);
        assert.is(about(whole).found, 0, range);
      }
  });

  it("says that all hosts of a range are meant where it cannot say how to write it", () => {
    const ranges = ["w:91[00-01]", "w[1-2]:91[00-01]", "2001:0db8::[1-2]", "10.0.[1-3].0/24", "[999,127].0.0.1"];
    for (const range of [...ranges, "127.0.0.[1-2]", "w[1-6000]:9100", "2001:db8::[1-2]:9100"]) {
      const { message, help } = about(range);
      // What may be a password in front of an `@` is not shown.
      assert.ok(message.includes(`\`${range.replace(/^.*@/, "…@")}\``), message);
      assert.match(help, `; do so for every host of \`${range}\``);
    }
  });

  it("names no range where a host stands for itself", () => {
    const { message, help } = about("web[1-2]", "web3:9100");
    assert.not.match(message + help, /comes from|every host/);
  });

  it("shows nothing of a range that may be a secret", () => {
    const { message, help } = about("http://me:s3cret@v[1-2]/m?token=s3cret");
    assert.not.match(message + help, /s3cret/);
    assert.not.match(about("v[1-2]/m?token=s3cret").message, /s3cret/);
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
