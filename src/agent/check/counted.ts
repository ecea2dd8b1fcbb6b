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

/** Undefined where too much of it is there more than once. */
export function packCounted(by: CheckedBy, counter: Counter): Uint8Array | undefined {
  const packed = counter.pack();
  if (packed === undefined) return undefined;
  const { slots, ...rest } = packed;
  const head = Buffer.from(`${JSON.stringify([by, rest, endianness()])}\n`);
  const numbers = Buffer.from(slots.buffer, slots.byteOffset, slots.byteLength);
  return Buffer.concat([Buffer.from(`${digestOf(head, numbers)}\n`), head, numbers]);
}

/** Undefined where it is of another file, check or kind of machine, or not as it was written. */
export function unpackCounted(by: CheckedBy, bytes: Buffer): Counter | undefined {
  const start = bytes.indexOf("\n") + 1;
  const end = bytes.indexOf("\n", start) + 1;
  const [head, numbers] = [bytes.subarray(start, end), bytes.subarray(end)];
  if (bytes.toString("latin1", 0, start - 1) !== digestOf(head, numbers)) return undefined;
  const [written, rest, order] = JSON.parse(head.toString()) as [CheckedBy, Omit<PackedCounter, "slots">, string];
  if (JSON.stringify(written) !== JSON.stringify(by) || order !== endianness()) return undefined;
  // A copy: numbers begin at multiples of eight.
  const slots = new Float64Array(numbers.length / 8);
  numbers.copy(new Uint8Array(slots.buffer));
  return Counter.unpack(by.name, by.limits.maxTargets, { ...rest, slots });
}

function digestOf(head: Uint8Array, numbers: Uint8Array): string {
  return startSha256().update(head).update(numbers).digest("hex");
}
