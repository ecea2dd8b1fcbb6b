/**
 * Ranges of hosts that cannot be expanded, or are huge.
 */
import type { Rule } from "./rule.ts";

export const addressRange: Rule = {
  id: "address/range",
  check(context) {
    for (const finding of context.hosts.problems("range")) context.report(finding);
  },
};
