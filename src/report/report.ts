/**
 * Findings → text, in one of several formats.
 */
import type { Format } from "./formats.ts";
import { githubLines } from "./github.ts";
import type { ReportInput } from "./input.ts";
import { jsonLines } from "./json.ts";
import { junitLines } from "./junit.ts";
import { sarifLines } from "./sarif.ts";
import { textLines } from "./text.ts";

export { FORMATS } from "./formats.ts";
export type { Format } from "./formats.ts";
export type { ReportInput, ReportOptions, Summary } from "./input.ts";

const LINES: Readonly<Record<Format, (input: ReportInput) => Iterable<string>>> = {
  text: textLines,
  json: jsonLines,
  github: githubLines,
  sarif: sarifLines,
  junit: junitLines,
};

/** Lines are handed on in pieces of about this length: a write a line would cost more than making them. */
const PIECE_LENGTH = 64 * 1024;

/** Writes a report, in pieces that end with a line break. */
export function report(input: ReportInput, format: Format, write: (text: string) => void): void {
  let piece: string[] = [];
  let length = 0;
  for (const line of LINES[format](input)) {
    piece.push(line);
    length += line.length + 1;
    if (length < PIECE_LENGTH) continue;
    write(`${piece.join("\n")}\n`);
    piece = [];
    length = 0;
  }
  if (piece.length > 0) write(`${piece.join("\n")}\n`);
}
