/** Past the streams of Node: four times as fast, but nothing else can take what comes then. */

/** How a socket gives what comes; and whether it shall go on. */
export interface Feed {
  take: (bytes: Buffer) => boolean;
}

/** Where bytes come to that a socket reads: many at a time, and always to the same place. */
export const FEED_BYTES = 1 << 18;

/** For `onread` of node:net. What comes is what it is until more comes. */
export function readTo(feed: Feed): {
  readonly buffer: Uint8Array;
  readonly callback: (length: number, buffer: Uint8Array) => boolean;
} {
  return {
    buffer: Buffer.allocUnsafeSlow(FEED_BYTES),
    callback: (length, buffer) => feed.take(Buffer.from(buffer.buffer, buffer.byteOffset, length)),
  };
}
