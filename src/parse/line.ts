/**
 * Lines of a text and how they are indented.
 */

/** More of a line is not looked at: nobody wrote it by hand, and expressions would take their time. */
const LONGEST = 1000;

export interface Line {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its last character, its line break not counted. */
  readonly end: number;
  /** Offset of the first character that is not white space; `end` where there is none. */
  readonly first: number;
  /** From `first`, without a comment at the end and the white space before it; only the start of a very long line. */
  readonly content: string;
}

/** The line that an offset is in. */
export function lineAt(source: string, offset: number): Line {
  // A search from -1 would look at the first character.
  const start = offset === 0 ? 0 : source.lastIndexOf("\n", offset - 1) + 1;
  const next = source.indexOf("\n", Math.max(start, offset));
  let end = next < 0 ? source.length : next;
  if (source[end - 1] === "\r") end--;
  const first = end - source.slice(start, end).trimStart().length;
  const text = source.slice(first, Math.min(end, first + LONGEST));
  return { start, end, first, content: text.replace(/(?:^|\s+)#.*$/, "").trimEnd() };
}

/**
 * The line of an offset, or the next one with something in it: errors of indentation are placed at the white space before
 * the text, or even at the end of the line above.
 */
export function contentLine(source: string, offset: number): Line {
  let line = lineAt(source, offset);
  while (line.content === "" && line.end < source.length)
    line = lineAt(source, source.indexOf("\n", line.end) + 1 || source.length);
  return line;
}

/** The nearest line above with something in it. */
export function lineAbove(source: string, line: Line): Line | undefined {
  for (let start = line.start; start > 0;) {
    const above = lineAt(source, start - 1);
    if (above.content !== "") return above;
    start = above.start;
  }
  return undefined;
}

/** A list that a line was meant to be an item of, though it is none to YAML. */
export interface LostList {
  /** Of its dashes, from 1. */
  readonly column: number;
  readonly end: number;
}

/** The list around a line that stands in the column of its dashes and has none, or none behind ordinary spaces. */
export function lostList(source: string, line: Line): LostList | undefined {
  const spaces = /^ */.exec(source.slice(line.start, line.first))?.[0].length ?? 0;
  const width = line.first - line.start;
  if (isItem(line) && spaces === width) return undefined;
  const open = openColumns(source, line, "dash");
  // Other white space may stand for as many spaces, or be too many.
  const indent = isItem(line) && !open.includes(width + 1) ? spaces : width;
  let isList = open.includes(indent + 1);
  let { end } = line;
  for (let start = line.end; start < source.length;) {
    const below = lineAt(source, source.indexOf("\n", start) + 1 || source.length);
    start = below.end;
    if (below.content === "") continue;
    const isBeside = below.first - below.start === indent;
    if (below.first - below.start < indent || (isBeside && WORD_KEY.test(below.content))) break;
    isList ||= isBeside && isItem(below);
    end = below.end;
  }
  return isList ? { column: indent + 1, end } : undefined;
}

/** The key above a list, seen from the line of one of its dashes. */
export function keyOfList(source: string, dash: Line): string | undefined {
  const indent = dash.first - dash.start;
  for (let above = lineAbove(source, dash); above !== undefined; above = lineAbove(source, above)) {
    const own = above.first - above.start;
    if (own < indent || (own === indent && !isItem(above))) return LIST_KEY.exec(above.content)?.[1];
  }
  return undefined;
}

/** The end of the lines from this one on that are indented like it, or deeper. */
export function endOfBlock(source: string, line: Line): number {
  let { end } = line;
  for (let start = end; start < source.length;) {
    const below = lineAt(source, source.indexOf("\n", start) + 1 || source.length);
    start = below.end;
    if (below.content === "") continue;
    if (below.first - below.start < line.first - line.start) break;
    end = below.end;
  }
  return end;
}

/** A key that no mark stands before. */
const WORD_KEY = /^["'\w].*?:(?:\s|$)/;

/** A key that nothing stands behind. */
const LIST_KEY = /^(?:- +)*["']?([\w.-]+)["']?\s*:$/;

function isItem({ content }: Line): boolean {
  return content === "-" || content.startsWith("- ");
}

/** What may start in a line: a key, or the dash of an item. */
export type Starts = "key" | "dash";

/**
 * Columns (from 1) in which lines above let a key or a dash start, nearest first: `- name: a` opens the column of its dash
 * to further items and that of its key to further keys.
 */
export function openColumns(source: string, line: Line, starts: Starts): number[] {
  const columns: number[] = [];
  let least = Infinity;
  for (let above = lineAbove(source, line); above !== undefined && least > 0; above = lineAbove(source, above)) {
    const indent = above.first - above.start;
    if (indent >= least) continue;
    const dashes = /^(?:- +)*/.exec(above.content)?.[0].length ?? 0;
    const isItem = above.content.startsWith("-");
    const isKey = /^(?:- +)*[^\s#].*?:(?:\s|$)/.test(above.content);
    if (starts === "key" && isKey && indent + dashes < least) columns.push(indent + dashes + 1);
    if (starts === "dash" && isItem) columns.push(indent + 1);
    least = indent;
  }
  return columns;
}
