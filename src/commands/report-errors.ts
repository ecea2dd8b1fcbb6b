/** What is wrong with an inventory, before something is made of it. */
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { reportFailures } from "./failures.ts";
import type { Judged } from "./judged.ts";
import { reportOptions } from "./report-options.ts";

/**
 * Prints the findings to standard error. The exit code is there where the
 * command has to stop.
 *
 * @param nothing what was not done, for the beginning of a sentence: `nothing was written`
 */
export async function reportErrors(
  io: Io,
  judged: Judged,
  verbose: boolean,
  nothing: string,
): Promise<ExitCode | undefined> {
  if (judged.failures.length > 0) return reportFailures(io, judged.failures);
  const { diagnostics, textOf, summary } = judged;
  const hasErrors = diagnostics.some((finding) => finding.severity === "error");
  if (hasErrors || diagnostics.some((finding) => verbose || finding.severity !== "info")) {
    // Most inventories have nothing to report.
    const { report } = await import("../report/report.ts");
    const options = reportOptions(io, io.stderr, verbose);
    report({ diagnostics, textOf, summary, options }, "text", (text) => io.stderr.write(text));
  }
  if (!hasErrors) return undefined;
  io.stderr.write(`${nothing}: mend the errors first\n`);
  return EXIT.findings;
}
