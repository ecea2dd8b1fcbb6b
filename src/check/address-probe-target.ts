/**
 * Targets of probes that are neither a URL nor a host, or not what their module wants.
 */
import { probeTargetOrigin } from "../model/inventory.ts";
import { targetProblem } from "../model/probe-target.ts";
import type { Rule } from "./rule.ts";

export const addressProbeTarget: Rule = {
  id: "address/probe-target",
  check(context) {
    for (const project of context.inventory.projects) {
      for (const [index, { module, targets }] of project.probes.entries()) {
        for (const [at, target] of targets.entries()) {
          const problem = targetProblem(module, target);
          if (problem !== undefined) context.report({ where: probeTargetOrigin(project, index, at), ...problem });
        }
      }
    }
  },
};
