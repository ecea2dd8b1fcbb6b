/**
 * `validate`: reads and checks everything, and says what is wrong and where.
 */
import type { Diagnostic, Severity } from "../diagnostic.ts";
import { isAtLeast } from "../diagnostic.ts";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import type { Format } from "../report/report.ts";
import { report } from "../report/report.ts";
import { repositoryPrefix } from "../source/git-state.ts";
import { expandPath } from "../source/path-patterns.ts";
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
  const asked = await selectPaths(io, judged, paths);
  const diagnostics = judged.diagnostics.filter(asked);
  const summary = { ...judged.summary, elsewhere: judged.diagnostics.length - diagnostics.length };
  const input = {
    diagnostics,
    textOf: judged.textOf,
    summary,
    options: {
      ...reportOptions(io, io.stdout, options.verbose),
      prefix: repositoryPrefix(io.cwd),
      describeRule: describeRule(io),
    },
  };
  report(input, options.format, (text) => io.stdout.write(text));
  if (judged.failures.length > 0) return reportFailures(io, judged.failures);
  const { failOn } = options;
  return failOn !== "never" && diagnostics.some((finding) => isAtLeast(finding.severity, failOn))
    ? EXIT.findings
    : EXIT.ok;
}

/** A filter for findings in these files and directories. Throws EnvironmentError for a path that fits no file. */
async function selectPaths(
  io: Io,
  judged: Judged,
  words: readonly string[],
): Promise<(finding: Diagnostic) => boolean> {
  if (words.length === 0) return () => true;
  const known = new Set([...judged.files, ...judged.diagnostics.map((finding) => finding.where.file)]);
  const paths: string[] = [];
  for (const word of words) {
    const expanded = await expandPath(io.cwd, word);
    const fitting = expanded.filter((path) => [...known].some((file) => isBelow(file, path)));
    if (fitting.length === 0) {
      throw new EnvironmentError(
        `no file of the inventory is ${word} or lies below it`,
        `the inventory is read from ${judged.inventory.config.inventory}/ and promgen.yml; leave the path out to see everything`,
      );
    }
    paths.push(...fitting);
  }
  return ({ where, related = [] }) =>
    paths.some((path) => [where, ...related.map((other) => other.where)].some(({ file }) => isBelow(file, path)));
}

function isBelow(file: string, prefix: string): boolean {
  return prefix === "" || file === prefix || file.startsWith(`${prefix}/`);
}
