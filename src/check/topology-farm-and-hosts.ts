/**
 * topology/farm-and-hosts: a project with hosts of its own beside the name of a farm document, which has hosts, too. Its
 * targets would carry the name of a farm that they are not in.
 */
import { below } from "../model/inventory.ts";
import type { Rule } from "./rule.ts";

export const farmAndHosts: Rule = {
  id: "topology/farm-and-hosts",
  check(context) {
    const { inventory } = context;
    for (const project of inventory.projects) {
      if (project.ownHosts === undefined) continue;
      // The label is the project's name where `farm:` is not there.
      const farm = inventory.farmByName.get(project.farm ?? project.name);
      if (farm === undefined) continue;
      context.report({
        where: below(project.origin, project.farm === undefined ? "name" : "farm"),
        message: `project "${project.name}" has \`hosts:\`, and the farm "${farm.name}" has hosts, too`,
        related: [
          { where: { ...project.ownHosts.origin, part: "key" }, note: "hosts of the project" },
          { where: below(farm.origin, "farm"), note: "the farm" },
        ],
        help:
          project.farm === undefined
            ? `write \`farm:\` with another name, which is the value of the label \`farm\`; without it that is the project's name`
            : "remove `hosts:` to take those of the farm, or name the farm label otherwise than any farm document",
      });
    }
  },
};
