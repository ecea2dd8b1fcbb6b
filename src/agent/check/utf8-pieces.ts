/** Bytes in pieces → text in pieces. */
import { isUtf8 } from "node:buffer";

/** Decodes pieces that may end within a character. */
export class Utf8Pieces {
  /** The beginning of a character whose end is to come. */
  #held = Buffer.alloc(0);

  /** The text of a line or a part of it; undefined where that is no UTF-8: nothing is replaced. */
  read(chunk: Uint8Array): string | undefined {
    const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const bytes = this.#held.length === 0 ? given : Buffer.concat([this.#held, given]);
    const end = wholeCharacters(bytes);
    // A copy: the chunk may be used again.
    this.#held = Buffer.from(bytes.subarray(end));
    const whole = bytes.subarray(0, end);
    return isUtf8(whole) ? whole.toString("utf8") : undefined;
  }

  /** Whether the last character is complete. */
  isWhole(): boolean {
    return this.#held.length === 0;
  }
}

/** Where a character at the end begins that lacks bytes; the length where none does. */
function wholeCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let at = length - 1; at >= 0 && at >= length - 3; at--) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) return length;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length - at < needed ? at : length;
  }
  return length;
}
