/**
 * topology/shard-limit: more targets than the servers of a shard are said to carry.
 */
import { countTargets } from "../model/count.ts";
import { below, hostsOf, shardsOf } from "../model/inventory.ts";
import type { Inventory, Project, Shard } from "../model/inventory.ts";
import type { Rule } from "./rule.ts";

/** How many of the largest projects are named. */
const MOST_RELATED = 3;

export const shardLimit: Rule = {
  id: "topology/shard-limit",
  check(context) {
    const { inventory } = context;
    if (inventory.shards.every(({ targetLimit }) => targetLimit === undefined)) return;
    for (const [shard, { targets }] of countTargets(inventory)) {
      const limit = shard.targetLimit;
      if (limit === undefined || targets <= limit) continue;
      context.report({
        where: below(shard.origin, "limits", "targets"),
        message: `shard "${shard.name}" has ${digits(targets)} targets, ${digits(targets - limit)} more than its limit of ${digits(limit)}`,
        related: largest(inventory, shard).map(({ project, targets: own }) => ({
          where: below(project.origin, "name"),
          note: `${digits(own)} of them`,
        })),
        help: "move projects to another shard, or raise the limit if the servers can carry more",
      });
    }
  },
};

function largest(inventory: Inventory, shard: Shard): { project: Project; targets: number }[] {
  return inventory.projects
    .filter((project) => shardsOf(inventory, project).includes(shard))
    .map((project) => ({
      project,
      targets:
        (hostsOf(inventory, project)?.count ?? 0) * project.exporters.filter(({ isEnabled }) => isEnabled).length,
    }))
    .toSorted((a, b) => b.targets - a.targets)
    .slice(0, MOST_RELATED);
}

function digits(number: number): string {
  return number.toLocaleString("en-US");
}
