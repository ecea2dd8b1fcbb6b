/**
 * Targets of probes that are neither a URL nor a host, or not what their module wants.
 */
import { below, probeTargetOrigin } from "../model/inventory.ts";
import { hostsProblem, targetProblem } from "../model/probe-target.ts";
import type { Rule } from "./rule.ts";

export const addressProbeTarget: Rule = {
  id: "address/probe-target",
  check(context) {
    for (const project of context.inventory.projects) {
      project.probes.forEach(({ module, targets, usesHosts, isEnabled }, index) => {
        const ofHosts = usesHosts && isEnabled ? hostsProblem(module) : undefined;
        if (ofHosts !== undefined)
          context.report({ where: below(project.origin, "probes", index, "hosts"), ...ofHosts });
        targets.forEach((target, at) => {
          const problem = targetProblem(module, target);
          if (problem !== undefined) context.report({ where: probeTargetOrigin(project, index, at), ...problem });
        });
      });
    }
  },
};
