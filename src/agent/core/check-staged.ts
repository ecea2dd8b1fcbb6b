/** The strict check of a staged file: by what sets it apart from the one in place where that can be, else from its beginning. */
import type { Census, Loss } from "../check/census.ts";
import type { Counted } from "../check/counted.ts";
import type { FileName } from "../config.ts";
import type { Disk, Staged, Whole } from "../disk/disk.ts";
import { whileWanted } from "./compare.ts";
import type { Pointer } from "./pointer.ts";

const PIECE_BYTES = 1 << 16;

/** A file that is right. */
export interface CheckedFile {
  readonly census: Census;
  /** What it would take away, where that is known by now. */
  readonly loss?: Loss;
  /** For {@link Disk.keepCounted}, once it is in place. */
  readonly pack: () => readonly Uint8Array[] | undefined;
}

/** What a new file is compared with. */
export interface Before {
  readonly counted: Counted | undefined;
  readonly whole: Whole | undefined;
}

/** Reads what is in place and what was counted of it, and prepares to compare, while something else is waited for. */
export function readBefore(disk: Disk, name: FileName): Promise<Before | undefined> {
  const read = async (): Promise<Before | undefined> => {
    const bytes = await disk.readCounted(name);
    if (bytes === undefined) return undefined;
    const whole = await disk.whole(name);
    const { readCounted } = await import("../check/counted.ts");
    const counted = readCounted(bytes);
    await import("../check/check-difference.ts");
    return { counted, whole };
  };
  const before = read();
  // Whoever waits for it is told what goes wrong. Where nothing was fetched, nobody does.
  before.catch(() => {});
  return before;
}

/**
 * @param before of the file in place
 * @param program a digest of it, or undefined for one that is not to remember what it checks
 * @throws {Failure} as {@link checkFile} does
 */
export async function checkStaged(
  disk: Disk,
  staged: Staged,
  times: Pointer["times"],
  before: Before | undefined,
  program: string | undefined,
  signal: AbortSignal,
): Promise<CheckedFile> {
  const { checkLimits, checkWhole } = await import("../check/check-file.ts");
  const limits = checkLimits(times);
  const { name } = staged;
  const after = program === undefined ? undefined : (await disk.whole(staged))?.content;
  if (program === undefined || after === undefined) {
    const { counter } = await checkWhole(name, whileWanted(disk.readStaged(staged), signal), limits);
    return { census: counter.census(), pack: () => undefined };
  }
  const { checkDifference, isOneGroupALine } = await import("../check/check-difference.ts");
  const { packCounted, unpackCounted } = await import("../check/counted.ts");
  const by = (digest: string) => ({ name, sha256: digest, program, limits });
  const packing = (counter: Parameters<typeof packCounted>[1]) => () => packCounted(by(staged.sha256), counter);

  signal.throwIfAborted();
  const { counted, whole } = before ?? {};
  const known = counted && whole && unpackCounted(by(whole.sha256), counted);
  const loss = known && whole && checkDifference(name, whole.content, after, known, limits);
  if (known !== undefined && loss !== undefined) return { census: known.census(), loss, pack: packing(known) };

  const { counter, taken } = await checkWhole(name, whileWanted(pieces(after), signal), limits);
  const isLineByLine = isOneGroupALine(name, after, counter.groups, taken);
  return { census: counter.census(), pack: isLineByLine ? packing(counter) : () => undefined };
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
