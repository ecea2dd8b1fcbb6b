/**
 * Pages of the lint rules, printed as they are written: Markdown reads well in a terminal.
 */
import picocolors from "picocolors";
import type { Io } from "../io.ts";
import { nearest } from "../model/nearest.ts";
import { RULES, ruleInfo } from "../rules/registry.ts";
import type { RuleId, RuleInfo } from "../rules/registry.ts";
import { describeRule, readPage } from "./pages.ts";

const IDS = Object.keys(RULES) as RuleId[];
const GROUPS = [...new Set(IDS.map(groupOf))];

/** What a text says about rules. */
export type RuleQuery =
  | { readonly kind: "rule"; readonly id: RuleId }
  | { readonly kind: "group"; readonly ids: readonly RuleId[] }
  /** It means a rule, but not one that there is. */
  | { readonly kind: "unknown"; readonly near: readonly RuleId[] };

/** `group/name`, `name` where only one group has it, or `group`; `undefined` for what means no rule. */
export function readRule(text: string): RuleQuery | undefined {
  // As a report prints it: error[topology/duplicate-target].
  const pasted = /^\w*\[(\w+\/[\w-]+)\]:?$/.exec(text)?.[1];
  const wanted = (pasted ?? text).toLowerCase().replace(/\/$/, "");
  const [id, ...others] = IDS.filter((one) => one === wanted || nameOf(one) === wanted);
  if (id !== undefined) return others.length === 0 ? { kind: "rule", id } : { kind: "unknown", near: [id, ...others] };
  if (GROUPS.includes(wanted)) return { kind: "group", ids: IDS.filter((one) => groupOf(one) === wanted) };
  if (GROUPS.includes(groupOf(wanted))) return { kind: "unknown", near: nearRules(wanted) };
  return undefined;
}

/** Rules that somebody may have meant: those that contain the word, else the nearest. */
export function nearRules(text: string): RuleId[] {
  const wanted = text.toLowerCase();
  const holding = wanted.length < 3 ? [] : IDS.filter((id) => id.includes(wanted));
  if (holding.length > 0) return holding;
  const near = nearest(wanted, IDS) ?? nearest(wanted, IDS.map(nameOf));
  return IDS.filter((id) => id === near || nameOf(id) === near);
}

/** The page of a rule, for a terminal. */
export function rulePage(io: Io, id: RuleId, color: boolean): string {
  const colors = picocolors.createColors(color);
  const { severity, locked } = ruleInfo(id);
  let isCode = false;
  const page = (readPage(io, id) ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => {
      if (line.startsWith("```")) {
        isCode = !isCode;
        return colors.dim(line);
      }
      if (isCode) return colors.cyan(line);
      return /^#+ /.test(line) ? colors.bold(line) : line;
    });
  return `${page.join("\n")}\n\n${colors.dim(severityLine(severity, locked))}\n`;
}

function severityLine(severity: RuleInfo["severity"], locked: boolean): string {
  if (locked) return `Severity: ${severity}. It cannot be switched off.`;
  return severity === "off"
    ? "Off, unless `lint:` in promgen.yml gives it a severity."
    : `Severity: ${severity}, unless \`lint:\` in promgen.yml gives it another.`;
}

/** The rules of a group, one line each. */
export function groupPage(io: Io, ids: readonly RuleId[], color: boolean, columns: number | undefined): string {
  const colors = picocolors.createColors(color);
  const describe = describeRule(io);
  const width = Math.max(...ids.map((id) => id.length));
  const lines = ids.map((id) => {
    const { severity } = ruleInfo(id);
    const room = (columns ?? 160) - width - 11;
    return `${colors.bold(id.padEnd(width))}  ${severity.padEnd(7)}  ${cut(firstSentence(describe(id) ?? ""), room)}`.trimEnd();
  });
  return `${lines.join("\n")}\n`;
}

function firstSentence(text: string): string {
  return /^.*?[.:](?= |$)/.exec(text)?.[0].replace(/[.:]$/, "") ?? text;
}

function cut(text: string, room: number): string {
  return room > 20 && text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

function groupOf(id: string): string {
  return id.split("/")[0] ?? id;
}

function nameOf(id: string): string {
  return id.split("/")[1] ?? id;
}
