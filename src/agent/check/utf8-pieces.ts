/** Bytes in pieces → text in pieces. */
import { isUtf8 } from "node:buffer";

/** Text of a piece. */
export interface Piece {
  readonly text: string;
  /** What follows the text is no UTF-8. */
  readonly isBroken: boolean;
}

/** Decodes pieces that may end within a character. Nothing is replaced: what is no UTF-8 ends the text. */
export class Utf8Pieces {
  /** The beginning of a character whose end is to come. */
  #held = Buffer.alloc(0);

  read(chunk: Uint8Array): Piece {
    const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const bytes = this.#held.length === 0 ? given : Buffer.concat([this.#held, given]);
    const end = wholeCharacters(bytes);
    // A copy: the chunk may be used again.
    this.#held = Buffer.from(bytes.subarray(end));
    const whole = bytes.subarray(0, end);
    return isUtf8(whole)
      ? { text: whole.toString("utf8"), isBroken: false }
      : { text: validLines(whole), isBroken: true };
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

/** The text before the line that holds the first byte that is no UTF-8: enough to say where that is. */
function validLines(bytes: Buffer): string {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) {
    start = end + 1;
  }
  return bytes.subarray(0, start).toString("utf8");
}
