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
    assert.is(
      help,
      "write the line `- name: …` above if another project begins there; else put what both hold below one `hosts`",
    );
    assert.is(helpOf("farm: a\nhosts: [b]\nhosts: [d]\n"), "put what both hold below one `hosts`");
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

describe("parse: a document of another kind without its ---", (it) => {
  const farm = "farm: f\nhosts: [a]\nlabels: { x: b }\n«shard»: t\nservers: [b]\nlabels: { z: w }\n";

  it("is found once where it repeats a key, and its labels stay its own", () => {
    const { documents } = assertFindings(farm, ERROR);
    assert.equal(documents, [
      { farm: "f", hosts: ["a"], labels: { x: "b" } },
      { shard: "t", servers: ["b"], labels: { z: "w" } },
    ]);
    const text = farm.replace(/[«»]/g, "");
    assert.match(helpOf(text), "`---` on a line of its own above it if a shard begins");
    assert.equal(relatedTo(text), ["labels", "labels"]);
    assertFindings("shard: a\nservers: [b]\n«service»: c\nshard: a\nprojects: []\n", ERROR);
    assertFindings("service: a\nprojects: []\nlabels: {}\n«farm»: c\nlabels: {}\nhosts: []\n", ERROR);
  });

  it("begins with the second shard where one belongs to the service", () => {
    const { documents } = assertFindings("service: s\nshard: t\nprojects: []\n«shard»: z\nservers: [b]\n", ERROR);
    assert.equal(documents, [
      { service: "s", shard: "t", projects: [] },
      { shard: "z", servers: ["b"] },
    ]);
  });

  it("begins where the first one does not go on behind", () => {
    const service = "service: s\nlabels: {}\n«shard»: t\nlabels: {}\nservers: [b]\n";
    const { documents } = assertFindings(service, ERROR);
    assert.equal(documents, [
      { service: "s", labels: {} },
      { shard: "t", labels: {}, servers: ["b"] },
    ]);
    assertFindings("service: s\nlabels: {}\nshard: t\n«labels»: {}\nservers: [b]\nprojects: []\n", ERROR);
    const farms = "farm: f\nlabels: {}\n«shard»: t\nlabels: {}\nservers: [b]\nfarm: g\nhosts: [a]\n";
    assertFindings(farms, ERROR);
  });

  it("is a possibility where nothing tells it: nothing is to be put together", () => {
    for (const [text, name] of [
      ["farm: f\nhosts: [a]\nlabels: {}\nshard: t\nlabels: {}\n", "shard"],
      ["service: s\nlabels: {}\nshard: t\nlabels: {}\n", "shard"],
      ["service: s\ndescription: a\nshard: t\ndescription: b\n", "shard"],
      ["service: s\nlabels: {}\nshard: t\nlabels: {}\nservers: [b]\nprojects: []\n", "shard"],
      ["service: s\nshard: [a]\nfarm: f\nshard: [b]\n", "farm"],
      ["servers: [p]\nlabels: {}\nfarm: f\nlabels: {}\n", "farm"],
    ] as const) {
      assert.match(helpOf(text), `\`---\` on a line of its own above \`${name}\` if another`, text);
      assert.not.match(helpOf(text), "together", text);
      assert.equal(relatedTo(text).at(-1), name, text);
    }
    const json = '{ "farm": "f", "hosts": [], "labels": {}, "shard": "t", "servers": [], "labels": {} }';
    assert.match(helpOf(json), "its own `{ }`");
    assert.not.match(helpOf(json), "together");
  });

  it("is none where the first one goes on behind the key, or only begins there", () => {
    for (const text of [
      "service: s\nlabels: {}\nshard: t\nprojects: []\nlabels: {}\n",
      "service: s\nlabels: {}\nshard: t\nlabels: {}\nprojects: []\n",
      "service: s\nshard: t\nlabels: {}\nlabels: {}\n",
      "labels: {}\nfarm: f\nhosts: [a]\nlabels: {}\n",
    ])
      assert.is(helpOf(text), "put what both hold below one `labels`", text);
  });
});

describe("parse: a line that is written twice", (it) => {
  it("begins no document", () => {
    for (const text of ["farm: f\n«farm»: f\nhosts: [a]\n", "shard: x\n«shard»: y\nservers: [a]\n"]) {
      assert.is(assertFindings(text, ERROR).documents.length, 1, text);
      assert.not.match(helpOf(text.replace(/[«»]/g, "")), "---", text);
    }
    assert.is(assertFindings("farm: f\nhosts: [a]\n«farm»: f\n", ERROR).documents.length, 1);
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
