/**
 * The pages of the rules.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Io } from "../io.ts";
import { isRuleId } from "../rules/registry.ts";

/** The Markdown of a rule's page; `undefined` for what is no rule. */
export function readPage(io: Io, rule: string): string | undefined {
  return isRuleId(rule) ? readFileSync(join(io.resources, `rules/${rule}.md`), "utf8") : undefined;
}

/** The first paragraph of a rule's page, as one line. */
export function describeRule(io: Io): (rule: string) => string | undefined {
  return (rule) =>
    readPage(io, rule)
      ?.split(/\n\s*\n/)
      .find((paragraph) => !paragraph.startsWith("#"))
      ?.replace(/\s+/g, " ")
      .trim();
}
