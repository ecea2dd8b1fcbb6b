/**
 * Applies what users decided to the findings of all rooms, once: severities from `lint` of promgen.yml, overrides for
 * files, and suppression comments; and reports on those comments (meta/*).
 */
import type { Diagnostic, Severity, Where } from "../diagnostic.ts";
import { compareDiagnostics } from "../diagnostic.ts";
import type { Config, LintOverride, LintValue } from "../model/inventory.ts";
import { isRuleId, ruleInfo } from "../rules/registry.ts";
import type { RuleId } from "../rules/registry.ts";
import { applySuppressions } from "./suppress.ts";
import type { SuppressionComment } from "./suppress.ts";

export interface Judgement {
  /** The findings of all rooms, with the severities that the rules gave them. */
  readonly diagnostics: readonly Diagnostic[];
  readonly config: Pick<Config, "lint" | "overrides">;
  /** The suppression comments of each file that has some, in order. */
  readonly suppressions: ReadonlyMap<string, readonly SuppressionComment[]>;
  /** Line of a place, from 1; asked only for files with suppression comments. */
  readonly lineOf: (where: Where) => number | undefined;
  /**
   * A text that is the same for places that are shown as one, since an alias repeats what stands there; asked only for findings
   * that are equal otherwise, in files with aliases, and in files with characters that nobody sees.
   */
  readonly spotOf: (where: Where) => string;
  /** Whether one of the glob patterns fits a file. */
  readonly matches: (file: string, patterns: readonly string[]) => boolean;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** False where not all findings are there, say since a file cannot be read: then no comment is called unused. Default: true. */
  readonly isComplete?: boolean;
}

/** The findings that count, in their order. */
export function judge(judgement: Judgement): Diagnostic[] {
  const severityOf = readSeverities(judgement);
  const isOn: Diagnostic[] = [];
  for (const finding of once(judgement)) {
    const judged = withSeverity(finding, severityOf(finding.code, finding.where.file));
    if (judged !== undefined) isOn.push(judged);
  }
  if (judgement.suppressions.size === 0) return withoutConsequences(isOn, judgement).sort(compareDiagnostics);
  const { kept, about } = applySuppressions(isOn, judgement);
  for (const finding of about) {
    const judged = withSeverity(finding, severityOf(finding.code, finding.where.file));
    if (judged !== undefined) kept.push(judged);
  }
  return withoutConsequences(kept, judgement).sort(compareDiagnostics);
}

/**
 * The findings without those of a value with a character that nobody sees: no host, name or number has one, and all that is
 * to be done is to remove it. It is an error then, so that none is left without the others.
 */
function withoutConsequences(diagnostics: Diagnostic[], { spotOf }: Judgement): Diagnostic[] {
  const spots = new Map<string, Set<string>>();
  for (const { code, severity, where } of diagnostics) {
    if (code !== INVISIBLE || severity !== "error") continue;
    const inFile = spots.get(where.file) ?? new Set();
    spots.set(where.file, inFile.add(spotOf(where)));
  }
  if (spots.size === 0) return diagnostics;
  const isOwn = (code: string): boolean => code === INVISIBLE || code.startsWith("security/");
  return diagnostics.filter(({ code, where }) => isOwn(code) || spots.get(where.file)?.has(spotOf(where)) !== true);
}

const INVISIBLE: RuleId = "yaml/invisible-char";

/** The findings without those that an alias repeats: same rule, same place, same words. */
function once({ diagnostics, spotOf }: Judgement): readonly Diagnostic[] {
  const files = new Set<string>();
  for (const { code, where } of diagnostics) if (code === ALIAS) files.add(where.file);
  if (files.size === 0) return diagnostics;
  const keyOf = ({ code, message, where }: Diagnostic): string => [where.file, code, message].join("\0");
  const counts = new Map<string, number>();
  for (const finding of diagnostics) {
    if (!files.has(finding.where.file)) continue;
    const key = keyOf(finding);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const seen = new Set<string>();
  return diagnostics.filter((finding) => {
    if (!files.has(finding.where.file)) return true;
    const key = keyOf(finding);
    if (counts.get(key) === 1) return true;
    const spot = `${key}\0${spotOf(finding.where)}`;
    return !seen.has(spot) && seen.add(spot);
  });
}

/** The parser tells of each alias, so that files without any need no look. */
const ALIAS: RuleId = "yaml/anchor-alias";

/** A severity for all findings of a rule in a file; `undefined` leaves each its own. */
type Verdict = Severity | "off" | undefined;

/** Verdicts by rule and file. Few rules have overrides; those are asked once a file. */
function readSeverities({ config, matches }: Judgement): (code: string, file: string) => Verdict {
  const rules = new Map<string, { readonly base: Verdict; readonly overrides: readonly LintOverride[] }>();
  const byFile = new Map<string, Verdict>();
  return (code, file) => {
    let rule = rules.get(code);
    if (rule === undefined) rules.set(code, (rule = readRule(code, config)));
    if (rule.overrides.length === 0) return rule.base;
    const key = `${code} ${file}`;
    if (byFile.has(key)) return byFile.get(key);
    let verdict = rule.base;
    for (const { files, rules } of rule.overrides) if (matches(file, files)) verdict = settle(verdict, rules[code]);
    byFile.set(key, verdict);
    return verdict;
  };
}

function readRule(
  code: string,
  { lint, overrides }: Pick<Config, "lint" | "overrides">,
): { base: Verdict; overrides: readonly LintOverride[] } {
  // What no registry knows, and what is locked, is as it is.
  if (!isRuleId(code) || ruleInfo(code).locked) return { base: undefined, overrides: [] };
  const base = ruleInfo(code).severity === "off" ? "off" : undefined;
  const own = Object.hasOwn(lint, code) ? settle(base, lint[code]) : base;
  return { base: own, overrides: overrides.filter(({ rules }) => Object.hasOwn(rules, code)) };
}

/** A setting over what held before it. Options without a severity switch a rule on, and leave the severity of one that is on. */
function settle(before: Verdict, setting: LintValue | undefined): Verdict {
  const severity = typeof setting === "object" ? setting.severity : setting;
  if (severity === "off" || severity === "error" || severity === "warning" || severity === "info") return severity;
  return before === "off" && typeof setting === "object" ? undefined : before;
}

function withSeverity(finding: Diagnostic, verdict: Verdict): Diagnostic | undefined {
  if (verdict === "off") return undefined;
  return verdict === undefined || verdict === finding.severity ? finding : { ...finding, severity: verdict };
}
