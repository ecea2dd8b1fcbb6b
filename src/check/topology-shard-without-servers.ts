/**
 * topology/shard-without-servers: a shard whose artifacts nobody pulls, so that its targets are scraped by nobody.
 */
import { below } from "../model/inventory.ts";
import type { Rule } from "./rule.ts";

export const shardWithoutServers: Rule = {
  id: "topology/shard-without-servers",
  check(context) {
    const { inventory } = context;
    for (const shard of inventory.shards) {
      // What is missing may only be misspelt where the schema found mistakes.
      if (shard.servers.length > 0 || inventory.faults.mayHidePart(shard.origin, "servers")) continue;
      context.report({
        where: below(shard.origin, "shard"),
        message: `shard "${shard.name}" has no servers`,
        help: "list the Prometheus servers that pull its targets below `servers:`",
      });
    }
  },
};
