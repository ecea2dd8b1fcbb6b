/** The bytes of a file that lies somewhere, of which a part at a time is looked at. */
export interface FileBytes {
  readonly length: number;
  /** Those from `start` on, as many as that or up to the end of the file. They are what they are until the next call. */
  view(start: number, length: number): Buffer;
}

/** Bytes between two places of a file, as a file of their own. */
export function between(bytes: FileBytes, from: number, to: number): FileBytes {
  const length = Math.max(to - from, 0);
  return { length, view: (start, most) => bytes.view(from + start, Math.min(most, length - start)) };
}
