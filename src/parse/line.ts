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

/** The nearest line above with something in it. */
export function lineAbove(source: string, line: Line): Line | undefined {
  for (let start = line.start; start > 0;) {
    const above = lineAt(source, start - 1);
    if (above.content !== "") return above;
    start = above.start;
  }
  return undefined;
}

/**
 * Where the list ends that a line was meant to be an item of: it stands in the column of the dashes, and has none, or none
 * behind ordinary spaces. The end of the line itself where it is an item, or in no list.
 */
export function endOfLostList(source: string, line: Line): number {
  const column = line.first - line.start;
  if (isItem(line) && /^ *$/.test(source.slice(line.start, line.first))) return line.end;
  let isList = openColumns(source, line, "dash").includes(column + 1);
  let { end } = line;
  for (let start = line.end; start < source.length;) {
    start = source.indexOf("\n", start) + 1 || source.length;
    const below = lineAt(source, start);
    start = below.end;
    if (below.content === "") continue;
    const indent = below.first - below.start;
    if (indent < column || (indent === column && !isItem(below))) break;
    isList ||= indent === column;
    end = below.end;
  }
  return isList ? end : line.end;
}

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
