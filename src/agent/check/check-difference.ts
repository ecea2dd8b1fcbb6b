/**
 * The strict check of a file that comes after one that was checked: only lines are read that the other does not have. For
 * files of one group a line, as promgen-gen renders them; all others are read from their beginning.
 */
import type { FileName } from "../config.ts";
import type { Loss } from "./census.ts";
import { CHECK_LIMITS, LONGEST_LINE } from "./check-file.ts";
import type { CheckLimits } from "./check-file.ts";
import type { Counter } from "./counter.ts";
import { between } from "./file-bytes.ts";
import type { FileBytes } from "./file-bytes.ts";
import { GroupLines } from "./group-lines.ts";
import { unpairedLines } from "./line-difference.ts";
import type { Line } from "./line-difference.ts";

/** What stands before and behind the lines of the groups. */
const OPEN = "[\n";
const CLOSE = "]\n";
const [LINE_FEED, COMMA] = [0x0a, 0x2c];
const PIECE = 1 << 16;

/**
 * Checks and counts a file by what sets it apart from another.
 *
 * @param before a file that the strict check has taken, of one group a line ({@link isOneGroupALine})
 * @param counter what was counted of it; afterwards, what is in the new file
 * @returns what vanishes; undefined where that cannot be told, or where something may be wrong: then nothing that the
 *   counter says is right
 */
export function checkDifference(
  name: FileName,
  before: FileBytes,
  after: FileBytes,
  counter: Counter,
  { defaults }: CheckLimits,
): Loss | undefined {
  if (!isFramed(after)) return undefined;
  const [old, fresh] = [insideOf(before), insideOf(after)];
  const unpaired = unpairedLines(old, fresh, LONGEST_LINE);
  if (unpaired === undefined) return undefined;
  const [gone, come] = unpaired;
  // No line but the last is without a comma. Of those that both have, only the last one of the old file can be.
  const isLastGone = gone.some(([, end]) => end === old.length);
  const bare = come.filter((line) => !hasComma(fresh, line)).length + (isLastGone ? 0 : 1);
  if (bare !== 1 || hasComma(fresh, [0, fresh.length])) return undefined;

  const distinct = counter.census().distinct;
  const adding = new GroupLines(name, defaults, counter);
  if (!come.every((line) => take(adding, fresh, line))) return undefined;
  // What was moved is there by now: what goes with its last group, is gone.
  let removed = 0;
  let isSound = true;
  const jobs = new Set<string>();
  const removing = new GroupLines(name, defaults, {
    hasRoomFor: () => true,
    add: (job, identities, count) => {
      if (count > 0) jobs.add(job);
      isSound &&= counter.remove(job, identities, count, () => removed++);
    },
  });
  if (!gone.every((line) => take(removing, old, line)) || !isSound) return undefined;
  const census = counter.census();
  return {
    before: distinct,
    after: census.distinct,
    removed,
    jobsGone: [...jobs].filter((job) => !census.jobs.has(job)),
  };
}

/**
 * Whether a file that the strict check has taken has a line for each group, and nothing else but a line for each bracket.
 *
 * @param groups that are in it, and how many of them the check took by their line: neither the first nor the last
 */
export function isOneGroupALine(name: FileName, bytes: FileBytes, groups: number, taken: number): boolean {
  if (taken < groups - 2 || !isFramed(bytes)) return false;
  const inside = insideOf(bytes);
  let lines = 0;
  let first = 0;
  let last = 0;
  let end = 0;
  for (let start = 0; start < inside.length; start += PIECE) {
    const piece = inside.view(start, PIECE);
    for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) {
      if (lines++ === 0) first = start + at + 1;
      last = end;
      end = start + at + 1;
    }
  }
  const edges: readonly Line[] = [
    [0, first],
    [last, end],
  ];
  const reader = new GroupLines(name, CHECK_LIMITS.defaults, { hasRoomFor: () => true, add: () => {} });
  return lines === groups && end === inside.length && edges.every((line) => take(reader, inside, line));
}

function isFramed(bytes: FileBytes): boolean {
  const isAt = (text: string, start: number): boolean => bytes.view(start, text.length).toString("latin1") === text;
  return bytes.length > (OPEN + CLOSE).length && isAt(OPEN, 0) && isAt(`\n${CLOSE}`, bytes.length - CLOSE.length - 1);
}

function insideOf(bytes: FileBytes): FileBytes {
  return between(bytes, OPEN.length, bytes.length - CLOSE.length);
}

function hasComma(bytes: FileBytes, [start, end]: Line): boolean {
  return end - start >= 2 && bytes.view(end - 2, 1)[0] === COMMA;
}

function take(lines: GroupLines, bytes: FileBytes, line: Line): boolean {
  const [start, end] = line;
  if (end - start > LONGEST_LINE) return false;
  const text = bytes.view(start, end - start);
  return lines.take(text, 0, text.length - (text[text.length - 2] === COMMA ? 2 : 1));
}
