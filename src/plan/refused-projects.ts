/** Shards with `enabled: false` keep what they have and take nothing new. */
import { compareBytes } from "../render/byte-order.ts";
import { readOwner } from "./group.ts";
import type { Operation, Plan } from "./plan.ts";
import type { ShardSide, Side } from "./side.ts";

/**
 * Projects that come to a closed shard, sorted by shard and project. A shard that is new brings what it has from the start,
 * and a project that only got another name is not new; one that takes targets of a project that stays is. Where the base could
 * not be read as a whole, nobody knows.
 */
export function findRefusedProjects(
  before: Side,
  after: Side,
  operations: readonly Operation[],
): Plan["refusedProjects"] {
  if (!before.isComplete) return [];
  const refused: { project: string; shard: string }[] = [];
  for (const shard of after.shards.values()) {
    const { name } = shard;
    const old = before.shards.get(name);
    if (shard.isEnabled || old === undefined) continue;
    const here = operations.filter(({ target }) => target.shard === name);
    const known = projectsOf(old);
    const lasting = projectsOf(shard);
    for (const operation of here)
      if (operation.op === "relabel" && !lasting.has(operation.was.project)) known.add(operation.target.project);
    const coming = here.filter(({ op, target }) => (op === "add" || op === "move") && !known.has(target.project));
    for (const project of new Set(coming.map(({ target }) => target.project))) refused.push({ project, shard: name });
  }
  return refused.sort((a, b) => compareBytes(a.shard, b.shard) || compareBytes(a.project, b.project));
}

function projectsOf({ name, targets, urls }: ShardSide): Set<string> {
  const scraped = [...targets, ...urls].filter((line) => line.targets !== "");
  return new Set(scraped.map(({ labels }) => readOwner(name, labels).project));
}
