/**
 * `lint:` of promgen.yml against the registry: rule ids that do not exist, severities of locked rules, unknown options.
 */
import type { Path } from "../diagnostic.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import type { RuleId } from "../rules/registry.ts";
import { isRuleId, ruleInfo, RULES } from "../rules/registry.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import { code } from "./words.ts";

/** The options of rules that have some, beside `severity`. */
const OPTIONS: Readonly<Partial<Record<RuleId, readonly string[]>>> = {
  "label/required": ["labels"],
  "label/allowed-values": ["labels"],
  "label/high-cardinality": ["limit"],
  "label/inconsistent": ["missing"],
};

/**
 * @param index of the document in its file
 * @param value the document of promgen.yml
 */
export function checkLint(file: string, index: number, value: Readonly<Record<string, unknown>>): SchemaDiagnostic[] {
  const diagnostics: SchemaDiagnostic[] = [];
  const { overrides, ...lint } = map(value["lint"]);
  checkRules(file, [index, "lint"], lint, lint, diagnostics);
  if (!Array.isArray(overrides)) return diagnostics;
  for (const [item, override] of overrides.entries())
    checkRules(file, [index, "lint", "overrides", item, "rules"], map(map(override)["rules"]), lint, diagnostics);
  return diagnostics;
}

function checkRules(
  file: string,
  path: Path,
  rules: Readonly<Record<string, unknown>>,
  lint: Readonly<Record<string, unknown>>,
  diagnostics: SchemaDiagnostic[],
): void {
  const report = (finding: Pick<SchemaDiagnostic, "code" | "message" | "help">, steps: Path, part?: "key"): void => {
    const where = { file, path: [...path, ...steps], ...(part === undefined ? {} : { part }) };
    diagnostics.push({ severity: "error", ...finding, where });
  };
  for (const [id, setting] of Object.entries(rules)) {
    if (!isRuleId(id)) {
      report(
        { code: "schema/unknown-key", message: `there is no rule ${code(id)}`, help: ruleHelp(id, rules === lint) },
        [id],
        "key",
      );
      continue;
    }
    const severity = typeof setting === "string" ? setting : map(setting)["severity"];
    if (ruleInfo(id).locked && severity !== undefined && severity !== "error") {
      const message = `${id} is always an error: what would be rendered in spite of it is wrong`;
      report(
        { code: "schema/wrong-type", message, help: "remove it" },
        typeof setting === "string" ? [id] : [id, "severity"],
      );
    }
    const allowed = OPTIONS[id] ?? [];
    for (const option of Object.keys(map(setting))) {
      if (option === "severity") continue;
      if (!allowed.includes(option)) {
        const message = `${id} has no option ${code(option)}`;
        report({ code: "schema/unknown-key", message, help: optionHelp(id, option) }, [id, option], "key");
        keepOption(setting as Record<string, unknown>, option, allowed);
      } else if (rules !== lint && (option !== "labels" || Object.hasOwn(lint, id))) {
        // Without labels below `lint`, the rule itself says that it has none.
        const message = `the option \`${option}\` of ${id} is for the whole inventory, not for some of its files`;
        const help = "move it to the rule below `lint:`, and leave only the severity here";
        report({ code: "schema/unknown-key", message, help }, [id, option], "key");
      }
    }
  }
}

/** `shared-target` or `Topology/SharedTarget` → the rule; else the rules of the group that was meant. */
function ruleHelp(id: string, isTop: boolean): string {
  const all = Object.keys(RULES);
  const [group = "", name] = id.split("/");
  const meant =
    all.find((rule) => name === undefined && rule.endsWith(`/${group}`)) ??
    nearest(id, isTop ? [...all, "overrides"] : all);
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  const groups = [...new Set(all.map((rule) => rule.slice(0, rule.indexOf("/"))))];
  const inGroup = name === undefined ? [] : all.filter((rule) => rule.startsWith(`${group}/`));
  if (inGroup.length > 0) return `in ${group}/ there are ${inGroup.map((rule) => `\`${rule}\``).join(", ")}`;
  return `write it as the findings name it, \`group/name\`; the groups are ${groups.join(", ")}`;
}

/** Under the name that was meant, so that the rule does not miss it, too. */
function keepOption(setting: Record<string, unknown>, option: string, allowed: readonly string[]): void {
  const meant = nearest(option, allowed);
  if (meant !== undefined && !Object.hasOwn(setting, meant)) setting[meant] = setting[option];
}

function optionHelp(id: RuleId, option: string): string {
  const known = ["severity", ...(OPTIONS[id] ?? [])];
  return known.length === 1 ? "remove it: the rule has only `severity`" : didYouMean(option, known);
}

function map(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
