/**
 * The last lines of a report.
 */
import type { Diagnostic, Severity } from "../diagnostic.ts";
import type { ReportInput } from "./input.ts";

export interface Counts {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
}

/** How many findings there are of each severity. */
export function countFindings(diagnostics: readonly Diagnostic[]): Counts {
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const { severity } of diagnostics) counts[severity]++;
  return { errors: counts.error, warnings: counts.warning, infos: counts.info };
}

/** In how many files findings are, infos only where asked for. */
export function countFiles({ diagnostics, summary }: ReportInput, withInfos: boolean): number {
  const counted = diagnostics.filter(({ severity }) => withInfos || severity !== "info");
  return summary.filesWithFindings ?? new Set(counted.map(({ where }) => where.file)).size;
}

/** What is said before the summary line, about what the report does not hold. */
export function notes({ summary }: ReportInput): string[] {
  const lines: string[] = [];
  if (summary.unread) {
    lines.push("not every file could be read, so findings about what is unknown, unused or empty are withheld");
  }
  if (summary.older?.unread === true) {
    lines.push("not all of the revision to compare with could be read, so findings that seem new may be older");
  }
  if (summary.elsewhere > 0)
    lines.push(`${quantity(summary.elsewhere, "more finding")} in files that were not asked for`);
  return lines;
}

/**
 * As `2 errors, 1 warning in 2 of 214 files · 18,302 targets · 8 shards · 0.9 s`; or, compared with a revision,
 * `1 new error in 1 of 214 files · 7 older findings not counted · …`.
 */
export function summaryLine(input: ReportInput): string {
  const { summary, options } = input;
  const { older } = summary;
  const count = older === undefined ? 0 : older.errors + older.warnings + (options.verbose ? older.infos : 0);
  const scale = [
    ...(count > 0 ? [`${quantity(count, "older finding")} not counted`] : []),
    quantity(summary.targets, "target"),
    quantity(summary.shards, "shard"),
    `${summary.seconds.toFixed(1)} s`,
  ];
  return [findingsInFiles(input, options.verbose), ...scale].join(" · ");
}

/** As `… and 1,234 more topology/duplicate-target (--format json lists all)`, a line a rule. */
export function hiddenLines(hidden: ReadonlyMap<string, number>): string[] {
  return [...hidden].map(([rule, count]) => `… and ${grouped(count)} more ${rule} (--format json lists all)`);
}

/** As `1 error`, `1,234 errors`; the same in every locale. */
export function quantity(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function findingsInFiles(input: ReportInput, withInfos: boolean): string {
  const { errors, warnings, infos } = countFindings(input.diagnostics);
  const read = quantity(input.summary.files, "file");
  const age = input.summary.older === undefined ? "" : "new ";
  const counts = [
    errors > 0 ? quantity(errors, `${age}error`) : "",
    warnings > 0 ? quantity(warnings, `${age}warning`) : "",
  ];
  if (withInfos && infos > 0) counts.push(quantity(infos, `${age}info`));
  const found = counts.filter((count) => count !== "").join(", ");
  if (found === "") return `no ${age}${infos > 0 ? "errors or warnings" : "findings"} in ${read}`;
  // Findings about promgen.yml, a directory or a missing file are not in a file of the inventory.
  const files = countFiles(input, withInfos);
  return files > input.summary.files ? found : `${found} in ${grouped(files)} of ${read}`;
}

/** As `1,234`; the same in every locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
