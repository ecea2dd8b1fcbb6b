/**
 * Addresses that mean another machine to every server, or none at all.
 */
import type { Rule } from "./rule.ts";

export const addressSpecialAddress: Rule = {
  id: "address/special-address",
  check(context) {
    for (const finding of context.hosts.problems("special-address")) context.report(finding);
  },
};
