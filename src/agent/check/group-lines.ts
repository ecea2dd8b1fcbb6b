/**
 * Groups that stand in lines as promgen-gen renders them, read from their bytes in one go, which is several times as fast as
 * {@link GroupReader}. To that everything else is left, and the words for what is wrong.
 */
import { isUtf8 } from "node:buffer";
import type { FileName } from "../config.ts";
import type { Counter } from "./counter.ts";
import { labelsProblem, missingLabel } from "./group-labels.ts";
import type { ScrapeDefaults } from "./group-labels.ts";
import { hashOfBytes, hashOfGroup } from "./identity.ts";
import type { HashState } from "./identity.ts";

/** What the targets of groups with the same labels `job` and `__…` share. */
interface Kind {
  readonly job: string;
  readonly hash: HashState;
  /** It has the labels without which there may be no targets. */
  readonly mayHaveTargets: boolean;
}

/** Kinds that are remembered. A shard has some; where groups have labels `__…` of their own, each is a kind. */
const MOST_KINDS = 1000;

const [QUOTE, COMMA, COLON, DOT, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x2e, 0x5c];
const [ZERO, ONE, FIVE, NINE, CLOSE_LIST, CLOSE_GROUP] = [0x30, 0x31, 0x35, 0x39, 0x5d, 0x7d];
const UNDERSCORE = 0x5f;

const START = Buffer.from('{"labels":{"');
const MIDDLE = Buffer.from('},"targets":[');
const JOB = Buffer.from("job");

/** Characters of label names, and of host names in their canonical form. */
const IN_NAME = tableOf(/[A-Za-z0-9_]/);
const IN_HOST = tableOf(/[a-z0-9_-]/);

type Taker = Pick<Counter, "hasRoomFor" | "add">;

export class GroupLines {
  readonly #name: FileName;
  readonly #defaults: ScrapeDefaults;
  readonly #counter: Taker;
  /** Undefined for those that the strict check refuses. */
  readonly #kinds = new Map<string, Kind | undefined>();
  /** Of the line that is being read. */
  readonly #identities: Numbers = { list: new Float64Array(64), length: 0 };

  constructor(name: FileName, defaults: ScrapeDefaults, counter: Taker) {
    this.#name = name;
    this.#defaults = defaults;
    this.#counter = counter;
  }

