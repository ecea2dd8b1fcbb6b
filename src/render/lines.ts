/**
 * Groups → lines of a file as bytes, many at once: what a block holds can be written here, or in another thread.
 */
import type { MergedGroup } from "./groups.ts";
import { targetsJson } from "./groups.ts";

/** Lines, one behind the other. Its memory may be given to another thread. */
export interface LineBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** LINE_FACTS numbers for each line. */
  readonly facts: Int32Array<ArrayBuffer>;
  count: number;
}

/** Of a line: the index of its shard, its length in bytes, and the number of its targets. */
const LINE_FACTS = 3;

const BLOCK = 1 << 18;
/** More lines than a block of usual ones has. */
const LINES = 1024;

/** Visits the lines of a block. The bytes are those of the block. */
export function forEachLine(
  { bytes, facts, count }: LineBlock,
  visit: (shard: number, line: Uint8Array, targets: number) => void,
): void {
  let start = 0;
  for (let at = 0; at < count * LINE_FACTS; at += LINE_FACTS) {
    const end = start + (facts[at + 1] ?? 0);
    visit(facts[at] ?? 0, bytes.subarray(start, end), facts[at + 2] ?? 0);
    start = end;
  }
}

/**
 * The lines of groups, in their order. Whoever takes a block gives one back with `next`, the same or another: its memory
 * is used again.
 *
 * @param shardOf index of the shard of a group
 */
export function* linesOf(
  groups: readonly MergedGroup[],
  shardOf: (group: MergedGroup) => number,
): Generator<LineBlock, void, LineBlock> {
  let block = freeBlocks.pop() ?? newLineBlock();
  let bytes = bufferOf(block);
  let used = 0;
  block.count = 0;
  for (const group of groups) {
    const line = lineOf(group);
    const most = mostBytes(line);
    if (used + most > block.bytes.length || block.count === LINES) {
      if (block.count > 0) block = yield block;
      if (most > block.bytes.length) block = newLineBlock(most);
      bytes = bufferOf(block);
      block.count = 0;
      used = 0;
    }
    const end = writeLine(line, bytes, used);
    block.facts.set([shardOf(group), end - used, line.count], block.count++ * LINE_FACTS);
    used = end;
  }
  if (block.count > 0) block = yield block;
  freeBlocks.push(block);
}

/** Of files that are written, for the next one. */
const freeBlocks: LineBlock[] = [];

/** @param length in bytes */
export function newLineBlock(length = BLOCK): LineBlock {
  // A thread that it is given to takes all of the memory over: none that Buffers share.
  return { bytes: Buffer.allocUnsafeSlow(length), facts: new Int32Array(LINES * LINE_FACTS), count: 0 };
}

function bufferOf({ bytes }: LineBlock): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

const BEGIN = `{"labels":`;
const MIDDLE = `,"targets":["`;
const END = `"]}`;
const AROUND = BEGIN.length + MIDDLE.length;

interface Line {
  readonly labels: string;
  readonly targets: string;
  readonly end: string;
  readonly count: number;
  /** Whether `targets` are known to be ASCII. */
  readonly isAscii: boolean;
}

function lineOf(group: MergedGroup): Line {
  const { json, rest, count, isAscii } = targetsJson(group);
  return { labels: group[0].labels, targets: json, end: rest + END, count, isAscii };
}

function mostBytes({ labels, targets, end, isAscii }: Line): number {
  return AROUND + end.length + labels.length * 3 + (isAscii ? targets.length : targets.length * 3);
}

/** @param start where in the bytes. Returns where the line ends. */
function writeLine({ labels, targets, end, isAscii }: Line, bytes: Buffer, start: number): number {
  let at = start;
  at += bytes.write(BEGIN, at, "latin1");
  at += bytes.write(labels, at, "utf8");
  at += bytes.write(MIDDLE, at, "latin1");
  // For ASCII, Latin-1 is the same and takes a fraction of the time.
  at += bytes.write(targets, at, isAscii ? "latin1" : "utf8");
  return at + bytes.write(end, at, "latin1");
}
