/**
 * Lines → pieces of text.
 */

/** Lines are handed on in pieces of about this length: a write a line would cost more than making them. */
const PIECE_LENGTH = 64 * 1024;

/** Writes lines, in pieces that end with a line break. */
export function writeInPieces(lines: Iterable<string>, write: (text: string) => void): void {
  let piece: string[] = [];
  let length = 0;
  for (const line of lines) {
    piece.push(line);
    length += line.length + 1;
    if (length < PIECE_LENGTH) continue;
    write(`${piece.join("\n")}\n`);
    piece = [];
    length = 0;
  }
  if (piece.length > 0) write(`${piece.join("\n")}\n`);
}
