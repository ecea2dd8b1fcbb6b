/** Objects out of a JSON text that is too large to be parsed as a whole. */

export interface FoundObject {
  /** How many brackets are open around it. */
  readonly depth: number;
  readonly text: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Streams the objects that lie at these depths, and not inside of each other. The text is not checked: what is between
 * them can be anything whose brackets and quotes are paired.
 */
export async function* objectsAt(
  depths: readonly number[],
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<FoundObject> {
  let depth = 0;
  /** Depth of the object that is being read, where there is one, and what former chunks have of it. */
  let reading = -1;
  let parts: Uint8Array[] = [];
  let isInString = false;
  let isEscaped = false;
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInString = false;
      } else if (byte === QUOTE) {
        isInString = true;
      } else if (byte === 0x7b || byte === 0x5b) {
        if (byte === 0x7b && reading < 0 && depths.includes(depth)) {
          reading = depth;
          start = at;
        }
        depth++;
      } else if (byte === 0x7d || byte === 0x5d) {
        depth--;
        if (depth === reading) {
          parts.push(chunk.subarray(start, at + 1));
          yield { depth, text: Buffer.concat(parts).toString("utf8") };
          parts = [];
          reading = -1;
        }
      }
    }
    // A copy: whoever made the chunk may use its memory again.
    if (reading >= 0) parts.push(Buffer.from(chunk.subarray(start)));
  }
}
