/** What this host has kept of a generation, read as far as it can be. */
import type { Disk, KeptPointer } from "../disk/disk.ts";
import { Failure } from "../failure.ts";
import { sha256 as digestOf } from "../sha256.ts";
import type { LastKnownGood, Signed } from "./event.ts";
import { readPointer } from "./pointer.ts";

/** A pointer on this host; undefined where it cannot be read as one. */
export function readKept(bytes: KeptPointer): Signed | undefined {
  try {
    return { pointer: readPointer(bytes.sums), sums: digestOf(bytes.sums), bytes };
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Files that are not what its pointer says do not count. */
export async function lookLastKnownGood(disk: Disk): Promise<LastKnownGood> {
  const { files, pointer } = await disk.lastKnownGood();
  if (pointer === undefined) return { files, signed: undefined };
  const signed = readKept(pointer);
  if (signed === undefined) return { files: {}, signed };
  const good = disk.names.filter((name) => files[name]?.sha256 === signed.pointer.digests[name]);
  return { files: Object.fromEntries(good.map((name) => [name, files[name]])), signed };
}
