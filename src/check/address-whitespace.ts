/**
 * Hosts with white space in them or around them.
 */
import type { Rule } from "./rule.ts";

export const addressWhitespace: Rule = {
  id: "address/whitespace",
  check(context) {
    for (const finding of context.hosts.problems("whitespace")) context.report(finding);
  },
};
