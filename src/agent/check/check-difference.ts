/**
 * The strict check of a file that comes after one that was checked: only lines are read that the other does not have. For
 * files of one group a line, as promgen-gen renders them; all others are read from their beginning.
 */
import type { FileName } from "../config.ts";
import type { Loss } from "./census.ts";
import { CHECK_LIMITS, LONGEST_LINE } from "./check-file.ts";
import type { CheckLimits } from "./check-file.ts";
import type { Counter } from "./counter.ts";
import { GroupLines } from "./group-lines.ts";
import { unpairedLines } from "./line-difference.ts";
import type { Line } from "./line-difference.ts";

/** What stands before and behind the lines of the groups. */
const OPEN = "[\n";
const CLOSE = "]\n";
const [LINE_FEED, COMMA] = [0x0a, 0x2c];

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
  before: Buffer,
  after: Buffer,
  counter: Counter,
  { defaults }: CheckLimits,
): Loss | undefined {
  if (!isFramed(after)) return undefined;
  const [old, fresh] = [before, after].map((bytes) => bytes.subarray(OPEN.length, -CLOSE.length)) as [Buffer, Buffer];
  const [gone, come] = unpairedLines(old, fresh);
  // No line but the last is without a comma. Of those that both have, only the last one of the old file can be.
  const isLastGone = gone.some(([, end]) => end === old.length);
  const bare = come.filter(([, end]) => fresh[end - 2] !== COMMA).length + (isLastGone ? 0 : 1);
  if (bare !== 1 || fresh[fresh.length - 2] === COMMA) return undefined;

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
export function isOneGroupALine(name: FileName, bytes: Buffer, groups: number, taken: number): boolean {
  if (taken < groups - 2 || !isFramed(bytes)) return false;
  const inside = bytes.subarray(OPEN.length, -CLOSE.length);
  let lines = 0;
  for (let at = inside.indexOf(LINE_FEED); at >= 0; at = inside.indexOf(LINE_FEED, at + 1)) lines++;
  const edges: readonly Line[] = [
    [0, inside.indexOf(LINE_FEED) + 1],
    [inside.lastIndexOf(LINE_FEED, inside.length - 2) + 1, inside.length],
  ];
  const reader = new GroupLines(name, CHECK_LIMITS.defaults, { hasRoomFor: () => true, add: () => {} });
  return lines === groups && edges.every((line) => take(reader, inside, line));
}

function isFramed(bytes: Buffer): boolean {
  const [start, end] = [bytes.subarray(0, OPEN.length), bytes.subarray(-CLOSE.length - 1)];
  return start.toString("latin1") === OPEN && end.toString("latin1") === `\n${CLOSE}`;
}

function take(lines: GroupLines, bytes: Buffer, [start, end]: Line): boolean {
  return end - start <= LONGEST_LINE && lines.take(bytes, start, bytes[end - 2] === COMMA ? end - 2 : end - 1);
}
