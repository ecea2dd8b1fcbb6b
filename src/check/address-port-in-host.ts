/**
 * Hosts that carry a port, which the exporter has.
 */
import type { Rule } from "./rule.ts";

export const addressPortInHost: Rule = {
  id: "address/port-in-host",
  check(context) {
    for (const finding of context.hosts.problems("port-in-host")) context.report(finding);
  },
};
