import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { isCanonical } from "../../src/check/canonical.ts";
import { collectIdentities } from "../../src/check/identities.ts";
import type { Identities } from "../../src/check/identities.ts";
import { IdentityTable } from "../../src/check/identity-table.ts";
import { canonicalHost } from "../../src/model/address.ts";
import { InventoryBuilder } from "../../src/model/build.ts";
import { readConfig } from "../../src/model/config.ts";
import { Faults } from "../../src/model/faults.ts";
import { describe } from "../describe.ts";
import { inventoryOf } from "./inventory.ts";
import type { Files } from "./inventory.ts";

function identities(files: Files): Identities {
  return collectIdentities(inventoryOf({ "promgen.yml": "exporters: { node: { port: 9100 } }\n", ...files }));
}

/** Each identity as "project.kind index.host" of its targets. */
function sameOf(files: Files): string[] {
  return identities(files).same.map((targets) =>
    targets.map(({ run, at, text }) => `${run.project.name}.${run.kind}${run.index}.${at}:${text}`).join(" "),
  );
}

const HOST = fc.constantFrom(
  "a",
  "A",
  "a.",
  "b",
  "10.0.0.1",
  "10.0.0.01",
  "2001:db8::1",
  "[2001:DB8::1]",
  "é",
  "e\u0301",
);
const EXPORTER = fc.constantFrom<unknown>(
  "node",
  { job: "node", port: 9100, path: "/metrics" },
  { job: "app", port: 80 },
);
const PROJECT = fc.record({
  hosts: fc.array(HOST, { maxLength: 5 }),
  exporters: fc.array(EXPORTER, { maxLength: 3 }),
  probes: fc.array(
    fc.record({ module: fc.constantFrom("m", "node"), targets: fc.array(HOST, { maxLength: 3 }), hosts: fc.boolean() }),
    { maxLength: 2 },
  ),
  usesFarm: fc.boolean(),
});

