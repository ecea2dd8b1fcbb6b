/** Shards with `enabled: false` keep what they have and take nothing new. */
import { compareBytes } from "../render/byte-order.ts";
import { readOwner } from "./group.ts";
import type { Operation, Plan } from "./plan.ts";
import type { ShardSide, Side } from "./side.ts";

/**
 * Projects that come to a closed shard, sorted by shard and project. A shard that is new brings what it has from the start,
 * and a project that only got another name is not new. Where the base could not be read as a whole, nobody knows.
 */
export function findRefusedProjects(
  before: Side,
  after: Side,
  operations: readonly Operation[],
): Plan["refusedProjects"] {
  if (!before.isComplete) return [];
  const refused: { project: string; shard: string }[] = [];
  for (const { name, isEnabled } of after.shards.values()) {
    const old = before.shards.get(name);
    if (isEnabled || old === undefined) continue;
    const here = operations.filter(({ target }) => target.shard === name);
    const known = projectsOf(old);
    for (const { op, target } of here) if (op === "relabel") known.add(target.project);
    const coming = here.filter(({ op, target }) => (op === "add" || op === "move") && !known.has(target.project));
    for (const project of new Set(coming.map(({ target }) => target.project))) refused.push({ project, shard: name });
  }
  return refused.sort((a, b) => compareBytes(a.shard, b.shard) || compareBytes(a.project, b.project));
}

function projectsOf({ name, targets, urls }: ShardSide): Set<string> {
  const scraped = [...targets, ...urls].filter((line) => line.targets !== "");
  return new Set(scraped.map(({ labels }) => readOwner(name, labels).project));
}
