/**
 * Findings → text, in one of several formats.
 */
import type { Diagnostic } from "../diagnostic.ts";
import { withoutSecrets } from "../model/secret-shapes.ts";
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

/** Writes a report, in pieces that end with a line break. No format shows what looks like a secret, whatever a finding is about. */
export function report(input: ReportInput, format: Format, write: (text: string) => void): void {
  writeInPieces(LINES[format]({ ...input, diagnostics: input.diagnostics.map(withSafeWords) }), write);
}

function withSafeWords(finding: Diagnostic): Diagnostic {
  const { message, help, related } = finding;
  return {
    ...finding,
    message: withoutSecrets(message),
    ...(help === undefined ? {} : { help: withoutSecrets(help) }),
    ...(related === undefined
      ? {}
      : { related: related.map(({ where, note }) => ({ where, note: withoutSecrets(note) })) }),
  };
}
