/**
 * The strict check: whatever passes is loaded whole by every Prometheus from 2.42 on, without a target that is dropped on
 * the way.
 */
import type { FileName } from "../config.ts";
import type { Failure } from "../failure.ts";
import type { Census } from "./census.ts";
import { Counter } from "./counter.ts";
import type { GroupLabels, ScrapeDefaults } from "./group-labels.ts";
import { labelsProblem, missingLabel } from "./group-labels.ts";
import { GroupLines } from "./group-lines.ts";
import { GroupReader } from "./group-reader.ts";
import type { GroupSink } from "./group-reader.ts";
import type { Problem } from "./invalid-file.ts";
import { addressProblem } from "./target-address.ts";
import { Utf8Pieces } from "./utf8-pieces.ts";

export interface CheckLimits {
  /** What the servers have for groups that say nothing. */
  readonly defaults: ScrapeDefaults;
  /** Each costs 12 to 24 bytes of memory, half as much again for a moment. */
  readonly maxTargets: number;
}

/** Prometheus' own defaults, and more targets than any server scrapes. */
export const CHECK_LIMITS: CheckLimits = { defaults: { interval: 60, timeout: 10 }, maxTargets: 3_000_000 };

/** The limits for servers whose defaults are others, in seconds, as a SHA256SUMS names them. */
export function checkLimits(times: Partial<ScrapeDefaults>): CheckLimits {
  return { ...CHECK_LIMITS, defaults: { ...CHECK_LIMITS.defaults, ...times } };
}

/** What was counted of a file. */
export interface Checked {
  readonly counter: Counter;
  /** Groups that were found to be all of a line and its comma. */
  readonly taken: number;
}

/**
 * Checks a file while it streams by, and counts what is in it.
 *
 * @throws {Failure} `invalid` (an {@link InvalidFile}) for the first thing that is wrong, `too-large` beyond the limit
 */
export async function checkFile(
  name: FileName,
  chunks: AsyncIterable<Uint8Array>,
  limits: CheckLimits = CHECK_LIMITS,
): Promise<Census> {
  return (await checkWhole(name, chunks, limits)).counter.census();
}

/** The same, for who counts on. */
export async function checkWhole(
  name: FileName,
  chunks: AsyncIterable<Uint8Array>,
  limits: CheckLimits,
): Promise<Checked> {
  const counter = new Counter(name, limits.maxTargets);
  const reader: GroupReader = new GroupReader(name, new Judge(name, limits, counter, fail));
  function fail({ trouble, message, help }: Problem): never {
    throw reader.failure(trouble, message, help);
  }
  const taken = await readAll(reader, new GroupLines(name, limits.defaults, counter), chunks);
  if (counter.groups === 0) fail(NO_GROUPS);
  return { counter, taken };
}

/**
 * Counts what is in a file without judging its values: for what was in place before this agent came, which Prometheus takes
 * although the strict check would not.
 *
 * @throws {Failure} `invalid` for what is no list of groups: Prometheus has nothing of it either
 */
export async function countFile(name: FileName, chunks: AsyncIterable<Uint8Array>): Promise<Census> {
  const counter = new Counter(name, CHECK_LIMITS.maxTargets);
  // A line that the strict check takes counts the same whether or not it is judged.
  await readAll(new GroupReader(name, counter), new GroupLines(name, CHECK_LIMITS.defaults, counter), chunks);
  return counter.census();
}

/** What Prometheus takes for "nothing any more", and before 3.0 with a reload for "all of the old" (prometheus#8202). */
const NO_GROUPS: Problem = {
  trouble: "no-groups",
  message: "the list has no group",
  help: 'where nothing is to be scraped, the file is `[{"targets":[]}]`; promgen-gen writes it so',
};

/** Longer lines are read in pieces. Ours have some kilobytes. */
export const LONGEST_LINE = 1 << 20;

/** @returns how many groups were taken by the line */
async function readAll(reader: GroupReader, lines: GroupLines, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let taken = 0;
  const pieces = new Utf8Pieces();
  const readPiece = (bytes: Uint8Array): void => {
    const text = pieces.read(bytes);
    if (text === undefined) throw notUtf8(reader);
    reader.feed(text);
  };
  const readLine = (bytes: Buffer, start: number, end: number): void => {
    const isTaken = bytes[end - 1] === COMMA && reader.isBetweenGroups && lines.take(bytes, start, end - 1);
    if (!isTaken) return readPiece(bytes.subarray(start, end + 1));
    taken++;
    reader.passLine();
  };
  /** The beginning of a line whose end is to come. */
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      if (held.length === 0) readLine(bytes, start, end);
      else {
        const line = Buffer.concat([held, bytes.subarray(0, end + 1)]);
        held = Buffer.alloc(0);
        readLine(line, 0, line.length - 1);
      }
      start = end + 1;
    }
    held = Buffer.concat([held, bytes.subarray(start)]);
    if (held.length > LONGEST_LINE) {
      readPiece(held);
      held = Buffer.alloc(0);
    }
  }
  readPiece(held);
  if (!pieces.isWhole()) throw notUtf8(reader);
  reader.end();
  return taken;
}

const LINE_FEED = 0x0a;
const COMMA = 0x2c;

function notUtf8(reader: GroupReader): Failure {
  return reader.failure(
    "not-utf8",
    "this line is no UTF-8, and Prometheus would take other texts for what is there",
    "look at what the source has there, and at what stands between it and this host",
  );
}

/** Stops at the first thing that is wrong, and has the rest counted. */
class Judge implements GroupSink {
  readonly #name: FileName;
  readonly #defaults: ScrapeDefaults;
  readonly #next: GroupSink;
  readonly #fail: (problem: Problem) => never;
  #labels: GroupLabels = new Map();
  #isFirst = true;

  constructor(name: FileName, { defaults }: CheckLimits, next: GroupSink, fail: (problem: Problem) => never) {
    this.#name = name;
    this.#defaults = defaults;
    this.#next = next;
    this.#fail = fail;
  }

  group(labels: GroupLabels): void {
    this.#refuse(labelsProblem(labels, this.#defaults));
    this.#labels = labels;
    this.#isFirst = true;
    this.#next.group(labels);
  }

  target(text: string): void {
    if (this.#isFirst) this.#refuse(missingLabel(this.#name, this.#labels));
    this.#isFirst = false;
    this.#refuse(this.#name === "targets.json" ? addressProblem(text) : emptyProblem(text));
    this.#next.target(text);
  }

  #refuse(problem: Problem | undefined): void {
    if (problem !== undefined) this.#fail(problem);
  }
}

/** What a probe's target may be is its module's affair. */
function emptyProblem(text: string): Problem | undefined {
  if (text !== "") return undefined;
  return {
    trouble: "address",
    message: "a target is empty",
    help: "correct the targets of the probe in the inventory",
  };
}
