/**
 * IPv6 addresses that are none, have a zone id, or half their brackets.
 */
import type { Rule } from "./rule.ts";

export const addressIpv6: Rule = {
  id: "address/ipv6",
  check(context) {
    for (const finding of context.hosts.problems("ipv6")) context.report(finding);
  },
};
