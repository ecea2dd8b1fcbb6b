/**
 * Where lists and maps are, as far as a finding points at them: their first line, or what of it is theirs.
 */
import type { Range } from "./mistake.ts";

/** No more of a line than this is pointed at. */
const LONGEST = 1000;

/**
 * A token in brackets: text in quotes with the colon of a key, an anchor, alias or tag, a bracket or comma, the mark of a key
 * or value, or plain text. There is none at a comment, nor at a quote that is not closed in the line.
 */
const TOKEN =
  /\s*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?:\s*:)?|[&*!][^\s,[\]{}]*|(?<mark>[,[\]{}])|[:?](?=[\s,[\]{}]|$)|(?!["'#\s])(?:(?!\s#|:(?:[\s,[\]{}]|$))[^,[\]{}])+)/y;

/**
 * The part of a list or map that is in its first line.
 *
 * @param isInBrackets what it is in has brackets: a map then needs none of its own, `[a: b, c]`
 */
export function firstLine(source: string, start: number, isInBrackets = false): Range {
  const end = source.indexOf("\n", start);
  const line = source.slice(start, Math.min(end < 0 ? source.length : end, start + LONGEST));
  const length = (isInBrackets || isOpening(line) ? lengthInBrackets(line) : undefined) ?? lengthOfLine(line);
  return [start, start + Math.max(1, length)];
}

/** True at the bracket that begins a list or map. */
export function isOpening(text: string, at = 0): boolean {
  return text[at] === "[" || text[at] === "{";
}

/** Without a comment at the end. */
function lengthOfLine(line: string): number {
  return line.replace(/\s+(?:#.*)?$/, "").length;
}

/** Up to the bracket that closes the first one; without one, up to what ends a pair. `undefined` for neither in the line. */
function lengthInBrackets(line: string): number | undefined {
  let depth = 0;
  TOKEN.lastIndex = 0;
  for (let last = 0, token = TOKEN.exec(line); token !== null; last = TOKEN.lastIndex, token = TOKEN.exec(line)) {
    const mark = token.groups?.["mark"];
    if (mark === undefined) continue;
    if (mark === "[" || mark === "{") depth++;
    else if (depth === 0) return line.slice(0, last).trimEnd().length;
    else if (mark !== "," && --depth === 0) return TOKEN.lastIndex;
  }
  return undefined;
}

/**
 * Finds the dashes of a list without brackets, for items that have nothing else to point at. Each list is walked over once,
 * however many are asked for.
 *
 * @returns `undefined` for a list in brackets
 */
export function createDashes(source: string): (start: number, index: number) => Range | undefined {
  const known = new Map<number, number[]>();
  return (start, index) => {
    if (source[start] !== "-") return undefined;
    let dashes = known.get(start);
    if (dashes === undefined) known.set(start, (dashes = [start]));
    const column = start - (source.lastIndexOf("\n", start) + 1);
    while (dashes.length <= index) {
      const next = nextDash(source, dashes.at(-1) ?? start, column);
      if (next === undefined) return undefined;
      dashes.push(next);
    }
    const dash = dashes[index] ?? start;
    return [dash, dash + 1];
  };
}

/** What an item holds stands further in than its dash, so that the next dash in that column is that of the next item. */
function nextDash(source: string, from: number, column: number): number | undefined {
  for (let line = source.indexOf("\n", from) + 1; line > 0; line = source.indexOf("\n", line) + 1) {
    const at = line + column;
    if (source[at] === "-" && /^ *$/.test(source.slice(line, at)) && /^\s?$/.test(source.charAt(at + 1))) return at;
  }
  return undefined;
}
