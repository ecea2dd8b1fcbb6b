import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, found, parse, relatedTo } from "./findings.ts";

const ERROR = "error yaml/duplicate-key";

function helpOf(text: string): string {
  const [only, ...others] = parse(text).diagnostics;
  assert.equal(others, [], text);
  return only?.help ?? "";
}

describe("parse: a key that begins a second item", (it) => {
  const exporters = "exporters:\n  - job: a\n    port: 1\n    «job»: b\n    port: 2\n";

  it("is found once, and both items are read", () => {
    const { documents, isComplete } = assertFindings(exporters, ERROR);
    assert.equal(documents, [
      {
        exporters: [
          { job: "a", port: 1 },
          { job: "b", port: 2 },
        ],
      },
    ]);
    assert.not.ok(isComplete);
    assert.equal(relatedTo(exporters.replace(/[«»]/g, "")), ["job"]);
  });

  it("is found for each dash that is missing", () => {
    assertFindings(`${exporters}    «job»: c\n    port: 2\n`, ERROR, ERROR);
  });

  it("is told with the line to write, in the column of the dash", () => {
    assert.match(helpOf(exporters.replace(/[«»]/g, "")), "write `- job: b` in column 3,");
    assert.match(helpOf("-\n    host: a\n    host: b # c\n"), "write `- host: b` in column 1,");
    assert.match(helpOf("- { job: a, port: 1, job: b, port: 2 }\n"), "its own `{ }`");
  });

  it("is the first key of an item, or one that names it", () => {
    for (const key of ["name", "job", "host", "module"])
      assert.match(helpOf(`- x: 1\n  ${key}: a\n  ${key}: b\n  x: 2\n`), "`- ", key);
    assert.match(helpOf("- port: 1\n  job: a\n  port: 2\n  job: b\n"), "`- port: 2`");
  });

  it("keeps what belongs to the second apart from the first", () => {
    const { documents } = parse("projects:\n  - name: a\n    farm: f\n    name: b\n    hosts: [c]\n");
    assert.equal(documents, [
      {
        projects: [
          { name: "a", farm: "f" },
          { name: "b", hosts: ["c"] },
        ],
      },
    ]);
  });

  it("is told from one that is given twice by mistake", () => {
    const help = helpOf("projects:\n  - name: a\n    hosts: [b]\n    farm: c\n    hosts: [d]\n");
    assert.is(help, "put what both hold below one `hosts`");
    assert.not.match(helpOf("labels:\n  name: a\n  name: b\n"), "`- ");
  });
});

describe("parse: a key that begins a second document", (it) => {
  it("is found once, and both documents are read", () => {
    const shards = "shard: a\nservers: [b]\n«shard»: c\nservers: [d]\n";
    const { documents } = assertFindings(shards, ERROR);
    assert.equal(documents, [
      { shard: "a", servers: ["b"] },
      { shard: "c", servers: ["d"] },
    ]);
    assert.match(helpOf(shards.replace(/[«»]/g, "")), "`---` on a line of its own above it if a second shard");
  });

  it("is the one that says what the document is", () => {
    assertFindings("service: a\nshard: s\nprojects: []\n«service»: b\nshard: s\nprojects: []\n", ERROR);
    assertFindings("farm: a\nhosts: [b]\n«farm»: c\nhosts: [d]\n", ERROR);
    assert.not.match(helpOf("service: a\nshard: b\nshard: c\n"), "---");
    assert.not.match(helpOf("a:\n  shard: b\n  shard: c\n"), "---");
  });
});

describe("parse: a key that is given twice", (it) => {
  it("is never to be removed without a look at its value", () => {
    for (const text of ["owner: a\nowner: b\n", "- name: a\n  name: b\n", "shard: a\nshard: b\n", "a: 1\na: [b]\n"])
      assert.match(helpOf(text), "compare both values", text);
    assert.is(helpOf("labels: { a: b }\nlabels: { c: d }\n"), "put what both hold below one `labels`");
    assert.is(found("a: 1\na: 2\na: 3\n").length, 2);
  });
});
