/** What is in place, counted, and compared with what would replace it. */
import type { Census, Loss } from "../check/census.ts";
import type { FileName } from "../config.ts";
import type { Disk } from "../disk/disk.ts";
import { Failure } from "../failure.ts";
import type { Effect } from "./event.ts";
import { isAboutContent } from "./source-trouble.ts";

/** Files are compared in memory up to here; larger ones are counted as they stream by. */
const MOST_BYTES = 16 << 20;

/** Counts a file in place; undefined where there is none, or nothing that could be counted. */
export async function countInPlace(disk: Disk, name: FileName, signal: AbortSignal): Promise<Census | undefined> {
  const chunks = disk.read(name);
  if (chunks === undefined) return undefined;
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
  { staged, census, distinct }: Effect & { readonly kind: "compare" },
  signal: AbortSignal,
): Promise<Loss | undefined> {
  const { loss, lossByLines } = await import("../check/loss.ts");
  const { name } = staged;
  if (distinct !== undefined && staged.bytes <= MOST_BYTES) {
    const before = await collect(disk.read(name), signal);
    const after = before && (await collect(disk.readStaged(staged), signal));
    const found = before && after && (await lossByLines(name, { bytes: before, distinct }, { bytes: after, census }));
    if (found !== undefined) return found;
  }
  const before = await countInPlace(disk, name, signal);
  return before === undefined ? undefined : loss(before, census);
}

/** All chunks as one; undefined where there are none, or too many. */
async function collect(
  chunks: AsyncIterable<Uint8Array> | undefined,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (chunks === undefined) return undefined;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of whileWanted(chunks, signal)) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
  }
  return Buffer.concat(parts);
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
