/** Which lines two files do not have in common. Most of what is in place comes again in the next generation. */
import type { FileBytes } from "./file-bytes.ts";

const LINE_FEED = 0x0a;
/** Compared at once where both go on alike. */
const BLOCK = 1 << 16;
/** How far the end of a line is looked for at once: ours have some kilobytes. */
const STEP = 1 << 13;

/** Where a line begins, and where the next one does. */
export type Line = readonly [start: number, end: number];

/**
 * Pairs lines that are the same, in one pass over files whose lines are sorted, as rendered ones are; in others fewer pairs
 * are found than there are.
 *
 * @param longest bytes of the longest line that may be left
 * @returns the lines of both that are left: without them, the files have the same lines equally often; undefined where one
 *   of them is longer
 */
export function unpairedLines(
  one: FileBytes,
  other: FileBytes,
  longest: number,
): readonly [of: readonly Line[], ofOther: readonly Line[]] | undefined {
  const lines: Line[] = [];
  const otherLines: Line[] = [];
  let at = 0;
  let otherAt = 0;
  while (at < one.length || otherAt < other.length) {
    const alike = alikeFrom(one, at, other, otherAt);
    at += alike;
    otherAt += alike;
    const [end, otherEnd] = [lineEnd(one, at, longest), lineEnd(other, otherAt, longest)];
    if (end === undefined || otherEnd === undefined) return undefined;
    // The end of a file comes after all lines.
    const order =
      at === end
        ? 1
        : otherAt === otherEnd
          ? -1
          : one.view(at, end - at).compare(other.view(otherAt, otherEnd - otherAt));
    if (order < 0) lines.push([at, end]);
    if (order > 0 && otherAt < otherEnd) otherLines.push([otherAt, otherEnd]);
    if (order <= 0) at = end;
    if (order >= 0) otherAt = otherEnd;
  }
  return [lines, otherLines];
}

/** How many bytes both have in common from here on, in whole lines, as far as that is quickly told. */
function alikeFrom(one: FileBytes, at: number, other: FileBytes, otherAt: number): number {
  const most = Math.min(one.length - at, other.length - otherAt) - BLOCK;
  let alike = 0;
  while (alike <= most && one.view(at + alike, BLOCK).equals(other.view(otherAt + alike, BLOCK))) alike += BLOCK;
  // Back to the start of a line.
  for (let end = alike; end > 0;) {
    const start = Math.max(end - STEP, 0);
    const found = one.view(at + start, end - start).lastIndexOf(LINE_FEED);
    if (found >= 0) return start + found + 1;
    end = start;
  }
  return 0;
}

/** Behind the line feed, or the end of the file; undefined where that is too far. */
function lineEnd(bytes: FileBytes, start: number, longest: number): number | undefined {
  for (let at = start; at < bytes.length; at += STEP) {
    const found = bytes.view(at, STEP).indexOf(LINE_FEED);
    const end = found < 0 ? Math.min(at + STEP, bytes.length) : at + found + 1;
    if (end - start > longest) return undefined;
    if (found >= 0) return end;
  }
  return bytes.length;
}
