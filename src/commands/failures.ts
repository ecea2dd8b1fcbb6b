/**
 * Rules that threw: a bug of ours. The findings of the others were reported; the exit code says that they are not all.
 */
import type { RuleFailure } from "../check/check.ts";
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";

export function reportFailures(io: Io, failures: readonly RuleFailure[]): ExitCode {
  for (const { id, error } of failures) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr.write(`promgen-gen: a bug in the rule ${id}; the other rules ran\n${text.replace(/^/gm, "  ")}\n`);
  }
  io.stderr.write(`please report this with promgen-gen ${io.version} and the file that causes it\n`);
  return EXIT.bug;
}
