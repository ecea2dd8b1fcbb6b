/**
 * `lint:` of promgen.yml against the registry: rule ids that do not exist, severities of locked rules, unknown options.
 */
import type { Path } from "../diagnostic.ts";
import { didYouMean } from "../model/nearest.ts";
import { isRuleId, ruleInfo, RULES } from "../rules/registry.ts";
import type { SchemaDiagnostic } from "./finding.ts";

/** The options of rules that have some, beside `severity`. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  "label/required": ["labels"],
  "label/allowed-values": ["labels"],
  "label/high-cardinality": ["limit"],
  "label/inconsistent": ["missing"],
};

/** @param value the document of promgen.yml */
export function checkLint(file: string, value: Readonly<Record<string, unknown>>): SchemaDiagnostic[] {
  const diagnostics: SchemaDiagnostic[] = [];
  const { overrides, ...lint } = map(value["lint"]);
  checkRules(file, [0, "lint"], lint, diagnostics);
  if (!Array.isArray(overrides)) return diagnostics;
  for (const [index, override] of overrides.entries())
    checkRules(file, [0, "lint", "overrides", index, "rules"], map(map(override)["rules"]), diagnostics);
  return diagnostics;
}

function checkRules(
  file: string,
  path: Path,
  rules: Readonly<Record<string, unknown>>,
  diagnostics: SchemaDiagnostic[],
): void {
  for (const [id, setting] of Object.entries(rules)) {
    const where = { file, path: [...path, id] };
    if (!isRuleId(id)) {
      diagnostics.push({
        code: "schema/unknown-key",
        severity: "error",
        message: `there is no rule \`${id}\``,
        where: { ...where, part: "key" },
        help: didYouMean(id, Object.keys(RULES), 0),
      });
      continue;
    }
    const severity = typeof setting === "string" ? setting : map(setting)["severity"];
    if (ruleInfo(id).locked && severity !== undefined && severity !== "error") {
      diagnostics.push({
        code: "schema/wrong-type",
        severity: "error",
        message: `${id} is an error always: what would be rendered in spite of it is wrong`,
        where: typeof setting === "string" ? where : { file, path: [...path, id, "severity"] },
        help: "remove this line",
      });
    }
    const allowed = OPTIONS[id] ?? [];
    for (const option of Object.keys(map(setting))) {
      if (option === "severity" || allowed.includes(option)) continue;
      const message = `${id} has no option \`${option}\``;
      diagnostics.push({
        code: "schema/unknown-key",
        severity: "error",
        message,
        where: { file, path: [...path, id, option], part: "key" },
        help: didYouMean(option, ["severity", ...allowed]),
      });
    }
  }
}

function map(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
