/**
 * Findings → text, in one of several formats.
 */
import type { Format } from "./formats.ts";
import { githubLines } from "./github.ts";
import type { ReportInput } from "./input.ts";
import { jsonLines } from "./json.ts";
import { junitLines } from "./junit.ts";
import { writeInPieces } from "./pieces.ts";
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

/** Writes a report, in pieces that end with a line break. */
export function report(input: ReportInput, format: Format, write: (text: string) => void): void {
  writeInPieces(LINES[format](input), write);
}
