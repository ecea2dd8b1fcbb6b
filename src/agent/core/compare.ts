/** What is in place, counted, and compared with what would replace it. */
import type { Census, Loss } from "../check/census.ts";
import type { FileName } from "../config.ts";
import type { Disk } from "../disk/disk.ts";
import { Failure } from "../failure.ts";
import { isAboutContent } from "./source-trouble.ts";

/** Counts a file in place; undefined where there is none, or nothing that could be counted. */
export async function countInPlace(disk: Disk, name: FileName, signal: AbortSignal): Promise<Census | undefined> {
  const chunks = disk.read(name);
  return chunks === undefined ? undefined : await count(name, chunks, signal);
}

async function count(
  name: FileName,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Census | undefined> {
  const { countFile } = await import("../check/check-file.ts");
  try {
    return await countFile(name, whileWanted(chunks, signal));
  } catch (error) {
    if (error instanceof Failure && isAboutContent(error)) return undefined;
    throw error;
  }
}

/** What a staged file would take away; undefined where what is in place cannot be counted. */
export async function compareWithPlace(
  disk: Disk,
  name: FileName,
  census: Census,
  signal: AbortSignal,
): Promise<Loss | undefined> {
  const { loss } = await import("../check/loss.ts");
  const before = await countInPlace(disk, name, signal);
  return before === undefined ? undefined : loss(before, census);
}

/** What the file of last-known-good would take away; undefined where what is in place cannot be counted. */
export async function compareLastKnownGood(disk: Disk, name: FileName, signal: AbortSignal): Promise<Loss | undefined> {
  const { loss } = await import("../check/loss.ts");
  const before = await countInPlace(disk, name, signal);
  if (before === undefined) return undefined;
  const staged = await disk.stageLastKnownGood(name);
  try {
    const after = await count(name, disk.readStaged(staged), signal);
    // What cannot be counted has nothing, for all that is known.
    return after === undefined
      ? { before: before.distinct, after: 0, removed: before.distinct, jobsGone: [] }
      : loss(before, after);
  } finally {
    await disk.discard([staged]);
  }
}

/** Large files take seconds: whoever asks to stop does not wait for them. */
export async function* whileWanted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
