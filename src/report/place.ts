/**
 * Where → line and column: the only place that knows lines. Files are read again for it, which costs nothing for those
 * without findings.
 */
import type { Diagnostic, Where } from "../diagnostic.ts";
import { locatorOf } from "../parse/parse.ts";
import type { Locator } from "../parse/parse.ts";

/** Both count from 1; columns count UTF-16 units, as SARIF, LSP and editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Span {
  readonly start: Position;
  /** Exclusive. */
  readonly end: Position;
  /** The text of the first line, without its line break. */
  readonly lineText: string;
  /** The file as a whole is meant: line 1 stands for it, and no caret. */
  readonly isWholeFile: boolean;
}

export interface Place {
  readonly file: string;
  /** `undefined` for what is no file, or not there. */
  readonly span: Span | undefined;
}

/** A finding with its places. */
export interface Located {
  readonly diagnostic: Diagnostic;
  readonly place: Place;
  readonly related: readonly { readonly note: string; readonly place: Place }[];
}

/** The text of a file as textForPlaces of parse/decode.ts gives it; `undefined` for what is no file, or not there. */
export type TextOf = (file: string) => string | undefined;

/** Resolves single places, one locator a file. */
export interface Places {
  placeOf(where: Where): Place;
  /** Line of a place, from 1; `undefined` for a file that is not there or cannot be read. */
  lineOf(where: Where): number | undefined;
}

/** For places that are asked for one by one. It keeps every file that it has read. */
export function createPlaces(textOf: TextOf): Places {
  const files = new Map<string, FilePlaces | undefined>();
  const placeOf = (where: Where): Place => {
    if (!files.has(where.file)) files.set(where.file, openFile(where.file, textOf));
    return { file: where.file, span: files.get(where.file)?.span(where) };
  };
  return { placeOf, lineOf: (where) => placeOf(where).span?.start.line };
}

/**
 * Resolves all places of findings, file by file, and sorts by file, line, column, code and message.
 *
 * @param maxRelated related places of a finding beyond this number are left out
 */
export function resolvePlaces(
  diagnostics: readonly Diagnostic[],
  textOf: TextOf,
  maxRelated = Number.POSITIVE_INFINITY,
): Located[] {
  const byFile = new Map<string, Where[]>();
  const note = (where: Where): void => {
    const wheres = byFile.get(where.file);
    if (wheres === undefined) byFile.set(where.file, [where]);
    else wheres.push(where);
  };
  const relatedOf = (diagnostic: Diagnostic): NonNullable<Diagnostic["related"]> => {
    const related = diagnostic.related ?? [];
    return related.length > maxRelated ? related.slice(0, maxRelated) : related;
  };
  for (const diagnostic of diagnostics) {
    note(diagnostic.where);
    for (const { where } of relatedOf(diagnostic)) note(where);
  }

  const spans = new Map<Where, Span | undefined>();
  for (const [file, wheres] of byFile) {
    // Only one file's locator is alive at a time: that of a large file takes more memory than the file itself.
    const open = openFile(file, textOf);
    for (const where of wheres) spans.set(where, open?.span(where));
  }

  const placeOf = (where: Where): Place => ({ file: where.file, span: spans.get(where) });
  return diagnostics
    .map((diagnostic) => ({
      diagnostic,
      place: placeOf(diagnostic.where),
      related: relatedOf(diagnostic).map(({ where, note: words }) => ({ note: words, place: placeOf(where) })),
    }))
    .sort(compareLocated);
}

function compareLocated(a: Located, b: Located): number {
  const [start, other] = [a.place.span?.start, b.place.span?.start];
  return (
    compareText(a.place.file, b.place.file) ||
    (start?.line ?? 0) - (other?.line ?? 0) ||
    (start?.column ?? 0) - (other?.column ?? 0) ||
    compareText(a.diagnostic.code, b.diagnostic.code) ||
    compareText(a.diagnostic.message, b.diagnostic.message)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function openFile(file: string, textOf: TextOf): FilePlaces | undefined {
  const text = textOf(file);
  return text === undefined ? undefined : new FilePlaces(file, text);
}

class FilePlaces {
  readonly #file: string;
  readonly #text: string;
  #starts: readonly number[] | undefined;
  #locate: Locator | undefined;

  constructor(file: string, text: string) {
    this.#file = file;
    // Offsets count from behind a byte order mark, as parse/decode.ts drops it.
    this.#text = text.startsWith("\ufeff") ? text.slice(1) : text;
  }

  span(where: Where): Span {
    const range = this.#rangeOf(where);
    const start = Math.min(Math.max(range?.[0] ?? 0, 0), this.#text.length);
    const end = Math.min(Math.max(range?.[1] ?? 0, start), this.#text.length);
    const first = this.#position(start);
    return {
      start: first,
      end: end === start ? first : this.#position(end),
      lineText: this.#lineText(first.line),
      isWholeFile: range === undefined,
    };
  }

  #rangeOf(where: Where): readonly [number, number] | undefined {
    if (where.range !== undefined) return where.range;
    if (where.path.length === 0) return undefined;
    this.#locate ??= locatorOf(this.#file, this.#text);
    return this.#locate(where.path, where.part ?? "value");
  }

  #position(offset: number): Position {
    const starts = (this.#starts ??= lineStarts(this.#text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  #lineText(line: number): string {
    const starts = (this.#starts ??= lineStarts(this.#text));
    const next = starts[line];
    const text = this.#text.slice(starts[line - 1], next === undefined ? undefined : next - 1);
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }
}

/** Lines end with LF, as suppression comments, Git and editors count them; a CR before it belongs to the break. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
