/**
 * What was counted of a file when the strict check took it, in a file of its own: the next generation is checked and counted
 * by what sets it apart. It may be lost at any time, and is of use for nothing else than those very bytes, checked by that
 * very program for the same servers.
 */
import { endianness } from "node:os";
import type { FileName } from "../config.ts";
import { startSha256 } from "../sha256.ts";
import type { CheckLimits } from "./check-file.ts";
import { Counter } from "./counter.ts";
import type { PackedCounter } from "./counter.ts";

/** What was checked, and by what. */
export interface CheckedBy {
  readonly name: FileName;
  readonly sha256: string;
  /** A digest of the program: another one may be stricter. */
  readonly program: string;
  readonly limits: CheckLimits;
}

/** The first line: a digest. */
const FIRST_BYTES = 65;

/** In the parts that it consists of; undefined where too much of it is there more than once. */
export function packCounted(by: CheckedBy, counter: Counter): readonly Uint8Array[] | undefined {
  const packed = counter.pack();
  if (packed === undefined) return undefined;
  const { slots, ...rest } = packed;
  const said = Buffer.from(JSON.stringify([by, rest, endianness()]));
  // Numbers begin at multiples of eight.
  const filled = said.length + 8 - ((FIRST_BYTES + said.length) % 8);
  const head = Buffer.concat([said, Buffer.alloc(filled - said.length - 1, " "), Buffer.from("\n")]);
  const numbers = Buffer.from(slots.buffer, slots.byteOffset, slots.byteLength);
  return [Buffer.from(`${digestOf(head, numbers)}\n`), head, numbers];
}

/** What was counted of a file, whichever that is. */
export interface Counted {
  readonly head: Buffer;
  readonly numbers: Buffer;
}

/** Undefined where it is not as it was written. */
export function readCounted(bytes: Buffer): Counted | undefined {
  const start = bytes.indexOf("\n") + 1;
  const end = bytes.indexOf("\n", start) + 1;
  const [head, numbers] = [bytes.subarray(start, end), bytes.subarray(end)];
  return bytes.toString("latin1", 0, start - 1) === digestOf(head, numbers) ? { head, numbers } : undefined;
}

/** Undefined where it is of another file, check or kind of machine. The counter takes the bytes. */
export function unpackCounted(by: CheckedBy, { head, numbers }: Counted): Counter | undefined {
  const [written, rest, order] = JSON.parse(head.toString()) as [CheckedBy, Omit<PackedCounter, "slots">, string];
  if (JSON.stringify(written) !== JSON.stringify(by) || order !== endianness()) return undefined;
  const own = numbers.byteOffset % 8 === 0 ? numbers : Buffer.from(numbers);
  const slots = new Float64Array(own.buffer as ArrayBuffer, own.byteOffset, own.length / 8);
  return Counter.unpack(by.name, by.limits.maxTargets, { ...rest, slots });
}

function digestOf(head: Uint8Array, numbers: Uint8Array): string {
  return startSha256().update(head).update(numbers).digest("hex");
}
