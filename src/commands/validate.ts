/**
 * `validate`: reads and checks everything, and says what is wrong and where.
 */
import type { Diagnostic, Severity } from "../diagnostic.ts";
import { isAtLeast } from "../diagnostic.ts";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import type { Older } from "../report/input.ts";
import { findNew } from "../report/new-findings.ts";
import type { Format, Summary } from "../report/report.ts";
import { report } from "../report/report.ts";
import { countFindings } from "../report/summary.ts";
import { repositoryPrefix } from "../source/git-state.ts";
import { expandPath } from "../source/path-patterns.ts";
import { reportFailures } from "./failures.ts";
import type { Base } from "./base.ts";
import { judgeInventory, judgeLoaded } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { describeRule } from "./pages.ts";
import { reportOptions } from "./report-options.ts";

export interface ValidateOptions {
  readonly format: Format;
  /** Findings at or above it make the exit code 1; `never` makes none. */
  readonly failOn: Severity | "never";
  readonly verbose: boolean;
  /** Only findings that this revision does not have are printed and count. */
  readonly newSince?: string | undefined;
}

/** @param paths files or directories relative to `io.cwd`; none means everything */
export async function validate(io: Io, paths: readonly string[], options: ValidateOptions): Promise<ExitCode> {
  const start = io.now();
  const { newSince } = options;
  // Git's objects and Node's hashes take a moment to load: not for those who compare with nothing.
  const opening =
    newSince === undefined ? undefined : import("./base.ts").then(async ({ openBase }) => await openBase(io, newSince));
  const [judged, base] = await Promise.all([judgeInventory(io, async () => (await opening)?.twin), opening]);
  const asked = await selectPaths(io, judged, paths);
  const found = judged.diagnostics.filter(asked);
  const { diagnostics, older, failures } =
    base === undefined ? { diagnostics: found, failures: [] } : await compare(io, base, judged, found);
  const summary: Summary = {
    ...judged.summary,
    elsewhere: judged.diagnostics.length - found.length,
    ...(older && { older, seconds: (io.now() - start) / 1000 }),
  };
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
  if (judged.failures.length + failures.length > 0) return reportFailures(io, [...judged.failures, ...failures]);
  const { failOn } = options;
  return failOn !== "never" && diagnostics.some((finding) => isAtLeast(finding.severity, failOn))
    ? EXIT.findings
    : EXIT.ok;
}

interface Comparison {
  /** Those that the revision does not have. */
  readonly diagnostics: readonly Diagnostic[];
  readonly older: Older;
  readonly failures: Judged["failures"];
}

/**
 * Compares findings with those of a revision. Both are judged by today's `lint` settings: who switches a rule on does not
 * have to mend at once what it finds everywhere. Comments are each revision's own: to remove one is a change.
 */
async function compare(io: Io, base: Base, judged: Judged, found: readonly Diagnostic[]): Promise<Comparison> {
  if (found.length === 0)
    return { diagnostics: [], older: { errors: 0, warnings: 0, infos: 0, unread: false }, failures: [] };
  const loaded = await base.load(judged.inventory);
  const { lint, overrides } = judged.inventory.config;
  const inventory = { ...loaded.inventory, config: { ...loaded.inventory.config, lint, overrides } };
  const before = await judgeLoaded(io, { ...loaded, inventory }, loaded.textOf);
  const { fresh, older } = findNew(
    { diagnostics: found, textOf: judged.textOf },
    { diagnostics: before.diagnostics, textOf: loaded.textOf },
  );
  const unread = !inventory.isComplete || loaded.submodules.length > 0;
  return { diagnostics: fresh, older: { ...countFindings(older), unread }, failures: before.failures };
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
