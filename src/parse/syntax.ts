/**
 * The reference parser's errors → findings that say what to do: one for each mistake, not one for each error.
 */
import type { YamlDiagnostic } from "./build.ts";
import { findUnpaired } from "./brackets.ts";
import { explain, isAboutPairs } from "./explain.ts";
import { findLostMarks } from "./foreign-marks.ts";
import { lookAbove, lookAtFile, lookAtLine } from "./foreign.ts";
import { endOfBlock, lineAt, lostList } from "./line.ts";
import { mend, mistakeBefore } from "./mended.ts";
import type { Mistake, ParserError } from "./mistake.ts";
import { findingOf } from "./mistake.ts";

/** More of a file is not listed: it is not YAML, or one mistake makes all of them. */
const MOST = 100;

/** What the parser says of a document, or of a text without any. */
export interface Problems {
  readonly range?: readonly [number, number, number];
  readonly errors: readonly ParserError[];
  readonly warnings: readonly ParserError[];
}

/** A text is not read more often than that, nor more characters of it: what is left then, the next run finds. */
const MOST_READINGS = 8;
const MOST_CHARACTERS = 1_000_000;

/**
 * Findings for the errors of a text. Where it is certain what to write instead, the text is read with that once more: then
 * only what is wrong beside it is told.
 *
 * @param documents what the parser says of the text
 * @param read asks it about another one
 */
export function syntaxDiagnostics(
  file: string,
  source: string,
  documents: readonly Problems[],
  read: (text: string) => readonly Problems[],
): YamlDiagnostic[] {
  const found: Mistake[] = [];
  let mistakes = mistakesIn(source, documents);
  let text = source;
  let placeOf = (offset: number): number => offset;
  for (let reading = 1; mistakes.length > 0; reading++) {
    const mended = mistakes.filter(({ edits }) => edits !== undefined);
    const isLast = mended.length === 0 || reading === MOST_READINGS || (reading + 1) * source.length > MOST_CHARACTERS;
    const lines = new Set(found.map(({ range }) => lineAt(source, range[0]).start));
    const told = (mended.length === 0 ? mistakes : mended).toSorted((a, b) => a.range[0] - b.range[0]);
    for (const [index, mistake] of told.entries()) {
      if (told.slice(0, index).some((other) => isMendedBy(other, mistake))) continue;
      const before = seen(source, mistakeBefore(mistake, placeOf));
      // What is left of a line that was mended, nobody understands.
      if (found.length < MOST && !lines.has(lineAt(source, before.range[0]).start)) found.push(before);
    }
    if (isLast) break;
    const next = mend(text, mended);
    const placeInText = placeOf;
    placeOf = (offset) => placeInText(next.placeBefore(offset));
    ({ text } = next);
    mistakes = mistakesIn(text, read(text));
  }
  return found.map((mistake) => findingOf(file, mistake));
}

/**
 * The mistakes behind the errors of all documents. Left out are errors that follow from one before: those in the lines that
 * it is about, and in the rest of a list where it is about an item that is none to YAML; all that comes after a quote or
 * bracket without its other half, a line in the wrong column or a conflict; and what is called unexpected once the parser
 * has lost its way.
 */
function mistakesIn(source: string, documents: readonly Problems[]): Mistake[] {
  const errors = documents.map((document) => errorsOf(source, document));
  const marks = findLostMarks(source);
  if (errors.every((list) => list.length === 0)) return marks;
  const foreign = lookAtFile(source);
  if (foreign !== undefined) return [foreign];

  const mistakes = marks;
  for (const [index, list] of errors.entries()) {
    const start = documents[index]?.range?.[0] ?? 0;
    let isLost = false;
    let lastEnd = -1;
    const blocks = list.filter(({ code }) => code === "BLOCK_IN_FLOW");
    for (const first of list) {
      if (first.pos[0] <= lastEnd) continue;
      const error = blocks.find((other) => isAround(other, first)) ?? first;
      if (error.pos[0] <= lastEnd || (isLost && error.code === "UNEXPECTED_TOKEN")) continue;
      if (mistakes.length >= MOST) return mistakes;
      const unpaired = isAboutPairs(error) ? findUnpaired(source, start, error.pos[0]) : undefined;
      const other =
        unpaired === undefined
          ? explainHere(source, start, error)
          : (lookAtLine(source, unpaired.range[0]) ?? unpaired);
      const mistake = lookAtLine(source, error.pos[0]) ?? other;
      // What is wrong with a line may be told of it, and once more where a line below does not fit.
      if (!mistakes.some((told) => isSame(told, mistake))) mistakes.push(mistake);
      if (unpaired !== undefined || mistake.hidesRest === true) break;
      isLost = true;
      const last = lineAt(source, mistake.range[1]);
      const end = mistake.hidesBlock === true ? endOfBlock(source, last) : lostList(source, last)?.end;
      lastEnd = Math.max(lineAt(source, error.pos[1]).end, end ?? last.end);
    }
  }
  return mistakes;
}

/** True where mending the one mends the other as well. */
function isMendedBy({ edits = [] }: Mistake, other: Mistake): boolean {
  const at = other.edits?.[0]?.range[0];
  return edits.slice(1).some(({ range }) => range[0] === at);
}

function isSame({ range, message }: Mistake, other: Mistake): boolean {
  return range[0] === other.range[0] && range[1] === other.range[1] && message === other.message;
}

/** Where lines do not fit together, the one above may be wrong. @param top where the document begins */
function explainHere(source: string, top: number, error: ParserError): Mistake {
  const mistake = explain(source, error);
  const above = mistake.hidesRest === true ? lookAbove(source, top, error.pos[0]) : undefined;
  return above === undefined ? mistake : { ...above, hidesRest: true };
}

function errorsOf(source: string, { errors, warnings }: Problems): ParserError[] {
  // A directive that nobody knows is only a warning, but what stands there was meant to be read.
  const directives = warnings.filter(({ code }) => code === "BAD_DIRECTIVE");
  return [...directives, ...errors].map(withinText(source)).filter((error) => isTrue(source, error));
}

/** A block inside of brackets makes all sorts of errors inside of it. */
function isAround(outer: ParserError, { pos }: ParserError): boolean {
  return outer.pos[0] <= pos[0] && pos[1] <= outer.pos[1];
}

/** The same at a place that can be seen: a parser that waits for more waits at the end of the text. */
function seen(source: string, mistake: Mistake): Mistake {
  const last = source.trimEnd().length;
  const start = Math.min(mistake.range[0], Math.max(last - 1, 0));
  const end = start + source.slice(start, mistake.range[1]).trimEnd().length;
  return { ...mistake, range: [start, Math.max(end, start + 1)] };
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
