/**
 * What the first path takes, the reference parser reads alike, and has nothing to say about. What it does not take is only
 * slower.
 */
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { Path } from "../../src/diagnostic.ts";
import { decode } from "../../src/parse/decode.ts";
import { createLocator } from "../../src/parse/locate.ts";
import { parseByReference } from "../../src/parse/parse.ts";
import { readPlain } from "../../src/parse/plain.ts";
import { plainLocator } from "../../src/parse/plain-locate.ts";
import { referenceEvents } from "../../src/parse/reference.ts";
import { describe } from "../describe.ts";
import { mutantOf, scraps, TEMPLATES } from "./mutants.ts";

const RUNS = { seed: 20_261_127, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false } as const;

/** All that it takes, in all places. */
const PLAIN: readonly string[] = [
  `# Changes need a review.
service: album
description: What it is for, and who's to ask (see #12)
owner: team-album   # on call
shard: [tokyo-a, osaka-a,]

labels: { tier: gold, url: http://x/y, empty: "", quoted: 'a, b', id: 7 }
projects:
  - name: album-web
    farm: web-tokyo
    hosts:
      - web001.album.example.com
      - web002.album.example.com

      - web[01-20].album.example.com
      # The old ones.
      - none1
      - -replica.example.com
      - "2001:db8::7"
      - 10.1.2.3
      - a:9100
      - { host: db1.example.com, labels: { rack: r12 } }
      - host: db2.example.com
        labels:
          rack: r13
    exporters: [ node, "app" ]
    labels: {}
    probes:
    - module: http_2xx
      targets: [ "https://example.com/health", x ]
      hosts: true
    -   { module: icmp, hosts: false }
  - name: b
    hosts: []
    exporters:
      - job: app
        port: 8080
        enabled: true
        params:
          module: http
          size: -3
        timeout:
    labels:
      env: prod
`,
  `shard: tokyo-a
servers:
- prometheus001
- prometheus002:9091
limits: { targets: 10000 }
---
farm: web
hosts: [
  web1, web2,
  "web3",
    'web4'
  ]
labels: {
    a: b,
    c: [d, e]
  }
---
projects:
  - name: a
    hosts: [
      web1, web2,
      'web3'
    ]
    exporters: [
      { job: app, labels: {
        tier: gold
      } },
    ]
  - labels: {
      a: b
    }
    shard: [
      x
    ]
limits: { targets: 1,
}
---
---
# nothing
---
- a
- b: c
  d:
    - e
    - f
  g:
  h: ~
- i
`,
  `service: 監視
labels:
  site: 東京
  note: "é — ü"
projects:
  - name: a   # コメント
    hosts: [ über, "x" ]
`,
];

/** True where the first path took the text; throws where the reference path reads it differently. */
function isTaken(text: string): boolean {
  const decoded = decode("f.yml", new TextEncoder().encode(text));
  if (decoded.text === undefined) return false;
  const documents = readPlain(decoded.text, decoded.isAscii);
  if (documents === undefined) return false;
  const reference = parseByReference("f.yml", decoded.text, decoded.isAscii);
  if (documents === "broken") {
    assert.equal(reference.documents, [], JSON.stringify(text));
    return false;
  }
  const expected = { documents, diagnostics: [], isComplete: true, suppressions: [] };
  assert.equal(JSON.stringify(reference), JSON.stringify(expected), JSON.stringify(text));
  const locate = createLocator(referenceEvents("f.yml", decoded.text).stream);
  const locatePlain = plainLocator(decoded.text);
  for (const path of [...routes(documents, []), [documents.length], [0, "none"], [0, 0, 0]]) {
    for (const part of ["key", "value"] as const)
      assert.equal(locatePlain(path, part), locate(path, part), `${JSON.stringify(text)} ${path.join("/")} ${part}`);
  }
  return true;
}

/** Every route into a value, and one that leads out of each list and map. */
function* routes(value: unknown, path: Path): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  if (path.length > 0) yield [...path, Array.isArray(value) ? value.length : "none"];
  for (const [key, below] of Object.entries(value))
    yield* routes(below, [...path, Array.isArray(value) ? Number(key) : key]);
}

