/**
 * Runs the rules about meaning over an inventory.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { Inventory, LintValue } from "../model/inventory.ts";
import type { RuleId } from "../rules/registry.ts";
import { ruleInfo } from "../rules/registry.ts";
import { collectHostFacts } from "./host-facts.ts";
import type { HostFacts } from "./host-facts.ts";
import { collectIdentities } from "./identities.ts";
import type { Identities } from "./identities.ts";
import { CHECKS } from "./checks.ts";
import type { Rule } from "./rule.ts";

/** A rule that threw: a bug of ours, not of the inventory. The other rules ran. */
export interface RuleFailure {
  readonly id: RuleId;
  readonly error: unknown;
}

export interface CheckResult {
  readonly diagnostics: readonly Diagnostic<RuleId>[];
  readonly failures: readonly RuleFailure[];
}

/** Runs every rule that is on somewhere. Severities are the rules' own; judge.ts applies those of promgen.yml. */
export function checkInventory(inventory: Inventory, rules: readonly Rule[] = CHECKS): CheckResult {
  const diagnostics: Diagnostic<RuleId>[] = [];
  const failures: RuleFailure[] = [];
  let hosts: HostFacts | undefined;
  let identities: Identities | undefined;
  for (const rule of rules) {
    const found: Diagnostic<RuleId>[] = [];
    if (!isOnSomewhere(inventory, rule.id)) continue;
    const { severity } = ruleInfo(rule.id);
    try {
      rule.check({
        inventory,
        get hosts() {
          return (hosts ??= collectHostFacts(inventory));
        },
        get identities() {
          return (identities ??= collectIdentities(inventory));
        },
        options: optionsOf(inventory.config.lint[rule.id]),
        report: (finding) =>
          found.push({ code: rule.id, severity: severity === "off" ? "error" : severity, ...finding }),
      });
    } catch (error) {
      failures.push({ id: rule.id, error });
    }
    for (const finding of found) diagnostics.push(finding);
  }
  return { diagnostics, failures };
}

function isOnSomewhere(inventory: Inventory, id: RuleId): boolean {
  const { severity, locked } = ruleInfo(id);
  if (locked) return true;
  const { lint, overrides } = inventory.config;
  const isOn = (value: LintValue | undefined): boolean =>
    value !== undefined && value !== "off" && (typeof value === "string" || value.severity !== "off");
  const own = lint[id];
  return (own === undefined ? severity !== "off" : isOn(own)) || overrides.some((override) => isOn(override.rules[id]));
}

function optionsOf(value: LintValue | undefined): Readonly<Record<string, unknown>> {
  return typeof value === "object" ? value : {};
}
