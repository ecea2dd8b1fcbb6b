/** Streams of bytes that nobody trusts. */
import { Failure } from "../failure.ts";

/** The same chunks; throws {@link tooLarge} before the first byte beyond `most`. */
export async function* capped(
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  what: string,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) throw tooLarge(most, what);
    yield chunk;
  }
}

export function tooLarge(most: number, what: string): Failure {
  return new Failure("too-large", `${what} is larger than the ${most} bytes that are taken of it`, {
    help: "see that the source is the right one; for targets.json and urls.json, --max-bytes raises this",
  });
}

/** All chunks as one, copied as they come. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}
