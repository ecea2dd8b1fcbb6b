/**
 * `validate`: reads and checks everything, and says what is wrong and where.
 */
import { relative, resolve, sep } from "node:path";
import type { Diagnostic, Severity } from "../diagnostic.ts";
import { isAtLeast } from "../diagnostic.ts";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import type { Format } from "../report/report.ts";
import { report } from "../report/report.ts";
import { reportFailures } from "./failures.ts";
import { judgeInventory } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { describeRule } from "./pages.ts";
import { reportOptions } from "./report-options.ts";

export interface ValidateOptions {
  readonly format: Format;
  /** Findings at or above it make the exit code 1; `never` makes none. */
  readonly failOn: Severity | "never";
  readonly verbose: boolean;
}

/** @param paths files or directories relative to `io.cwd`; none means everything */
export async function validate(io: Io, paths: readonly string[], options: ValidateOptions): Promise<ExitCode> {
  const judged = await judgeInventory(io);
  const asked = selectPaths(io, judged, paths);
  const diagnostics = judged.diagnostics.filter(asked);
  const summary = { ...judged.summary, elsewhere: judged.diagnostics.length - diagnostics.length };
  const input = {
    diagnostics,
    textOf: judged.textOf,
    summary,
    options: { ...reportOptions(io, io.stdout, options.verbose), describeRule: describeRule(io) },
  };
  report(input, options.format, (text) => io.stdout.write(text));
  if (judged.failures.length > 0) return reportFailures(io, judged.failures);
  const { failOn } = options;
  return failOn !== "never" && diagnostics.some((finding) => isAtLeast(finding.severity, failOn))
    ? EXIT.findings
    : EXIT.ok;
}

/** A filter for findings in these files and directories. Throws EnvironmentError for a path that fits no file. */
function selectPaths(io: Io, judged: Judged, paths: readonly string[]): (finding: Diagnostic) => boolean {
  if (paths.length === 0) return () => true;
  const named = new Set([...judged.files, ...judged.diagnostics.map((finding) => finding.where.file)]);
  const prefixes = paths.map((path) => relative(io.cwd, resolve(io.cwd, path)).split(sep).join("/"));
  for (const [index, prefix] of prefixes.entries()) {
    if (![...named].some((file) => isBelow(file, prefix))) {
      throw new EnvironmentError(
        `no file of the inventory is ${paths[index]} or lies below it`,
        `the inventory is read from ${judged.inventory.config.inventory}/ and promgen.yml; leave the path out to see everything`,
      );
    }
  }
  return (finding) =>
    prefixes.some(
      (prefix) =>
        isBelow(finding.where.file, prefix) || (finding.related ?? []).some(({ where }) => isBelow(where.file, prefix)),
    );
}

function isBelow(file: string, prefix: string): boolean {
  return prefix === "" || file === prefix || file.startsWith(`${prefix}/`);
}
