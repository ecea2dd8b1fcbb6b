/**
 * The reference parser's errors → findings that say what to do: one for each mistake, not one for each error.
 */
import type { YamlDiagnostic } from "./build.ts";
import { findUnpaired } from "./brackets.ts";
import { explain, isAboutPairs } from "./explain.ts";
import { lookAtFile, lookAtLine } from "./foreign.ts";
import { lineAt } from "./line.ts";
import type { Mistake, ParserError } from "./mistake.ts";
import { findingOf } from "./mistake.ts";

/** What the parser says of a document, or of a text without any. */
export interface Problems {
  readonly range?: readonly [number, number, number];
  readonly errors: readonly ParserError[];
  readonly warnings: readonly ParserError[];
}

/**
 * Findings for the errors of all documents. Left out are errors that follow from one before: those in the lines that it is
 * about, all that comes after a quote or bracket without its other half, and what is called unexpected once the parser has
 * lost its way.
 */
export function syntaxDiagnostics(file: string, source: string, documents: readonly Problems[]): YamlDiagnostic[] {
  const errors = documents.map((document) => errorsOf(source, document));
  if (errors.every((list) => list.length === 0)) return [];
  const foreign = lookAtFile(source);
  if (foreign !== undefined) return [findingOf(file, foreign)];

  const mistakes: Mistake[] = [];
  for (const [index, list] of errors.entries()) {
    const start = documents[index]?.range?.[0] ?? 0;
    let isLost = false;
    let lastEnd = -1;
    for (const first of list) {
      const error = list.find((other) => isAround(other, first)) ?? first;
      if (lineAt(source, error.pos[0]).start < lastEnd || (isLost && error.code === "UNEXPECTED_TOKEN")) continue;
      const unpaired = isAboutPairs(error) ? findUnpaired(source, start, error.pos[0]) : undefined;
      const mistake = lookAtLine(source, error.pos[0]) ?? unpaired ?? explain(source, error);
      // An editor that writes tabs writes them in every line.
      const isRepeated = mistake.code === "yaml/tab-indent" && mistakes.some(({ code }) => code === mistake.code);
      if (!isRepeated) mistakes.push(mistake);
      if (unpaired !== undefined) break;
      isLost = true;
      lastEnd = Math.max(lineAt(source, error.pos[1]).end, lineAt(source, mistake.range[1]).end);
    }
  }
  return mistakes.map((mistake) => findingOf(file, mistake));
}

function errorsOf(source: string, { errors, warnings }: Problems): ParserError[] {
  // A directive that nobody knows is only a warning, but what stands there was meant to be read.
  const directives = warnings.filter(({ code }) => code === "BAD_DIRECTIVE");
  return [...directives, ...errors].map(withinText(source)).filter((error) => isTrue(source, error));
}

/** A block inside of brackets makes all sorts of errors inside of it. */
function isAround(outer: ParserError, { pos }: ParserError): boolean {
  return outer.code === "BLOCK_IN_FLOW" && outer.pos[0] <= pos[0] && pos[1] <= outer.pos[1];
}

function withinText(source: string): (error: ParserError) => ParserError {
  const clamp = (offset: number): number => Math.max(0, Math.min(offset, source.length));
  return ({ code, message, pos }) => ({ code, message, pos: [clamp(pos[0]), clamp(Math.max(pos[0], pos[1]))] });
}

function isTrue(source: string, { code, message, pos }: ParserError): boolean {
  // A tag is a finding of its own already, whatever it does to the value.
  if (code === "TAG_RESOLVE_FAILED") return false;
  // The parser refuses a comment in the first column behind a value in `{ }`, which YAML allows.
  return !(message.startsWith("Comments must be separated") && source[pos[0] - 1] === "\n");
}
