/** Which lines of one file another does not have. Most of what is in place comes again in the next generation. */

const LINE_FEED = 0x0a;
/** Compared at once where both go on alike. */
const BLOCK = 1 << 16;

/**
 * Lines of a file that are not in another, as far as that shows in one pass over files whose lines are sorted, as rendered
 * ones are. In others more lines may be given than are missing, never fewer.
 */
export function linesOnlyIn(one: Buffer, other: Buffer): readonly Buffer[] {
  const missing: Buffer[] = [];
  let at = 0;
  let otherAt = 0;
  while (at < one.length) {
    const alike = alikeFrom(one, at, other, otherAt);
    at += alike;
    otherAt += alike;
    if (at === one.length) break;
    const end = lineEnd(one, at);
    const order = otherAt === other.length ? -1 : one.compare(other, otherAt, lineEnd(other, otherAt), at, end);
    if (order <= 0) {
      if (order < 0) missing.push(one.subarray(at, end));
      at = end;
    }
    if (order >= 0) otherAt = lineEnd(other, otherAt);
  }
  return missing;
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
