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
  if (summary.elsewhere > 0)
    lines.push(`${quantity(summary.elsewhere, "more finding")} in files that were not asked for`);
  return lines;
}

/** As `2 errors, 1 warning in 2 of 214 files · 18,302 targets · 8 shards · 0.9 s`. */
export function summaryLine(input: ReportInput): string {
  const { summary, options } = input;
  const scale = [
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
  const counts = [errors > 0 ? quantity(errors, "error") : "", warnings > 0 ? quantity(warnings, "warning") : ""];
  if (withInfos && infos > 0) counts.push(quantity(infos, "info"));
  const found = counts.filter((count) => count !== "").join(", ");
  if (found === "") return `${infos > 0 ? "no errors or warnings" : "no findings"} in ${read}`;
  // Findings about promgen.yml, a directory or a missing file are not in a file of the inventory.
  const files = countFiles(input, withInfos);
  return files > input.summary.files ? found : `${found} in ${grouped(files)} of ${read}`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