  /**
   * Counts the group that is all of a line, without the comma behind it.
   *
   * @param end of the line; a line feed comes within the next two bytes
   * @returns false where it is not one that is plainly right: nothing of it was counted then
   */
  take(bytes: Buffer, start: number, end: number): boolean {
    if (!isAt(START, bytes, start)) return false;
    const labels = start + START.length - 1;
    const targets = this.#readLabels(bytes, labels);
    if (targets < 0) return false;
    const kind = this.#kindOf(bytes, labels, targets);
    if (kind === undefined || !isAt(MIDDLE, bytes, targets)) return false;
    const identities = this.#identities;
    identities.length = 0;
    let at = targets + MIDDLE.length;
    if (bytes[at] === QUOTE) {
      if (!kind.mayHaveTargets) return false;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      at =
        this.#name === "urls.json"
          ? readProbes(identities, bytes, view, at + 1, kind.hash)
          : readAddresses(identities, bytes, view, at + 1, kind.hash);
    }
    if (at < 0 || bytes[at] !== CLOSE_LIST || bytes[at + 1] !== CLOSE_GROUP || at + 2 !== end) return false;
    if (!this.#counter.hasRoomFor(identities.length)) return false;
    this.#counter.add(kind.job, identities.list, identities.length);
    return true;
  }

  /** Where the first of the labels `__…` begins and the last ends, and the value of `job`. */
  #specialStart = 0;
  #specialEnd = 0;
  #jobStart = 0;
  #jobEnd = 0;

  /**
   * Reads labels in the order of their names, so that none is there twice, with values without escapes.
   *
   * @returns where the bracket that closes them is, or -1
   */
  #readLabels(bytes: Buffer, start: number): number {
    this.#specialStart = this.#specialEnd = this.#jobStart = this.#jobEnd = start;
    let before = start;
    let seen = 0;
    let at = start;
    for (;;) {
      if (bytes[at] !== QUOTE) return -1;
      const name = ++at;
      while (IN_NAME[bytes[at] ?? 0] === 1) at++;
      if (at === name || isDigit(bytes[name] ?? 0)) return -1;
      if (bytes[at] !== QUOTE || bytes[at + 1] !== COLON || bytes[at + 2] !== QUOTE) return -1;
      if (name > start + 1 && !isLess(bytes, before, name)) return -1;
      before = name;
      const value = at + 3;
      at = value;
      for (let code = bytes[at] ?? 0; code !== QUOTE; code = bytes[++at] ?? 0) {
        if (code < 0x20 || code === BACKSLASH) return -1;
        seen |= code;
      }
      if (bytes[name] === UNDERSCORE && bytes[name + 1] === UNDERSCORE) {
        if (this.#specialEnd === start) this.#specialStart = name;
        this.#specialEnd = at;
      } else if (isAt(JOB, bytes, name) && bytes[name + JOB.length] === QUOTE) {
        this.#jobStart = value;
        this.#jobEnd = at;
      }
      at++;
      if (bytes[at] === CLOSE_GROUP) return seen < 0x80 || isUtf8(bytes.subarray(start, at)) ? at : -1;
      if (bytes[at] !== COMMA) return -1;
      at++;
    }
  }

  #kindOf(bytes: Buffer, start: number, end: number): Kind | undefined {
    // All that is checked of labels beside their names, and all that identities are made of.
    const special = bytes.toString("latin1", this.#specialStart, this.#specialEnd);
    const key = `${special}\n${bytes.toString("latin1", this.#jobStart, this.#jobEnd)}`;
    let kind = this.#kinds.get(key);
    if (kind !== undefined || this.#kinds.has(key)) return kind;
    const labels = new Map(
      Object.entries(JSON.parse(`{${bytes.toString("utf8", start, end)}}`) as Record<string, string>),
    );
    if (labelsProblem(labels, this.#defaults) === undefined) {
      const hash = hashOfGroup(this.#name, labels);
      kind = {
        job: labels.get("job") ?? "",
        hash,
        mayHaveTargets: missingLabel(this.#name, labels) === undefined,
      };
    }
    if (this.#kinds.size < MOST_KINDS) this.#kinds.set(key, kind);
    return kind;
  }
}

/**
 * Numbers in a list that grows. Plain functions take it, since what classes hide costs half as much again until a loop is
 * compiled, and most files are over by then.
 */
interface Numbers {
  list: Float64Array;
  length: number;
}

function push(numbers: Numbers, number: number): void {
  if (numbers.length === numbers.list.length) {
    const more = new Float64Array(numbers.length * 2);
    more.set(numbers.list);
    numbers.list = more;
  }
  numbers.list[numbers.length++] = number;
}

/** Reads addresses that are their own canonical form (`PLAIN` of target-address.ts). @returns behind the last quote, or -1 */
function readAddresses(
  identities: Numbers,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  { first, second }: HashState,
): number {
  for (let at = start; ; at += 3) {
    const target = at;
    let code = bytes[at] ?? 0;
    for (;;) {
      if (IN_HOST[code] !== 1 || (code === ZERO && isDigit(bytes[at + 1] ?? 0))) return -1;
      do code = bytes[++at] ?? 0;
      while (IN_HOST[code] === 1);
      if (code !== DOT) break;
      code = bytes[++at] ?? 0;
    }
    if (code !== COLON) return -1;
    const port = ++at;
    const leading = bytes[port] ?? 0;
    if (leading < ONE || leading > NINE) return -1;
    do code = bytes[++at] ?? 0;
    while (isDigit(code));
    const length = at - port;
    if (code !== QUOTE || length > 5 || (length === 5 && leading > FIVE)) return -1;
    push(identities, hashOfBytes(view, target, at, first, second));
    if (bytes[at + 1] !== COMMA || bytes[at + 2] !== QUOTE) return at + 1;
  }
}

/** Reads targets of visible ASCII. @returns behind the last quote, or -1 */
function readProbes(
  identities: Numbers,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  { first, second }: HashState,
): number {
  for (let at = start; ; at += 3) {
    const target = at;
    for (let code = bytes[at] ?? 0; code !== QUOTE; code = bytes[++at] ?? 0)
      if (code <= 0x20 || code >= 0x7f || code === BACKSLASH) return -1;
    if (at === target) return -1;
    push(identities, hashOfBytes(view, target, at, first, second));
    if (bytes[at + 1] !== COMMA || bytes[at + 2] !== QUOTE) return at + 1;
  }
}

function isAt(wanted: Uint8Array, bytes: Buffer, start: number): boolean {
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false;
  return true;
}

/** Whether a name comes before another; both end with a quote, which comes before all that names consist of. */
function isLess(bytes: Buffer, one: number, other: number): boolean {
  for (let at = 0; ; at++) {
    const difference = (bytes[one + at] ?? 0) - (bytes[other + at] ?? 0);
    if (difference !== 0) return difference < 0;
    if (bytes[one + at] === QUOTE) return false;
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function tableOf(characters: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) =>
    Number(code < 128 && characters.test(String.fromCharCode(code))),
  );
}
