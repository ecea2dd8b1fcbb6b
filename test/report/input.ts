/** Inputs of reports, for the tests of this room. */
import type { Diagnostic, Severity, Where } from "../../src/diagnostic.ts";
import { FORMATS, report } from "../../src/report/report.ts";
import type { Format, ReportInput, ReportOptions, Summary } from "../../src/report/report.ts";

interface Case {
  readonly files?: Readonly<Record<string, string>>;
  readonly findings?: readonly Diagnostic[];
  readonly summary?: Partial<Summary>;
  readonly options?: Partial<ReportOptions>;
}

export function inputOf({ files = {}, findings = [], summary = {}, options = {} }: Case): ReportInput {
  return {
    diagnostics: findings,
    textOf: (file) => files[file],
    summary: { files: 214, targets: 18_302, shards: 8, seconds: 0.94, unread: false, elsewhere: 0, ...summary },
    options: { verbose: false, color: false, ...options },
  };
}

export function reportOf(format: Format, input: Case): string {
  let text = "";
  report(inputOf(input), format, (piece) => (text += piece));
  return text;
}

/** The same report in every format. */
export function everyReport(input: Case): Record<Format, string> {
  return Object.fromEntries(FORMATS.map((format) => [format, reportOf(format, input)])) as Record<Format, string>;
}

/** A finding at a route of `a.yml`, or at another place. */
export function finding(at: Where | Where["path"], rest: Partial<Diagnostic> = {}): Diagnostic {
  const where = "file" in at ? at : { file: "a.yml", path: at };
  const severity: Severity = "error";
  return { code: "topology/duplicate-target", severity, message: "m", where, ...rest };
}

/** `count` hosts in one list, each in a line of its own, the first one in line 4. */
export function hostsFile(count: number): string {
  const hosts = Array.from({ length: count }, (_, index) => `      - web${index}.example.com\n`);
  return `service: shop\nprojects:\n  - hosts:\n${hosts.join("")}`;
}
