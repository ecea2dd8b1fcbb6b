/** A text as it could come over the wire. */
export async function* inChunks(text: string, size = 1 << 16): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  // One piece of memory for all chunks, as a reader may not rely on another.
  const chunk = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(chunk, 0, at, at + size);
    yield chunk.subarray(0, length);
  }
}
