import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { canonicalHost } from "../../src/model/address.ts";
import { HostList } from "../../src/model/host-list.ts";
import { hostProblems } from "../../src/model/host-problem.ts";
import { listHosts } from "../../src/model/listed-hosts.ts";
import type { ListedHosts } from "../../src/model/listed-hosts.ts";
import { TextStore } from "../../src/model/text-store.ts";
import { describe } from "../describe.ts";

const ORIGIN = { file: "f.yml", path: [0] };

function listed(hosts: readonly unknown[]): ListedHosts {
  const document = { farm: "f", hosts };
  listHosts("farm", document);
  return document.hosts as unknown as ListedHosts;
}

function listOf(hosts: readonly unknown[]): HostList {
  return new HostList(ORIGIN, listed(hosts), new TextStore());
}

describe("listHosts", (it) => {
  it("lists the hosts of farms and of projects, each once", () => {
    const document = { service: "s", projects: [{ name: "p", hosts: ["a.example.com"] }, { name: "q" }, "no project"] };
    listHosts("service", document);
    const after = structuredClone(document);
    assert.equal(after.projects[0], { name: "p", hosts: listed(["a.example.com"]) });
    assert.equal(after.projects.slice(1), [{ name: "q" }, "no project"]);
    listHosts("service", document);
    assert.equal(document, after);
  });

  it("gives what another thread gets as JSON", () => {
    const hosts = [
      "web[1-2].example.com",
      "b",
      { host: "c", labels: { rack: "1" } },
      { host: "d" },
      "e[2-1]",
      "x y",
      7,
    ];
    const sent = JSON.parse(JSON.stringify(listed(hosts))) as ListedHosts;
    const list = new HostList(ORIGIN, sent, new TextStore());
    assert.equal(list.names, ["web1.example.com", "web2.example.com", "b", "c", "d", "x y"]);
    assert.equal(list.items, [0, 0, 1, 2, 3, 5]);
    assert.equal(
      [...list.labels],
      [
        [2, { rack: "1" }],
        [3, {}],
      ],
    );
    assert.equal(
      list.problems.map(({ item, text }) => [item, text]),
      [[4, "e[2-1]"]],
    );
  });

  it("keeps names apart that hold what stands between names", () => {
    for (const hosts of [["a b"], [" "], ["a.example.com", "b.example.com c.example.com"]]) {
      const list = listOf(hosts);
      assert.equal(list.names, hosts);
      assert.is(list.text, undefined);
      assert.not(list.isPlainlyFine);
      assert.not(list.isCanonical);
      assert.not(list.isAscii);
    }
    assert.equal(listOf([""]).names, [""]);
    assert.equal(listOf([]).names, []);
  });

  it("has the names of long and of odd lists as they were", () => {
    const hosts = Array.from({ length: 200 }, (_, index) => `web${index}.tyo.example.com`);
    for (const some of [hosts, hosts.toReversed(), [...hosts, "é.example.com"], [...hosts, "2001:db8::1"]]) {
      const list = listOf(some);
      assert.equal(list.names, some);
      assert.is(list.text, some.join(" "));
      assert.is(list.count, some.length);
    }
  });

  it("says in which order the names are", () => {
    const orderOf = (...hosts: readonly string[]): string => listed(hosts).order;
    assert.equal([orderOf("a", "b"), orderOf("a", "a", "b"), orderOf("b", "a")], ["ascending", "sorted", "none"]);
  });

  it("calls nothing fine, canonical or plain that is not", () => {
    const piece = fc.constantFrom(
      "web.",
      "a",
      "W",
      "1.2",
      "255",
      "10.",
      "192.168.",
      "0.",
      "007",
      ".",
      "-",
      "ip6-",
      "localhost",
    );
    const odd = fc.constantFrom(":", "é", '"', "\\", "\0", "xn--", "_", "\u007f");
    const composed = fc
      .array(fc.oneof({ weight: 8, arbitrary: piece }, odd), { minLength: 1, maxLength: 5 })
      .map((pieces) => pieces.join(""));
    const usual = fc.constantFrom("a.example.com", "10.1.2.3", "192.168.0.255", "a-1.b");
    const host = fc.oneof(composed, usual);
    let fine = 0;
    fc.assert(
      fc.property(fc.array(host, { maxLength: 3 }), (hosts) => {
        const { isPlainlyFine, isCanonical, isAscii } = listed(hosts);
        if (isPlainlyFine) fine++;
        for (const name of hosts) {
          if (isPlainlyFine) assert.equal(hostProblems(name, new Set()), [], name);
          if (isCanonical) assert.is(canonicalHost(name), name);
          if (isAscii) assert.match(name, /^[!#-9;-[\]-~]*$/);
        }
        if (isPlainlyFine) assert.ok(isCanonical && isAscii);
      }),
      { numRuns: 3000 },
    );
    assert.ok(fine > 20, `${fine}`);
  });
});
