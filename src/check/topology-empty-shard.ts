/**
 * topology/empty-shard: a shard that no project names; its servers scrape nothing of this inventory.
 */
import { below, shardNames } from "../model/inventory.ts";
import type { Origin } from "../model/inventory.ts";
import { writeName } from "../model/name.ts";
import { nearest } from "../model/nearest.ts";
import type { Rule } from "./rule.ts";

/** With more unknown names than that, nobody can say which shards are meant, nor look for each of them. */
const MOST_UNKNOWN = 100;

export const emptyShard: Rule = {
  id: "topology/empty-shard",
  check(context) {
    const { inventory } = context;
    const { faults } = inventory;
    if (!inventory.isComplete) return;
    const named = new Set<string>();
    for (const project of inventory.projects) {
      const names = shardNames(project);
      names.forEach((name) => named.add(name));
      // Where its `shard:` is misspelt, or an item of it, any shard may be meant.
      if (faults.areNone) continue;
      const owners = [project, ...project.service.parts];
      const mayHide = ({ origin }: { readonly origin: Origin }): boolean =>
        names.length === 0 ? faults.mayHidePart(origin, "shard") : faults.isBroken(origin, "shard");
      if (owners.some(mayHide)) return;
    }
    // Where a name is misspelt, the shard that is nearest to it is meant: to say that is up to topology/unknown-ref.
    const unknown = [...named].filter((name) => !inventory.shardByName.has(name));
    if (unknown.length > MOST_UNKNOWN) return;
    for (const name of unknown) {
      // It may be meant for all, or be several names in one text.
      if (name === "*" || name.toLowerCase() === "all") return;
      for (const part of name.split(/[\s,;|+&/]+/)) named.add(part);
      named.add(nearest(name, inventory.shardByName.keys()) ?? name);
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
