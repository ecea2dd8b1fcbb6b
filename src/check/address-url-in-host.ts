/**
 * Hosts that are URLs, networks, or pieces of them.
 */
import type { Rule } from "./rule.ts";

export const addressUrlInHost: Rule = {
  id: "address/url-in-host",
  check(context) {
    for (const finding of context.hosts.problems("url-in-host")) context.report(finding);
  },
};
