/**
 * Hosts in another spelling than the one in which they are compared.
 */
import type { Rule } from "./rule.ts";

export const addressNonCanonical: Rule = {
  id: "address/non-canonical",
  check(context) {
    for (const finding of context.hosts.problems("non-canonical")) context.report(finding);
  },
};
