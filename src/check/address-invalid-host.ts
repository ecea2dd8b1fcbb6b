/**
 * What is neither a host name nor an address; names with `_` as a warning.
 */
import type { Rule } from "./rule.ts";

export const addressInvalidHost: Rule = {
  id: "address/invalid-host",
  check(context) {
    for (const finding of context.hosts.problems("invalid-host")) context.report(finding);
  },
};
