/**
 * The options of the rules about labels, as promgen.yml gives them. What cannot be used is a finding of the rule itself:
 * a rule that checks nothing without a word is worse than none.
 */
import type { Path, Where } from "../diagnostic.ts";
import type { Config } from "../model/inventory.ts";
import type { RuleId } from "../rules/registry.ts";

/** The place of a rule's settings: below `lint`, or where an override alone switches the rule on. */
export function settingsPlace(config: Config, id: RuleId, ...steps: Path): Where {
  if (Object.hasOwn(config.lint, id)) return { file: config.file, path: [0, "lint", id, ...steps] };
  const override = config.overrides.findIndex(({ rules }) => Object.hasOwn(rules, id));
  return { file: config.file, path: override < 0 ? [0, "lint"] : [0, "lint", "overrides", override, "rules", id] };
}

/** A value of YAML as the text that a label would have; `undefined` for what is no scalar. */
export function optionText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
