import * as assert from "uvu/assert";
import { parseFile } from "../../src/parse/parse.ts";
import type { ParsedFile } from "../../src/parse/parse.ts";

/** A text in which « and » marked ranges, and those ranges. */
export interface Marked {
  readonly text: string;
  readonly ranges: readonly (readonly [number, number])[];
}

export function readMarked(marked: string): Marked {
  const ranges: [number, number][] = [];
  const parts = marked.split(/([«»])/);
  let text = "";
  for (const part of parts) {
    if (part === "«") ranges.push([text.length, text.length]);
    else if (part === "»") (ranges.at(-1) ?? [0, 0])[1] = text.length;
    else text += part;
  }
  return { text, ranges };
}

export function parse(text: string): ParsedFile {
  return parseFile("f.yml", new TextEncoder().encode(text));
}

/** The findings of a text, in the order of their places: `error yaml/syntax "what the range holds"`. */
export function found(text: string): string[] {
  return inOrder(parse(text)).map(({ code, severity, where }) => {
    return `${severity} ${code} ${JSON.stringify(text.slice(...(where.range ?? [0, 0])))}`;
  });
}

/**
 * Asserts that a text has exactly these findings (`error yaml/syntax`), in the order of their places, and that each is at
 * the place that « and » mark; without findings, that there are none.
 */
export function assertFindings(marked: string, ...expected: readonly string[]): ParsedFile {
  const { text, ranges } = readMarked(marked);
  const parsed = parse(text);
  const actual = inOrder(parsed).map(({ code, severity, where }) => ({
    finding: `${severity} ${code}`,
    range: where.range,
  }));
  assert.equal(
    actual,
    expected.map((finding, index) => ({ finding, range: ranges[index] })),
    marked,
  );
  return parsed;
}

/** The text of the ranges of what is related to the only finding. */
export function relatedTo(text: string): string[] {
  const { related = [] } = parse(text).diagnostics[0] ?? {};
  return related.map(({ where }) => text.slice(...(where.range ?? [0, 0])));
}

/** Asserts that the file is read, without any finding, as this. */
export function assertReads(text: string, ...documents: readonly unknown[]): void {
  const parsed = parse(text);
  assert.equal(found(text), [], text);
  assert.equal(parsed.documents, documents, text);
  assert.ok(parsed.isComplete, text);
}

function inOrder(parsed: ParsedFile): ParsedFile["diagnostics"] {
  return [...parsed.diagnostics].sort((a, b) => (a.where.range?.[0] ?? 0) - (b.where.range?.[0] ?? 0));
}
