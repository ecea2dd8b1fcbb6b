/**
 * What a report is made of.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { TextOf } from "./place.ts";

export interface ReportInput {
  /** Judged: severities are final, suppressed findings are gone. In any order. */
  readonly diagnostics: readonly Diagnostic[];
  /** Asked only for files with findings, and in text only for those that are printed. */
  readonly textOf: TextOf;
  readonly summary: Summary;
  readonly options: ReportOptions;
}

export interface Summary {
  /** Files that were read. */
  readonly files: number;
  /** Where it is not the number of files that the findings name. */
  readonly filesWithFindings?: number;
  readonly targets: number;
  readonly shards: number;
  readonly seconds: number;
  /** A file could not be read, and findings that only its absence would cause are withheld. */
  readonly unread: boolean;
  /** Findings in files that were not asked for. */
  readonly elsewhere: number;
  /** Where only new findings were asked for: how many others there are. */
  readonly older?: Older;
}

/** Findings that the revision to compare with has as well. */
export interface Older {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  /** Something of the revision could not be read: it may have had more of them. */
  readonly unread: boolean;
}

export interface ReportOptions {
  /** Infos too, in the formats for people: text and github. */
  readonly verbose: boolean;
  /** Colour in text. */
  readonly color: boolean;
  /** Columns of the terminal, where there is one. */
  readonly width?: number | undefined;
  /** The inventory's directory below the repository's root, with `/` at its end: github, sarif and junit name files from there. */
  readonly prefix?: string;
  /** Version of promgen-gen, for sarif. */
  readonly version?: string;
  /** One sentence or paragraph about a rule, for sarif. */
  readonly describeRule?: (rule: string) => string | undefined;
}
