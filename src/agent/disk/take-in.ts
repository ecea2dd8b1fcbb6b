/** What comes in chunks, taken into a file in large steps: each step costs, however little it is about. */
import { startSha256 } from "../sha256.ts";
import { attempt } from "./errno.ts";
import { writeAll } from "./new-file.ts";

/** Not more, so that it is in the processor still when it is written and hashed. */
export const STEP = 1 << 18;

/** What came. */
export interface TakenIn {
  readonly sha256: string;
  readonly bytes: number;
}

/** Writes chunks to an open file, and hashes the very bytes that it writes. */
export async function takeIn(fd: number, path: string, chunks: AsyncIterable<Uint8Array>): Promise<TakenIn> {
  const hash = startSha256();
  let bytes = 0;
  const take = (piece: Uint8Array): void => {
    attempt(`write ${path}`, () => writeAll(fd, piece));
    hash.update(piece);
    bytes += piece.length;
  };
  const small = Buffer.allocUnsafeSlow(STEP);
  let filled = 0;
  const takeSmall = (): void => {
    take(small.subarray(0, filled));
    filled = 0;
  };
  for await (const chunk of chunks) {
    const isLarge = chunk.length > STEP / 2;
    if (filled > 0 && (isLarge || filled + chunk.length > STEP)) takeSmall();
    if (isLarge) take(chunk);
    else {
      small.set(chunk, filled);
      filled += chunk.length;
    }
  }
  if (filled > 0) takeSmall();
  return { sha256: hash.digest("hex"), bytes };
}
