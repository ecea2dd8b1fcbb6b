/** Exit codes: part of the contract with scripts. */
export const EXIT = {
  /** Clean, or nothing changed. */
  ok: 0,
  /** Findings at or above `--fail-on`. */
  findings: 1,
  /** Wrong usage, or the environment failed: Git, disk, network. */
  environment: 2,
  /** Changes present: only with `plan --exit-code`. */
  changes: 3,
  /** Refused by the safety gate. */
  refused: 4,
  /** A bug of ours. */
  bug: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * "Cannot continue": Git, disk, network or wrong usage. Caught once, in cli.ts, and ends with exit code 2.
 * `hint` says what to do.
 */
export class EnvironmentError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = "EnvironmentError";
    this.hint = hint;
  }
}
