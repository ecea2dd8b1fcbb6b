/**
 * A mistake in the YAML itself, in words, before it becomes a finding of a file.
 */
import type { YamlCode, YamlDiagnostic } from "./build.ts";

export type Range = readonly [start: number, end: number];

/** An error of the reference parser. */
export interface ParserError {
  readonly code: string;
  readonly message: string;
  readonly pos: Range;
}

/** Another text in the place of what is written there. */
export interface Edit {
  readonly range: Range;
  readonly text: string;
}

export interface Mistake {
  /** yaml/syntax where nothing else is said. */
  readonly code?: YamlCode;
  readonly message: string;
  readonly range: Range;
  readonly help: string;
  /** What the help says, done: with it, all else is read as it was meant. Where that is not sure, none. */
  readonly edits?: readonly Edit[];
  /** What the parser says of lines below may follow from it. */
  readonly hidesRest?: true;
  /** The same of lines below that are indented like this one, or deeper. */
  readonly hidesBlock?: true;
  readonly related?: readonly { readonly range: Range; readonly note: string }[];
}

/** The finding of a file that says so. */
export function findingOf(
  file: string,
  { code = "yaml/syntax", message, range, help, related }: Mistake,
): YamlDiagnostic {
  const others = related?.map(({ range, note }) => ({ where: { file, path: [], range }, note }));
  const where = { file, path: [], range };
  return { code, severity: "error", message, where, help, ...(others === undefined ? {} : { related: others }) };
}
