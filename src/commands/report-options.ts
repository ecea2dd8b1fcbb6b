/**
 * How a report is shown: colour only on a terminal, unless NO_COLOR (https://no-color.org) or FORCE_COLOR says otherwise.
 */
import type { Io, Output } from "../io.ts";
import type { ReportOptions } from "../report/report.ts";

export function reportOptions(io: Io, output: Output, verbose: boolean): ReportOptions {
  return {
    verbose,
    color: hasColor(io, output),
    width: output.isTerminal ? output.columns : undefined,
    version: io.version,
  };
}

/** Empty variables count as not set. */
export function hasColor(io: Io, output: Output): boolean {
  if (io.env["NO_COLOR"]) return false;
  if (io.env["FORCE_COLOR"]) return io.env["FORCE_COLOR"] !== "0";
  return output.isTerminal && io.env["TERM"] !== "dumb";
}
