/** Why a file is not taken: Prometheus would not load it, would drop some of it, or would read it in its own way. */
import { Failure } from "../failure.ts";

export type FileTrouble =
  /** 0 bytes, or only white space. */
  | "empty"
  | "not-utf8"
  | "byte-order-mark"
  /** No JSON: cut off, or something behind it. */
  | "not-json"
  /** JSON, but no list of groups of texts. */
  | "not-groups"
  /** A list without a group, or `null`. */
  | "no-groups"
  | "unknown-key"
  | "duplicate-key"
  | "no-targets-key"
  /** A text, or a group, far beyond what anybody scrapes. */
  | "too-long"
  /** Half of a surrogate pair, which Go replaces without a word. */
  | "lone-surrogate"
  | "label-name"
  /** No `job`, or in urls.json no `__param_module`. */
  | "label-missing"
  | "scheme"
  | "metrics-path"
  | "duration"
  /** A timeout longer than its interval. */
  | "timeout"
  | "address";

/** What is wrong with a file, where, and what to do. */
export interface Problem {
  readonly trouble: FileTrouble;
  /** For behind the place and a colon. */
  readonly message: string;
  readonly help: string;
}

/** A file that must not be put in place. */
export class InvalidFile extends Failure {
  readonly trouble: FileTrouble;
  /** Number of the group from 1; 0 outside of all groups. */
  readonly group: number;
  /** From 1. */
  readonly line: number;

  constructor(name: string, { group, line }: { group: number; line: number }, { trouble, message, help }: Problem) {
    const place = group === 0 ? `line ${line}` : `group ${group} (line ${line})`;
    super("invalid", `${name}, ${place}: ${message}`, { help });
    this.trouble = trouble;
    this.group = group;
    this.line = line;
  }
}
