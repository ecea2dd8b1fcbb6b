/** What comes in small chunks, taken into a file in large steps: each step costs, however little it is about. */
import { startSha256 } from "../sha256.ts";
import { attempt } from "./errno.ts";
import { writeAll } from "./new-file.ts";

/** Files are compared in memory up to here; larger ones are read in pieces. */
export const MOST_WHOLE = 16 << 20;
/** Not more, so that it is in the processor still when it is written and hashed. */
const STEP = 1 << 18;

/** What came. */
export interface TakenIn {
  readonly sha256: string;
  readonly bytes: number;
  /** Undefined where it has more than {@link MOST_WHOLE} bytes. */
  readonly content: Buffer | undefined;
}

/** Writes chunks to an open file, and hashes the very bytes that it writes. */
export async function takeIn(fd: number, path: string, chunks: AsyncIterable<Uint8Array>): Promise<TakenIn> {
  const hash = startSha256();
  // The system gives it page by page, as it is filled.
  const buffer = Buffer.allocUnsafeSlow(MOST_WHOLE);
  let [bytes, taken, filled] = [0, 0, 0];
  const step = (): void => {
    const piece = buffer.subarray(taken, filled);
    attempt(`write ${path}`, () => writeAll(fd, piece));
    hash.update(piece);
    bytes += piece.length;
    taken = filled;
  };
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length;) {
      if (filled === buffer.length) taken = filled = 0;
      const part = chunk.subarray(at, at + Math.min(taken + STEP, buffer.length) - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === Math.min(taken + STEP, buffer.length)) step();
    }
  if (filled > taken) step();
  return { sha256: hash.digest("hex"), bytes, content: bytes === filled ? buffer.subarray(0, bytes) : undefined };
}
