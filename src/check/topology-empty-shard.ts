/**
 * topology/empty-shard: a shard that no project names; its servers scrape nothing of this inventory.
 */
import { below, shardNames } from "../model/inventory.ts";
import { writeName } from "../model/name.ts";
import type { Rule } from "./rule.ts";

export const emptyShard: Rule = {
  id: "topology/empty-shard",
  check(context) {
    const { inventory } = context;
    if (!inventory.isComplete) return;
    const named = new Set<string>();
    for (const project of inventory.projects) {
      const names = shardNames(project);
      for (const name of names) named.add(name);
      // Where its `shard:` is misspelt, any shard may be meant.
      if (names.length > 0) continue;
      const owners = [project, ...project.service.parts];
      if (owners.some(({ origin }) => inventory.faults.mayHidePart(origin, "shard"))) return;
    }
    for (const shard of inventory.shardByName.values()) {
      if (named.has(shard.name)) continue;
      context.report({
        where: below(shard.origin, "shard"),
        message: `no project names the shard "${shard.name}"`,
        help: `name it in a project or service with \`shard: ${writeName(shard.name)}\`, or remove it`,
      });
    }
  },
};