/** How many of a hundred texts it took: a slow machine stops before it has tried all of them. */
function percentTaken(texts: fc.Arbitrary<string>, numRuns: number): number {
  let [tried, taken] = [0, 0];
  const property = fc.property(texts, (text) => {
    tried++;
    if (isTaken(text)) taken++;
  });
  fc.assert(property, { ...RUNS, numRuns });
  return (100 * taken) / tried;
}

describe("parse: the plain subset", (it) => {
  it("takes inventories as people write them", () => {
    for (const text of PLAIN) assert.ok(isTaken(text), text);
    for (const text of PLAIN) assert.ok(isTaken(text.trimEnd()), text);
  });

  it("agrees with the reference parser on inventories with slips in them", () => {
    // Else the test would compare nothing.
    assert.ok(percentTaken(mutantOf(PLAIN, 1), 3000) > 33);
    assert.ok(percentTaken(mutantOf(PLAIN, 4), 12_000) > 15);
    assert.ok(percentTaken(mutantOf([...TEMPLATES, ...PLAIN], 8), 6000) > 2);
  });

  it("agrees with the reference parser on small texts", () => {
    const pieces = PLAIN.flatMap((text) => text.split(/^(?= {0,2}\S)/m));
    assert.ok(percentTaken(mutantOf(pieces, 2), 12_000) > 25);
    assert.ok(percentTaken(scraps, 6000) > 0.3);
  });

  it("tells what no parser reads", () => {
    const broken = [
      'a: "b\nc: d',
      "a: [ b\nc: d",
      "a: b: c",
      "a:\n  - b: c\n    d:\n      - e\n   f: g",
      "a:\n    b: c\n  d: e",
    ];
    for (const text of broken) assert.is(readPlain(text, true), "broken", text);
    const unknown = ['a: "b\n  c"', "a: [\n  b\n# c\n]", "- a b: c", "a:\n  - b\n  -\n", "a:\n  b: c\n   d"];
    for (const text of unknown) assert.is(readPlain(text, true), undefined, text);
  });

  it("leaves to the others what it does not know", () => {
    const texts = [
      "",
      "# nothing\n",
      "a: b\n# promgen-ignore yaml/implicit-type -- so\n",
      "a: &x b\nc: *x\n",
      "a: b\na: c\n",
      "constructor: b\n",
      "__proto__: b\n",
      "a: b\n c: d\n",
      "a: b\n  c\n",
      "a:\n  b\n",
      "a: |\n  b\n",
      "a: yes\n",
      "labels: { version: 1.10 }\n",
      "on: push\n",
      "- [a]\n",
      "- - a\n",
      "- host: [a]\n",
      "- host:\n  - a\n",
      "a: [\n  b\n ]\n  ]\n",
      "- {\n  a: b\n}\n",
      "a: [\n  { b: c\n} ]\n",
      "a: [\nb ]\n",
      "a: [\n  b\n, c ]\n",
      "a: [b: c]\n",
      "a: 2001:db8::\n",
      "a: \tb\n",
      "a: b\r\n",
      "a: b\n...\n",
      'a: "b"#c\n',
      "a: 'b' c\n",
      "a: b: c\n",
      "a: {b: c}d\n",
      "a: [b,, c]\n",
      "a: {b: c, b: d}\n",
      "a\u00a0: b\n",
      "a: \u200bb\n",
      `${"a: {".repeat(30)}${"}".repeat(30)}`,
      Array.from({ length: 30 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
    ];
    for (const text of texts) assert.not.ok(isTaken(text), text);
  });

  it("takes lists that are further in than any", () => {
    assert.ok(isTaken(`a:\n${" ".repeat(90)}- b\n${" ".repeat(90)}- c\n`));
  });

  it("does not run out of memory on long lines and lists", () => {
    for (const piece of ["a", "a:", "a a", "a, ", "a # "]) {
      const text = `x: ${piece.repeat(1_000_000)}b\n`;
      const documents = readPlain(text, true);
      if (documents !== undefined)
        assert.is((documents as { x: string }[])[0]?.x, text.slice(3, -1).replace(/ #.*/, ""));
    }
    assert.equal(readPlain(`x:\n${"  - abc\n".repeat(500_000)}`, true), [
      { x: Array.from({ length: 500_000 }, () => "abc") },
    ]);
    assert.equal(readPlain(`x: [ ${"abc, ".repeat(500_000)}]\n`, true), [
      { x: Array.from({ length: 500_000 }, () => "abc") },
    ]);
  });
});
