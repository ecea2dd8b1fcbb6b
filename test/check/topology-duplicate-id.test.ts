import * as assert from "uvu/assert";
import { duplicateId } from "../../src/check/topology-duplicate-id.ts";
import { describe } from "../describe.ts";
import { findings, textAt } from "./inventory.ts";
import type { Files } from "./inventory.ts";

/** Where it is found, and where the first is. */
function places(files: Files): unknown[] {
  return findings(duplicateId, files).map(({ file, path, text, related: [first] }) => [
    `${file}:${path.join(".")}`,
    text,
    first === undefined ? undefined : `${first.where.file}:${first.where.path.join(".")}`,
  ]);
}

describe("topology/duplicate-id", (it) => {
  it("shards, farms and projects, at the later one", () => {
    assert.equal(places({ "a.yml": "shard: x\n", "b.yml": "shard: y\n---\nshard: x\n" }), [
      ["b.yml:1.shard", "x", "a.yml:0.shard"],
    ]);
    assert.equal(places({ "a.yml": "farm: f\nhosts: [a.b]\n", "b.yml": "farm: f\nhosts: [a.b]\n" }), [
      ["b.yml:0.farm", "f", "a.yml:0.farm"],
    ]);
    const files = {
      "a.yml": "service: s\nprojects: [{ name: p }]\n",
      "b.yml": "service: t\nprojects: [{ name: q }, { name: p }]\n",
    };
    assert.equal(places(files), [["b.yml:0.projects.1.name", "p", "a.yml:0.projects.0.name"]]);
    assert.is(findings(duplicateId, files)[0]?.severity, "error");
  });

  it("names that are only written in letters of other code points, services as well", () => {
    const [one, other] = ["caf\u00e9", "cafe\u0301"];
    const place = (path: string): unknown[] => [[`b.yml:${path}`, other, `a.yml:${path}`]];
    assert.equal(places({ "a.yml": `shard: ${one}\n`, "b.yml": `shard: ${other}\n` }), place("0.shard"));
    assert.equal(places({ "a.yml": `service: ${one}\n`, "b.yml": `service: ${other}\n` }), place("0.service"));
    assert.equal(places({ "a.yml": `service: ${one}\n`, "b.yml": `service: ${one}\n` }), []);
  });

  it("three of a name are two findings, both against the first", () => {
    const text = "shard: x\n";
    assert.equal(
      places({ "a.yml": text, "b.yml": text, "c.yml": text }).map((place) => (place as string[])[2]),
      ["a.yml:0.shard", "a.yml:0.shard"],
    );
  });

  it("a service that is described in two ways", () => {
    const files = {
      "a.yml": "service: s\nowner: a\nshard: x\n",
      "b.yml": "service: s\nowner: b\nshard: [x, y]\nlabels: { k: v }\n",
      "c.yml": "service: s\ndescription: d\nlabels: { k: w }\n",
    };
    assert.equal(places(files), [
      ["b.yml:0.owner", "b", "a.yml:0.owner"],
      ["b.yml:0.shard", "shard", "a.yml:0.shard"],
      ["c.yml:0.labels", "labels", "b.yml:0.labels"],
    ]);
    const [, , labels] = findings(duplicateId, files);
    assert.is(textAt(files, labels?.related[0]?.where ?? { file: "", path: [] }), "labels");
  });

  it("is at the key of a list or a map, and at the value of what is one word, in two documents as in three", () => {
    const found = (first: string, second: string): unknown[] =>
      findings(duplicateId, { "a.yml": `service: s\n${first}\n`, "b.yml": `service: s\n${second}\n` }).map(
        ({ part, text, related: [other] }) => [part, text, other?.where.part],
      );
    assert.equal(found("shard: x", "shard: y"), [[undefined, "y", undefined]]);
    assert.equal(found("shard: [x]", "shard: y"), [[undefined, "y", "key"]]);
    assert.equal(found("shard: x", "shard: [y]"), [["key", "shard", undefined]]);
    assert.equal(found("labels: { a: b }", "labels: { a: c }"), [["key", "labels", "key"]]);
    assert.equal(found("description: x", "description: y"), [[undefined, "y", undefined]]);
  });

  it("says what is defined already, where, and what to do about it", () => {
    const says = (first: string, second: string): unknown[] => {
      const [found] = findings(duplicateId, { "a.yml": first, "b.yml": second });
      return [found?.message, found?.related[0]?.note, found?.help];
    };
    const remove = "rename or remove one of them";
    assert.equal(says("shard: x\n", "shard: x\n"), [
      'shard "x" is defined already, in a.yml',
      "first defined here",
      remove,
    ]);
    assert.equal(says("farm: caf\u00e9\nhosts: [a]\n", "farm: cafe\u0301\nhosts: [a]\n"), [
      'farm "cafe\u0301" is defined already in letters of other code points, in a.yml',
      "first defined here",
      remove,
    ]);
    assert.equal(says("service: caf\u00e9\n", "service: cafe\u0301\n").slice(0, 1), [
      'service "cafe\u0301" is defined already in letters of other code points, in a.yml',
    ]);
    const service = (name: string): string => `service: ${name}\nprojects: [{ name: p }]\n`;
    assert.equal(says(service("s"), service("t")), [
      'project "p" is defined already, in a.yml',
      "first defined here",
      "rename one of them: a project's name is unique in the whole inventory",
    ]);
    assert.equal(says("service: s\nowner: a\n", "service: s\nowner: b\n"), [
      'service "s" has another `owner` already, in a.yml',
      "first given here",
      "give `owner` of a service in one of its documents only",
    ]);
  });

  it("leaves parts of a service that say the same or nothing", () => {
    const files = {
      "a.yml": "service: s\nowner: a\nshard: x\nlabels: { k: v, l: w }\nprojects: [{ name: p }]\n",
      "b.yml": "service: s\nprojects: [{ name: q }]\n",
      "c.yml": "service: s\nowner: a\nshard: [x]\nlabels: { l: w, k: v }\ndescription: d\n",
    };
    assert.equal(places(files), []);
  });

  it("the order of a service's shards does not matter, their names do", () => {
    const files = { "a.yml": "service: s\nshard: [x, y]\n", "b.yml": "service: s\nshard: [y, x]\n" };
    assert.equal(places(files), []);
    assert.is(places({ ...files, "c.yml": "service: s\nshard: [x, z]\n" }).length, 1);
  });

  it("leaves one name for things of several kinds, and names in another case", () => {
    const files = {
      "a.yml": "shard: x\n---\nfarm: x\nhosts: [a.b]\n---\nservice: x\nprojects: [{ name: x }, { name: X }]\n",
      "b.yml": "shard: X\n",
    };
    assert.equal(places(files), []);
  });
});
