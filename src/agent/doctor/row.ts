/** What doctor finds: one row a fact. */
import type { AgentExitCode, Reason } from "../failure.ts";
import { Failure, REASONS, worst } from "../failure.ts";

/** What was looked at. They are part of `--json`: scripts compare them. */
export type RowId =
  | "tool"
  | "directory"
  | "symlink"
  | "bind-mount"
  | "file-system"
  | "writable"
  | "space"
  | "targets"
  | "mode"
  | "state"
  | "digest"
  | "hold"
  | "held"
  | "quarantine"
  | "last-run"
  | "contact"
  | "clock"
  | "source"
  | "signature"
  | "source-file"
  | "prometheus"
  | "config"
  | "read"
  | "access"
  | "watch"
  | "neighbours"
  | "scraped"
  | "reload"
  | "doctor";

export interface Row {
  readonly id: RowId;
  readonly level: "ok" | "warning" | "trouble";
  /** One sentence. */
  readonly what: string;
  /** What to do, imperative. */
  readonly help?: string;
  /** Of a trouble: decides the exit code. */
  readonly reason?: Reason;
}

export function ok(id: RowId, what: string): Row {
  return { id, level: "ok", what };
}

export function warning(id: RowId, what: string, help: string): Row {
  return { id, level: "warning", what, help };
}

export function trouble(id: RowId, reason: Reason, what: string, help: string | undefined): Row {
  return { id, level: "trouble", what, reason, ...(help === undefined ? {} : { help }) };
}

/** The row of something that failed. What is no {@link Failure} is our bug, and the other rows still come. */
export function failed(id: RowId, error: unknown): Row {
  if (error instanceof Failure) return trouble(id, error.reason, error.message, error.help);
  const message = error instanceof Error ? error.message : String(error);
  return trouble(id, "bug", `a bug of ours: ${message}`, "please report it with what you ran");
}

/** The exit code of what is in trouble; 0 where nothing is. */
export function exitOf(rows: readonly Row[]): AgentExitCode {
  return worst(rows.flatMap(({ reason }) => (reason === undefined ? [] : [REASONS[reason]])));
}
