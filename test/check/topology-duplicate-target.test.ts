import * as assert from "uvu/assert";
import { duplicateTarget } from "../../src/check/topology-duplicate-target.ts";
import { describe } from "../describe.ts";
import { findings, textAt } from "./inventory.ts";
import type { Files } from "./inventory.ts";

const FILE = "targets/services/shop.yml";
const COMMON: Files = {
  "promgen.yml": "exporters: { node: { port: 9100 } }\n",
  "targets/shards/tokyo-a.yml": "shard: tokyo-a\n---\nshard: osaka-a\n",
};

/** A service with one project, whose lines these are. */
function shop(project: string, shard = "tokyo-a"): Files {
  const lines = project.trim().replaceAll("\n", "\n    ");
  return { ...COMMON, [FILE]: `service: shop\nshard: ${shard}\nprojects:\n  - name: shop-web\n    ${lines}\n` };
}

function notes(files: Files): (readonly string[])[] {
  return findings(duplicateTarget, files).map(({ text, related }) => [
    text,
    ...related.map(({ where, note }) => `${textAt(files, where)}: ${note}`),
  ]);
}

describe("topology/duplicate-target", (it) => {
  it("a host listed twice, at both places", () => {
    const files = shop("exporters: [node]\nhosts: [web1.example.com, web2.example.com, web1.example.com.]");
    const found = findings(duplicateTarget, files);
    assert.is(found.length, 1);
    assert.equal([found[0]?.severity, found[0]?.path], ["error", [0, "projects", 0, "hosts", 0]]);
    assert.equal(found[0]?.related[0]?.where.path, [0, "projects", 0, "hosts", 2]);
    assert.is(found[0]?.message, 'web1.example.com:9100 (job "node") is listed twice in shard "tokyo-a"');
    assert.equal(notes(files), [
      ["web1.example.com", "web1.example.com.: also here (the same without the trailing dot)"],
    ]);
  });

  it("says why two spellings are the same", () => {
    const reasons: [string, string, string][] = [
      ["web1", "web1", ""],
      ["web1", "WEB1", " (the same in lower case)"],
      ["web1.", "web1", " (the same with a trailing dot)"],
      ["web1", "Web1.", " (the same in lower case, without the trailing dot)"],
      ["10.0.0.1", "10.0.0.01", " (the same without leading zeros)"],
      ["'2001:db8::1'", "'2001:0db8:0::1'", " (the same address in another form)"],
      ["'2001:db8::1'", "'[2001:db8::1]'", " (the same address in another form)"],
    ];
    for (const [first, second, reason] of reasons) {
      const found = findings(duplicateTarget, shop(`exporters: [node]\nhosts: [${first}, ${second}]`));
      assert.equal(
        found.map(({ related }) => related[0]?.note),
        [`also here${reason}`],
        `${first} ${second}`,
      );
    }
  });

  it("does not advise to remove a range that gives other hosts, too", () => {
    const helpOf = (project: string): (string | undefined)[] =>
      findings(duplicateTarget, shop(project)).map(({ help }) => help);
    const fromRange = "leave it in one of them; from a range, take out only what the other has as well";
    assert.equal(helpOf('exporters: [node]\nhosts: ["web[1-3]", web2]'), [fromRange]);
    assert.equal(helpOf('exporters: [node]\nhosts: [db, web3, "web[1-3]", web9]'), [fromRange]);
    for (const host of ["web1", "web2"])
      for (const hosts of [`"web[1-2]", ${host}`, `${host}, "web[1-2]"`])
        assert.equal(helpOf(`exporters: [node]\nhosts: [${hosts}]`), [fromRange], hosts);
    assert.equal(helpOf('exporters: [node]\nhosts: [web1, "web[2-3]", web1]'), ["remove one of them"]);
    assert.equal(helpOf("exporters: [node]\nhosts: [web1, web1, web1]"), ["leave one of them"]);
    assert.equal(helpOf('exporters: [node, node]\nhosts: ["web[1-3]"]'), ["remove one of them"]);
    assert.equal(helpOf('exporters: [node]\nhosts: ["web[1,1]"]'), ["let the range give each host once"]);
  });

  it("a host with labels is pointed to at its text", () => {
    assert.equal(notes(shop("exporters: [node]\nhosts: [{ host: web1, labels: { rack: a } }, web1]")), [
      ["web1", "web1: also here"],
    ]);
  });

  it("overlapping ranges are one finding with a count", () => {
    const found = findings(duplicateTarget, shop('exporters: [node]\nhosts: ["web[1-10]", "web[6-15]"]'));
    assert.is(found.length, 1);
    assert.is(found[0]?.message, 'web6:9100 (job "node") and 4 more targets are listed twice in shard "tokyo-a"');
    assert.is(found[0]?.text, "web[1-10]");
  });

  it("a range that gives a host twice has one place", () => {
    const found = findings(duplicateTarget, shop('exporters: [node]\nhosts: ["web[1,1]"]'));
    assert.equal(
      found.map(({ text, related }) => [text, related]),
      [["web[1,1]", []]],
    );
  });

  it("three times is one finding", () => {
    const found = findings(duplicateTarget, shop("exporters: [node]\nhosts: [a.b, a.b, a.b]"));
    assert.is(found.length, 1);
    assert.is(found[0]?.related.length, 2);
    assert.match(found[0]?.message ?? "", "listed 3 times");
  });

  it("two exporters alike are one finding for all hosts, however they are written", () => {
    const files = shop(
      "hosts: [a.b, c.d]\nexporters:\n  - node\n  - { job: node, port: 9100, path: /metrics, labels: { x: y } }",
    );
    assert.equal(notes(files), [["node", "node: also here"]]);
    assert.match(findings(duplicateTarget, files)[0]?.message ?? "", "and 1 more target are");
  });

  it("params in any order, in the query or not, are the same", () => {
    const files = shop(
      'hosts: [a.b]\nexporters:\n  - { job: x, port: 1, path: "/m?a=1&b=2" }\n  - { job: x, port: 1, path: /m, params: { b: "2", a: "1" } }',
    );
    assert.is(findings(duplicateTarget, files).length, 1);
  });

  it("a farm's double host is one finding, whoever uses it", () => {
    const files = {
      ...COMMON,
      "targets/farm.yml": "farm: web\nhosts: [a.b, a.b]\n",
      [FILE]:
        "service: s\nprojects:\n  - { name: p, shard: tokyo-a, farm: web, exporters: [node] }\n" +
        "  - { name: q, shard: osaka-a, farm: web, exporters: [{ job: app, port: 80 }, { job: x, port: 81 }] }\n",
    };
    const found = findings(duplicateTarget, files);
    assert.equal(
      found.map(({ file, path }) => [file, path]),
      [["targets/farm.yml", [0, "hosts", 0]]],
    );
    assert.is(
      found[0]?.message,
      'a.b:9100 (job "node") and 2 more targets are listed twice in shards "tokyo-a" and "osaka-a"',
    );
  });

  it("a host and an exporter twice are two findings", () => {
    assert.equal(notes(shop("hosts: [a.b, a.b]\nexporters: [node, node]")), [
      ["a.b", "a.b: also here"],
      ["node", "node: also here"],
    ]);
  });

  it("two hosts or two targets twice are two findings, each at its own places", () => {
    const twice = [
      ["a", "a: also here"],
      ["b", "b: also here"],
    ];
    assert.equal(notes(shop("hosts: [a, b, a, b]\nexporters: [node]")), twice);
    assert.equal(notes(shop("hosts: [{ host: a, labels: { x: y } }, b, a, b]\nexporters: [node]")), twice);
    assert.equal(notes(shop("probes: [{ module: m, targets: [a, b, a, b] }]")), twice);
    assert.equal(notes(shop("probes: [{ module: m, targets: [a, b] }, { module: m, targets: [a, b] }]")), twice);
  });

  it("probes: a target twice, in one probe or two, and beside hosts: true", () => {
    const twice = shop(
      'probes:\n  - { module: icmp, targets: [web1, WEB1.] }\n  - { module: tcp, targets: ["a:1", "A:1"] }',
    );
    assert.equal(
      findings(duplicateTarget, twice).map(({ message, path }) => [message, path]),
      [
        ['web1 (module "icmp") is listed twice in shard "tokyo-a"', [0, "projects", 0, "probes", 0, "targets", 0]],
        ['a:1 (module "tcp") is listed twice in shard "tokyo-a"', [0, "projects", 0, "probes", 1, "targets", 0]],
      ],
    );
    const apart = shop(
      'hosts: ["2001:db8::1"]\nprobes:\n  - { module: icmp, hosts: true }\n  - { module: icmp, targets: ["[2001:db8::1]"] }',
    );
    assert.equal(notes(apart), [["icmp", "[2001:db8::1]: also here (the same address in another form)"]]);
    const url = shop('probes:\n  - { module: m, targets: ["http://a/"] }\n  - { module: m, targets: ["http://a/"] }');
    assert.is(findings(duplicateTarget, url).length, 1);
  });

  it("a password in a URL is not shown", () => {
    const files = shop('probes: [{ module: m, targets: ["http://u:hunter22@a/", "http://u:hunter22@a/"] }]');
    const [found] = findings(duplicateTarget, files);
    assert.is(found?.redact, true);
    assert.not.match(found?.message ?? "", "hunter22");
  });

  it("leaves what differs in anything that counts alone", () => {
    const near = [
      "hosts: [web1.example.com, web1.example.org]\nexporters: [node]",
      "hosts: [a.b]\nexporters: [node, { job: node, port: 9101 }]",
      "hosts: [a.b]\nexporters: [node, { job: other, port: 9100 }]",
      "hosts: [a.b]\nexporters: [node, { job: node, scheme: https }]",
      "hosts: [a.b]\nexporters: [node, { job: node, path: /x }]",
      "hosts: [a.b]\nexporters: [node, { job: node, params: { a: b } }]",
      "hosts: [a.b, a.b]\nexporters: [{ job: node, enabled: false }]",
      "hosts: [a.b]\nexporters: [node, { job: node, enabled: false }]",
      "hosts: [a.b]\nexporters: [node]\nprobes: [{ module: node, hosts: true }]",
      "probes: [{ module: m, targets: [a.b, a.b], enabled: false }]",
      "probes: [{ module: m, targets: [a.b] }, { module: n, targets: [a.b] }]",
      "probes: [{ module: m, targets: ['http://a/x', 'http://A/x', 'http://a/'] }]",
      "probes: [{ module: m, targets: ['a.b:1', 'a.b:2', a.b] }]",
      "hosts: [10.0.0.1, 10.0.0.10, 1.0.0.1]\nexporters: [node]",
    ];
    for (const project of near) assert.equal(findings(duplicateTarget, shop(project)), [], project);
  });

  it("several shards of one project are no duplicate", () => {
    assert.equal(findings(duplicateTarget, shop("hosts: [a.b]\nexporters: [node]", "[tokyo-a, osaka-a]")), []);
  });

  it("is found in a shard that nothing defines, too", () => {
    const [found] = findings(duplicateTarget, shop("hosts: [a.b, a.b]\nexporters: [node]", "nowhere"));
    assert.match(found?.message ?? "", 'in project "shop-web"');
  });
});
