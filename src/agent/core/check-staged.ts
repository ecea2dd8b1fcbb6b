/** The strict check of a staged file: by what sets it apart from the one in place where that can be, else from its beginning. */
import type { Census, Loss } from "../check/census.ts";
import type { Counted } from "../check/counted.ts";
import type { Counter } from "../check/counter.ts";
import type { FileName } from "../config.ts";
import type { Disk, Staged } from "../disk/disk.ts";
import { whileWanted } from "./compare.ts";
import type { Pointer } from "./pointer.ts";

/** A file that is right. */
export interface CheckedFile {
  readonly census: Census;
  /** What it would take away, where that is known by now. */
  readonly loss?: Loss;
  /** For {@link Disk.keepCounted}, once it is in place. */
  readonly pack: () => readonly Uint8Array[] | undefined;
}

/**
 * Reads what was counted of the file in place, and loads what compares, while something else is waited for.
 *
 * @returns undefined where nothing was, or where it is not as it was written
 */
export function readCountedOf(disk: Disk, name: FileName): Promise<Counted | undefined> {
  const read = async (): Promise<Counted | undefined> => {
    const bytes = await disk.readCounted(name);
    if (bytes === undefined) return undefined;
    const { readCounted } = await import("../check/counted.ts");
    const counted = readCounted(bytes);
    await import("../check/check-difference.ts");
    return counted;
  };
  const counted = read();
  // Whoever waits for it is told what goes wrong. Where nothing was fetched, nobody does.
  counted.catch(() => {});
  return counted;
}

/**
 * @param counted of the file in place
 * @param program a digest of it, or undefined for one that is not to remember what it checks
 * @throws {Failure} as {@link checkFile} does
 */
export async function checkStaged(
  disk: Disk,
  staged: Staged,
  times: Pointer["times"],
  counted: Counted | undefined,
  program: string | undefined,
  signal: AbortSignal,
): Promise<CheckedFile> {
  const { checkLimits, checkWhole } = await import("../check/check-file.ts");
  const limits = checkLimits(times);
  const { name } = staged;
  const whole = (): ReturnType<typeof checkWhole> =>
    checkWhole(name, whileWanted(disk.readStaged(staged), signal), limits);
  if (program === undefined) return { census: (await whole()).counter.census(), pack: () => undefined };
  const { checkDifference, isOneGroupALine } = await import("../check/check-difference.ts");
  const { packCounted, unpackCounted } = await import("../check/counted.ts");
  const by = (digest: string) => ({ name, sha256: digest, program, limits });
  const packing = (counter: Counter) => () => packCounted(by(staged.sha256), counter);

  signal.throwIfAborted();
  const before = counted && disk.open(name);
  if (counted !== undefined && before !== undefined) {
    try {
      const known = unpackCounted(by(before.sha256), counted);
      const loss = known && checkDifference(name, before.bytes, disk.bytesOf(staged), known, limits);
      signal.throwIfAborted();
      // Somebody may have written to it in the meantime.
      if (known !== undefined && loss !== undefined && before.isSame())
        return { census: known.census(), loss, pack: packing(known) };
    } catch (error) {
      // It may be cut short by whoever writes to it.
      if (before.isSame()) throw error;
    } finally {
      before.close();
    }
  }

  const { counter, taken } = await whole();
  const isLineByLine = isOneGroupALine(name, disk.bytesOf(staged), counter.groups, taken);
  return { census: counter.census(), pack: isLineByLine ? packing(counter) : () => undefined };
}