describe("identities", (it) => {
  it("none where all targets differ", () => {
    const text = "service: s\nprojects: [{ name: p, hosts: [a.b, c.d], exporters: [node, { job: x, port: 1 }] }]\n";
    assert.equal(sameOf({ "s.yml": text }), []);
  });

  it("one host in two lists, with an exporter in common and one not", () => {
    const text =
      "service: s\nprojects:\n  - { name: p, hosts: [a.b, c.d], exporters: [node, { job: x, port: 1 }] }\n" +
      "  - { name: q, hosts: [e.f, C.D.], exporters: [{ job: y, port: 1 }, node] }\n";
    assert.equal(sameOf({ "s.yml": text }), ["p.exporter0.1:c.d q.exporter1.1:C.D."]);
  });

  it("one list with two exporters alike, or shared by two projects", () => {
    const farm = { "f.yml": "farm: f\nhosts: [a.b, c.d]\n" };
    const text =
      "service: s\nprojects: [{ name: p, farm: f, exporters: [node, node] }, { name: q, farm: f, exporters: [node] }]\n";
    assert.equal(sameOf({ ...farm, "s.yml": text }), [
      "p.exporter0.0:a.b p.exporter1.0:a.b q.exporter0.0:a.b",
      "p.exporter0.1:c.d p.exporter1.1:c.d q.exporter0.1:c.d",
    ]);
  });

  it("come in the order of their first targets, wherever the others are", () => {
    const text =
      "service: s\nprojects:\n  - { name: p, hosts: [a, b, c], exporters: [node, { job: x, port: 1 }] }\n" +
      "  - { name: q, hosts: [c, b], exporters: [{ job: x, port: 1 }, node] }\n  - { name: r, hosts: [d, a], exporters: [node, node] }\n";
    assert.equal(sameOf({ "s.yml": text }), [
      "p.exporter0.0:a r.exporter0.1:a r.exporter1.1:a",
      "p.exporter0.1:b q.exporter1.1:b",
      "p.exporter0.2:c q.exporter1.0:c",
      "p.exporter1.1:b q.exporter0.1:b",
      "p.exporter1.2:c q.exporter0.0:c",
      "r.exporter0.0:d r.exporter1.0:d",
    ]);
  });

  it("an exporter or probe that makes no targets is none", () => {
    const text =
      "service: s\nprojects:\n  - { name: p, hosts: [a], exporters: [gone, gone, { job: x, port: 1, enabled: false }, { job: x, port: 1 }] }\n" +
      "  - { name: q, exporters: [node, node], probes: [{ module: m, hosts: true }, { module: m, hosts: true }] }\n" +
      "  - { name: r, hosts: [b], probes: [{ module: m, targets: [c], enabled: false }, { module: m, targets: [c], hosts: true }] }\n";
    assert.equal(sameOf({ "s.yml": text }), []);
  });

  it("a host twice in a list that two exporters alike use is one identity", () => {
    const text = "service: s\nprojects: [{ name: p, hosts: [a.b, a.b], exporters: [node, node] }]\n";
    assert.equal(sameOf({ "s.yml": text }), [
      "p.exporter0.0:a.b p.exporter0.1:a.b p.exporter1.0:a.b p.exporter1.1:a.b",
    ]);
  });

  it("a module and a job of one name are not the same", () => {
    const text =
      "service: s\nprojects: [{ name: p, hosts: [a.b], exporters: [node], probes: [{ module: node, hosts: true }] }]\n";
    assert.equal(sameOf({ "s.yml": text }), []);
  });

  it("a parameter without a value is as good as none, and their order is free", () => {
    const same = (one: string, other: string): number =>
      sameOf({
        "s.yml": `service: s\nprojects: [{ name: p, hosts: [a.b], exporters: [{ job: x, port: 1, ${one} }, { job: x, port: 1, ${other} }] }]\n`,
      }).length;
    assert.is(same('params: { a: "" }', "scheme: http"), 1);
    assert.is(same('path: "/metrics?a="', "params: { b: null }"), 1);
    assert.is(same('path: "/m?a=&b=1"', 'path: "/m?b=1"'), 1);
    assert.is(same('path: "/m?a=1&b=2&c=3"', 'path: "/m?c=3", params: { b: "2", a: "1" }'), 1);
    assert.is(same('params: { a: "" }', "params: { a: b }"), 0);
    assert.is(same("params: { a: b }", "params: { c: b }"), 0);
  });

  it("the text of an exporter cannot pass for another's", () => {
    const text =
      'service: s\nprojects: [{ name: p, hosts: [a.b], exporters: [{ job: "x", port: 1, path: "/m" }, { job: "x", port: 1, path: "/m", params: { a: "b&c=d" } },' +
      ' { job: "x", port: 1, path: "/m?a=b&c=d" }] }]\n';
    assert.equal(sameOf({ "s.yml": text }), []);
  });

  it("agrees with comparing everything with everything", () => {
    fc.assert(
      fc.property(fc.array(PROJECT, { maxLength: 4 }), fc.array(HOST, { maxLength: 4 }), (projects, farm) => {
        const builder = new InventoryBuilder(readConfig({ exporters: { node: { port: 9100 } } }));
        builder.add("farm", { farm: "f", hosts: farm }, { file: "f.yml", path: [0] });
        const values = projects.map(({ usesFarm, hosts, ...rest }, index) => ({
          name: `p${index}`,
          ...(usesFarm ? { farm: "f" } : { hosts }),
          ...rest,
        }));
        builder.add("service", { service: "s", projects: values }, { file: "s.yml", path: [0] });
        const { same } = collectIdentities(builder.finish(true, new Faults()));
        const found = same.map((targets) =>
          targets.map(({ run, text }) => `${run.project.name}${run.kind}${run.index} ${text}`).sort(),
        );
        const wanted = new Map<string, string[]>();
        const add = (key: string, text: string): void => void wanted.set(key, [...(wanted.get(key) ?? []), text]);
        for (const [index, project] of projects.entries()) {
          const hosts = project.usesFarm ? farm : project.hosts;
          for (const [at, exporter] of project.exporters.entries()) {
            const job = exporter === "node" ? "node" : (exporter as { job: string }).job;
            for (const host of hosts) add(`${job} ${canonicalHost(host)}`, `p${index}exporter${at} ${host}`);
          }
          for (const [at, probe] of project.probes.entries()) {
            const targets = [...probe.targets, ...(probe.hosts ? hosts : [])];
            for (const host of targets)
              add(`probe ${probe.module} ${canonicalHost(host)}`, `p${index}probe${at} ${host}`);
          }
        }
        const expected = [...wanted.values()].filter((targets) => targets.length > 1).map((targets) => targets.sort());
        const sorted = (lists: string[][]): string[] => lists.map((list) => JSON.stringify(list)).sort();
        assert.equal(sorted(found), sorted(expected));
      }),
      { numRuns: 300 },
    );
  });
});

