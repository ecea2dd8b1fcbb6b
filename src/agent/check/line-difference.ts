/** Which lines two files do not have in common. Most of what is in place comes again in the next generation. */

const LINE_FEED = 0x0a;
/** Compared at once where both go on alike. */
const BLOCK = 1 << 16;

/** Where a line begins, and where the next one does. */
export type Line = readonly [start: number, end: number];

/**
 * Pairs lines that are the same, in one pass over files whose lines are sorted, as rendered ones are; in others fewer pairs
 * are found than there are.
 *
 * @returns the lines of both that are left: without them, the files have the same lines equally often
 */
export function unpairedLines(one: Buffer, other: Buffer): readonly [of: readonly Line[], ofOther: readonly Line[]] {
  const lines: Line[] = [];
  const otherLines: Line[] = [];
  let at = 0;
  let otherAt = 0;
  while (at < one.length || otherAt < other.length) {
    const alike = alikeFrom(one, at, other, otherAt);
    at += alike;
    otherAt += alike;
    const [end, otherEnd] = [lineEnd(one, at), lineEnd(other, otherAt)];
    // The end of a file comes after all lines.
    const order = at === end ? 1 : otherAt === otherEnd ? -1 : one.compare(other, otherAt, otherEnd, at, end);
    if (order < 0) lines.push([at, end]);
    if (order > 0 && otherAt < otherEnd) otherLines.push([otherAt, otherEnd]);
    if (order <= 0) at = end;
    if (order >= 0) otherAt = otherEnd;
  }
  return [lines, otherLines];
}

/** How many bytes both have in common from here on, in whole lines, as far as that is quickly told. */
function alikeFrom(one: Buffer, at: number, other: Buffer, otherAt: number): number {
  const shift = otherAt - at;
  let end = at;
  for (; end + BLOCK <= one.length && end + shift + BLOCK <= other.length; end += BLOCK) {
    const from = end + shift;
    if (one.compare(other, from, from + BLOCK, end, end + BLOCK) !== 0) break;
  }
  // Back to the start of a line.
  return end === at ? 0 : Math.max(one.lastIndexOf(LINE_FEED, end - 1) + 1, at) - at;
}

/** Behind the line feed, or the end of the file. */
function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(LINE_FEED, start);
  return end < 0 ? bytes.length : end + 1;
}
