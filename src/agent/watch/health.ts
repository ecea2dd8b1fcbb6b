/** Whether the agent does its work: not that the process lives, but when it last succeeded. */
import type { AgentState } from "../core/state.ts";

export interface Health {
  readonly status: "ok" | "failing";
  /** One sentence. */
  readonly reason: string;
  /** Seconds since 1970; null where no run ever succeeded. */
  readonly lastSuccess: number | null;
  /** Seconds. */
  readonly age: number | null;
  readonly maxAge: number;
  readonly lastExit: number | null;
}

/** @param maxAge seconds without success that are still healthy */
export function healthOf(state: AgentState | undefined, now: number, maxAge: number): Health {
  const lastSuccess = state?.lastSuccess;
  // A clock that was set back must not count as an age.
  const age = lastSuccess === undefined ? undefined : Math.max(0, now - lastSuccess);
  const isOk = age !== undefined && age <= maxAge;
  return {
    status: isOk ? "ok" : "failing",
    reason: isOk ? "the last success is recent enough" : reasonOf(state, age, maxAge),
    lastSuccess: lastSuccess ?? null,
    age: age === undefined ? null : Math.round(age),
    maxAge,
    lastExit: state?.lastRun?.exit ?? null,
  };
}

function reasonOf(state: AgentState | undefined, age: number | undefined, maxAge: number): string {
  const since =
    age === undefined
      ? "no run has succeeded yet"
      : `no run has succeeded for ${Math.round(age)} s, more than ${maxAge} s`;
  const { exit = 0, reason } = state?.lastRun ?? {};
  return exit === 0 ? since : `${since}; the last one ended with ${exit}${reason === undefined ? "" : ` (${reason})`}`;
}