describe("identities: canonical forms", (it) => {
  it("whoever passes the quick look is its own canonical form", () => {
    const group = fc.constantFrom("", "0", "1", "0a", "ffff", "db8", "A", "10.1.2.3");
    const text = fc.oneof(
      fc.array(group, { minLength: 2, maxLength: 9 }).map((groups) => groups.join(":")),
      fc.string({ unit: fc.constantFrom("a", "A", "0", "1", ".", "-", "_", ":", "é", "[", "]"), maxLength: 8 }),
    );
    fc.assert(
      fc.property(text, (host) => !isCanonical(host) || canonicalHost(host) === host),
      { numRuns: 20_000 },
    );
  });

  it("what is usual passes it", () => {
    const usual = [
      "web1.example.com",
      "10.0.0.1",
      "0.0.0.0",
      "100.64.0.10",
      "2001:db8::1",
      "fe80::a:b",
      "1:2:3:4:5:6:7:8",
      "a-0.b",
    ];
    assert.equal(
      usual.filter((host) => !isCanonical(host)),
      [],
    );
    const odd = [
      "Web1",
      "web1.",
      "10.0.0.01",
      "010.0.0.1",
      "2001:0db8::1",
      "2001:db8:0:0::1",
      "1:2:3:4:5:6::8",
      "[::1]",
      "",
    ];
    assert.equal(odd.filter(isCanonical), []);
  });
});

describe("identities: table", (it) => {
  it("finds equal texts and no others among many that are alike", () => {
    const table = new IdentityTable(200_001);
    for (let number = 0; number < 200_000; number++) table.add(`web${number}.example.com`, number);
    assert.is(table.collisions.size, 0);
    table.add("web77777.example.com", 200_000);
    assert.equal([...table.collisions], [[77_777, [77_777, 200_000]]]);
  });

  it("texts of one length that differ in two places, in both halves of the hash", () => {
    const table = new IdentityTable(65_536);
    for (let number = 0; number < 65_536; number++) {
      table.add(String.fromCharCode(number >> 8, 0x3042, number & 255), number);
    }
    assert.is(table.collisions.size, 0);
  });

  it("holds as many as it is made for, and finds each of them again", () => {
    for (const total of [0, 1, 10, 11, 100, 20_000, 20_001]) {
      const table = new IdentityTable(total);
      for (let number = 0; number < total; number++) table.add(`${number}`, number);
      assert.is(table.collisions.size, 0);
      for (let number = 0; number < total; number++) table.add(`${number}`, total + number);
      assert.is(table.collisions.size, total);
    }
  });

  it("texts whose hashes meet by chance are told apart in the end", () => {
    // Found by trying; another hash needs another pair.
    const [first, second] = ["hcf1r8g", "hdz2nz6"];
    const table = new IdentityTable(20_001);
    table.add(first, 0);
    table.add(second, 1);
    assert.is(table.collisions.size, 1);
    // Few texts are not hashed.
    const few = new IdentityTable(2);
    few.add(first, 0);
    few.add(second, 1);
    assert.is(few.collisions.size, 0);
    const text = (hosts: string): string =>
      `service: s\nprojects: [{ name: p, hosts: [${hosts}, "x[1-20000]"], exporters: [node] }]\n`;
    assert.equal(sameOf({ "s.yml": text(`${first}, ${second}`) }), []);
    assert.equal(sameOf({ "s.yml": text(`${first}, ${second}, ${second}`) }), [
      "p.exporter0.1:hdz2nz6 p.exporter0.2:hdz2nz6",
    ]);
  });
});
