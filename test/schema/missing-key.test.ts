import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { checkOne, exporter, found, foundInConfig, helpFor, probe, project } from "./findings.ts";

describe("schema/missing-key", (it) => {
  it("finds what a map is nothing without, at the map", () => {
    const wrong: readonly [text: string, place: string, key: string][] = [
      ["service: web\nprojects:\n  - shard: a\n", "shard: a", "name"],
      [exporter("{ port: 8080 }"), "{ port: 8080 }", "job"],
      [exporter("{}"), "{}", "job"],
      [probe("{ hosts: true }"), "{ hosts: true }", "module"],
      [project("    hosts: [{ labels: { a: b } }]"), "{ labels: { a: b } }", "host"],
      ["farm: f\n", "farm: f", "hosts"],
    ];
    for (const [text, place, key] of wrong) {
      assert.equal(found(text), [`missing-key ${JSON.stringify(place)}`], text);
      assert.match(helpFor(text), `add \`${key}:\` with `, text);
    }
    assert.equal(foundInConfig("lint:\n  overrides:\n    - files: [a]\n    - rules: {}\n"), [
      'missing-key "files: [a]"',
      'missing-key "rules: {}"',
    ]);
  });

  it("a document without `service`, `farm` or `shard` is known by its other keys", () => {
    const help = (text: string): string => helpFor(text);
    assert.is(help("projects: []\n"), "add `service:` with a name");
    assert.is(help("shard: a\nprojects: []\n"), "add `service:` with a name");
    assert.is(help("hosts: [a]\n"), "add `farm:` with a name");
    assert.is(help("servers: [a]\n"), "add `shard:` with a name");
    assert.match(help("exporters: [node]\n"), "below its `projects:`");
    assert.match(help("kind: Service\nmetadata: {}\n"), "move the file out of the inventory");
  });

  it("takes `name` and misspelt words for the key that is missing", () => {
    for (const [text, key, meant] of [
      ["name: web\nprojects: []\n", "name", "service: web"],
      ["name: f\nhosts: [a]\n", "name", "farm: f"],
      ["name: s\nservers: [a]\n", "name", "shard: s"],
      ["servcie: web\nshard: a\nprojects: []\n", "servcie", "service: web"],
      ["Service: web\nshard: a\n", "Service", "service: web"],
      ["fram: f\nhosts: [a]\n", "fram", "farm: f"],
      ["shards: s\n", "shards", "shard: s"],
    ] as const) {
      assert.equal(found(text), [`unknown-key ${JSON.stringify(key)}`], text);
      assert.is(helpFor(text), `write \`${meant}\``, text);
    }
    // Words of a shard's own that are like "service".
    for (const text of ["shard: s\nservers: [a]\n", "shard: s\nservres: [a]\n", "servres: [a]\nshard: s\n"])
      assert.not.match(found(text).join(), "service", text);
  });

  it("a probe needs something to probe", () => {
    for (const text of ["{ module: icmp }", "{ module: icmp, hosts: false }", "{ module: icmp, interval: 30s }"]) {
      assert.equal(found(probe(text)), [`missing-key ${JSON.stringify(text)}`], text);
    }
    for (const text of [
      "{ module: icmp, hosts: true }",
      "{ module: icmp, targets: [a] }",
      "{ module: icmp, targets: [] }",
    ])
      assert.equal(found(probe(text)), [], text);
    // One mistake, one finding.
    assert.equal(found(probe("{ module: icmp, targets: { a: b } }")).length, 1);
    assert.equal(found(probe("{ module: icmp, target: [a] }")).length, 1);
  });

  it("what lacks a name is checked all the same, and is no target", () => {
    const text = "service:\nprojects:\n  - hosts: [a]\n    exporters: [{ port: 1 }, node]\n  - hosts: [b]\n";
    const { kind, value, isComplete } = checkOne(text);
    assert.is(kind, "service");
    assert.ok(isComplete);
    const projects = value["projects"] as { name: string; exporters: unknown[] }[];
    assert.equal(projects[0]?.exporters, [{ port: 1, enabled: false }, "node"]);
    const names = [value["service"], ...projects.map(({ name }) => name)];
    assert.is(new Set(names).size, 3);
    assert.ok(names.every((name) => String(name).startsWith("(no name: targets/web.yml")));
  });

  it("needs nothing else", () => {
    assert.equal(found("service: web\n---\nshard: s\n---\nfarm: f\nhosts: []\n---\nfarm: g\nhosts:\n"), []);
    assert.equal(found(project("    exporters: [node, { job: app }]")), []);
    assert.equal(foundInConfig("exporters: { node: {} }\nlint: { topology/shared-target: {} }\n"), []);
  });
});
