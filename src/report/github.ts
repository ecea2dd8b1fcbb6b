/**
 * Findings as annotations of GitHub Actions: workflow commands on standard output.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
import type { Diagnostic, Severity } from "../diagnostic.ts";
import type { ReportInput } from "./input.ts";
import { resolvePlaces } from "./place.ts";
import type { Located, Place } from "./place.ts";
import { selectFirst } from "./select.ts";
import { hiddenLines, notes, quantity, summaryLine } from "./summary.ts";
import { formatPlace } from "./text.ts";
import { visible, visibleShort } from "./visible.ts";

/** GitHub shows so many annotations of each kind for a step, and drops the rest without a word. */
const MAX_ANNOTATIONS = 10;
const LISTED_PER_RULE = 20;

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

/**
 * The lines of the github format: annotations, then what has no room among them as plain lines, then the summary line.
 * No plain line begins with what somebody else wrote, and text in it is made visible, so none of them is a command.
 */
export function* githubLines(input: ReportInput): Generator<string> {
  const prefix = input.options.prefix ?? "";
  const rest: Diagnostic[] = [];
  for (const severity of input.options.verbose
    ? (["error", "warning", "info"] as const)
    : (["error", "warning"] as const)) {
    const all = input.diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    const isCut = all.length > MAX_ANNOTATIONS;
    const ranked = rank(resolvePlaces(selectFirst(all, MAX_ANNOTATIONS).shown, input.textOf, 0));
    const annotated = ranked.slice(0, isCut ? MAX_ANNOTATIONS - 1 : MAX_ANNOTATIONS);
    for (const { diagnostic, place } of annotated) yield annotation(diagnostic, place, prefix);
    if (!isCut) continue;
    const more = quantity(all.length - annotated.length, `more ${severity}`);
    yield `::${COMMANDS[severity]} title=promgen-gen::and ${more}, listed in the log of this step`;
    const isAnnotated = new Set(annotated.map(({ diagnostic }) => diagnostic));
    for (const diagnostic of all) if (!isAnnotated.has(diagnostic)) rest.push(diagnostic);
  }
  const { shown, hidden } = selectFirst(rest, LISTED_PER_RULE);
  for (const { diagnostic, place } of resolvePlaces(shown, input.textOf, 0)) {
    yield `${diagnostic.severity}[${visible(diagnostic.code)}] ${formatPlace(place)}: ${visibleShort(diagnostic.message)}`;
  }
  yield* hiddenLines(hidden);
  yield* notes(input);
  yield summaryLine(input);
}

/** The first finding of every rule, then the second of every rule, and so on: one noisy rule does not hide the others. */
function rank(located: readonly Located[]): Located[] {
  const seen = new Map<string, number>();
  const turns = new Map<Located, number>();
  for (const finding of located) {
    const turn = seen.get(finding.diagnostic.code) ?? 0;
    seen.set(finding.diagnostic.code, turn + 1);
    turns.set(finding, turn);
  }
  return located.toSorted((a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0));
}

function annotation(diagnostic: Diagnostic, { file, span }: Place, prefix: string): string {
  const properties: [string, string | number][] = [];
  if (file !== "") properties.push(["file", prefix + file]);
  if (span !== undefined) {
    properties.push(["line", span.start.line]);
    // Columns are only understood within one line.
    if (span.start.line !== span.end.line) properties.push(["endLine", span.end.line]);
    else if (!span.isWholeFile) {
      properties.push(["col", span.start.column], ["endLine", span.end.line], ["endColumn", span.end.column]);
    }
  }
  properties.push(["title", diagnostic.code]);
  const list = properties.map(([key, value]) => `${key}=${escapeProperty(visible(String(value)))}`).join(",");
  const text = [diagnostic.message, ...(diagnostic.help === undefined ? [] : [`help: ${diagnostic.help}`])];
  return `::${COMMANDS[diagnostic.severity]} ${list}::${escapeData(text.map(visibleShort).join("\n"))}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
