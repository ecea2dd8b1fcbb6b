import * as assert from "uvu/assert";
import { emptyShard } from "../../src/check/topology-empty-shard.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";
import type { Files } from "./inventory.ts";

const SHARDS: Files = { "shards.yml": "shard: a\n---\nshard: b\n" };

function empty(service: string, more: Files = {}): string[] {
  return findings(emptyShard, { ...SHARDS, ...more, "s.yml": service }, { faulty: true }).map(({ text }) => text);
}

describe("topology/empty-shard", (it) => {
  it("a shard that no project names", () => {
    const found = findings(emptyShard, { ...SHARDS, "s.yml": "service: s\nshard: a\nprojects: [{ name: p }]\n" });
    assert.equal(
      found.map(({ severity, file, path, text }) => [severity, file, path, text]),
      [["warning", "shards.yml", [1, "shard"], "b"]],
    );
  });

  it("a service's shard counts only with a project that takes it", () => {
    assert.equal(empty("service: s\nshard: b\n---\nservice: t\nprojects: [{ name: p, shard: a }]\n"), ["b"]);
    assert.equal(empty("service: s\nshard: b\nprojects: [{ name: p, shard: a }]\n"), ["b"]);
  });

  it("leaves shards that are named by a project, its service, or in a list", () => {
    assert.equal(empty("service: s\nshard: b\nprojects: [{ name: p, shard: a }, { name: q }]\n"), []);
    assert.equal(empty("service: s\nprojects: [{ name: p, shard: [a, b] }]\n"), []);
  });

  it("is withheld while a file cannot be read, or where `shard` is misspelt", () => {
    assert.equal(empty("service: s\nshard: a\nprojects: [{ name: p }]\n", { "x.yml": 'service: "x\n' }), []);
    assert.equal(empty("service: s\nprojects: [{ name: p, shard: a }, { name: q, shrad: b }]\n"), []);
    for (const mistake of ["shard: { x: y }", "shard: [a, { b: c }]", "cluster: b"])
      assert.equal(empty(`service: s\nprojects: [{ name: p, shard: a }, { name: q, ${mistake} }]\n`), [], mistake);
    assert.equal(empty("service: s\nshard: { x: y }\nprojects: [{ name: p, shard: a }, { name: q }]\n"), []);
    assert.equal(empty("service: s\nonwer: x\nprojects: [{ name: p, shard: a }]\n"), ["b"]);
  });

  it("leaves the shard that a misspelt name is nearest to, and no other", () => {
    const more = { "more.yml": "shard: tokyo-a\n---\nshard: osaka-a\n" };
    const misspelt = (name: string): string => `service: s\nprojects: [{ name: p, shard: [a, b, ${name}] }]\n`;
    assert.equal(empty(misspelt("tokio-a"), more), ["osaka-a"]);
    assert.equal(empty(misspelt("nagoya"), more), ["tokyo-a", "osaka-a"]);
    assert.equal(empty(misspelt("tokyo-a osaka-a"), more), []);
    for (const all of ['"*"', "all", "ALL"]) assert.equal(empty(misspelt(all), more), [], all);
    const many = Array.from({ length: 101 }, (_, index) => `nagoya${index}`).join(", ");
    assert.equal(empty(misspelt(many), more), []);
  });
});
