/**
 * Both parsers read everything alike: whatever the fast path takes gives the same values, findings and places by the
 * reference path. What they disagree on, the fast path has to hand over.
 */
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { Path } from "../../src/diagnostic.ts";
import { fastEvents } from "../../src/parse/fast.ts";
import { createLocator } from "../../src/parse/locate.ts";
import { parseByReference, parseFast } from "../../src/parse/parse.ts";
import type { ParsedFile } from "../../src/parse/parse.ts";
import { referenceEvents } from "../../src/parse/reference.ts";
import { describe } from "../describe.ts";
import { mutant, scraps, TEMPLATES } from "./mutants.ts";

const RUNS = { seed: 20_261_126, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false } as const;

/** True where the fast path took the text; throws where the reference path reads it differently. */
function isReadAlike(text: string): boolean {
  const isAscii = /^[\0-\x7f]*$/.test(text);
  const fast = parseFast("f.yml", text, isAscii);
  if (fast === undefined) return false;
  const reference = parseByReference("f.yml", text, isAscii);
  assert.equal(comparable(fast), comparable(reference), JSON.stringify(text));

  const stream = fastEvents(text);
  assert.ok(stream);
  const locateFast = createLocator(stream);
  const locate = createLocator(referenceEvents("f.yml", text).stream);
  const items = new Map<string, Path>();
  for (const path of fast.documents.flatMap((document, index) => [...routes(document, [index])])) {
    for (const part of ["key", "value"] as const) {
      assert.equal(locateFast(path, part), locate(path, part), `${JSON.stringify(text)} ${path.join("/")} ${part}`);
    }
    // The fast path has no aliases, with which two items may be one.
    const place = String(locate(path, "value"));
    const list = path.slice(0, -1).join("/");
    if (typeof path.at(-1) !== "number" || path.length === 1) continue;
    assert.is(items.get(`${list} ${place}`), undefined, `${JSON.stringify(text)} ${path.join("/")} and another item`);
    items.set(`${list} ${place}`, path);
  }
  return true;
}

function comparable({ documents, diagnostics, isComplete, suppressions }: ParsedFile): unknown {
  // What stands in a text is what counts: -0 is 0 there.
  return { documents: JSON.stringify(documents), diagnostics, isComplete, suppressions };
}

/** Every route into a value. */
function* routes(value: unknown, path: Path): Generator<Path> {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, below] of Object.entries(value))
    yield* routes(below, [...path, Array.isArray(value) ? Number(key) : key]);
}

describe("parse: both paths", (it) => {
  it("agree on inventories with slips in them", () => {
    let taken = 0;
    let total = 0;
    const property = fc.property(mutant, (text) => {
      total++;
      if (isReadAlike(text)) taken++;
    });
    fc.assert(property, { ...RUNS, numRuns: 12_000 });
    // Else the test would compare nothing.
    assert.ok(taken > total / 10, `${taken} of ${total}`);
  });

  it("agree on scraps of YAML", () => {
    let taken = 0;
    const property = fc.property(scraps, (text) => {
      if (isReadAlike(text)) taken++;
    });
    fc.assert(property, { ...RUNS, numRuns: 6000 });
    assert.ok(taken > 100, String(taken));
  });

  it("agree on what they once did not", () => {
    const texts = [
      "\n\ufeff",
      "\n\t...\n",
      "...\n'x'",
      " --- a\n",
      "a:\n- {b: c} d: e\n",
      'a: "b \\\n \n  c"\n',
      "%x\n--- a\n",
      "|2\n - a\n",
      ">1\nno",
      '{"a": "\x7f"}',
      "a: |\r\n  b\r\n",
      "a: b\rc: d\r",
      `${"x".repeat(1020)}: a\n`,
      `x${" ".repeat(1100)}: a\n`,
      "hosts: x[\n  a\n]\n",
      "x:\n  hosts: [\n    a\n ]\n",
      "a: [\n  { b: [\n    c\n] },\n]\n",
      "a: [\n  { b: [\n    c\n] }\n  ]\n",
      "a: [\n  b, # c\n]\n  ]\n",
      'a: "b [\n]"\n',
      "a: |\n  b: [\n    c\n  ]\nd: e\n",
      "{ a: b # [\n}\n",
      "a: { b: c...\n# d\n}\n",
      "#\u00a0promgen-ignore a\nb: c\n",
      "a:\n- b\n-\n- # c\n- d:\n  -\n  -\n-",
      // Never came back: an open bracket further in, and then lines of less and less indentation.
      "a:\n    b:\n        c: [\n  d: e\n",
    ];
    for (const text of texts) isReadAlike(text);
  });

  it("agree on the templates, and the fast path takes brackets closed in the column of their key", () => {
    for (const text of TEMPLATES) isReadAlike(text);
    const text = "projects:\n  - hosts: [\n      a, b\n    ]\n    labels: {\n      a: b\n    }\nlimits: {\n}\n";
    assert.ok(isReadAlike(text));
    assert.ok(isReadAlike(text.replaceAll("\n", "\r\n")));
  });
});
