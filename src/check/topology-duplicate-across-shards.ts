/**
 * topology/duplicate-across-shards: two projects in two shards name the same target, so that two sets of servers scrape it.
 * A project that names both shards says that this is meant.
 */
import type { Inventory, Shard } from "../model/inventory.ts";
import { shardsOf } from "../model/inventory.ts";
import type { TargetRef } from "./identities.ts";
import type { Rule } from "./rule.ts";
import { andMore, describeTarget, redaction, meetingPlace, meetingsOf, sameness } from "./same-target.ts";

export const duplicateAcrossShards: Rule = {
  id: "topology/duplicate-across-shards",
  check(context) {
    const { inventory, identities } = context;
    for (const meeting of meetingsOf(identities)) {
      const pair = strangers(inventory, meeting.targets);
      if (pair === undefined) continue;
      const [first, second] = pair;
      const [name, other] = [first.target.run.project.name, second.target.run.project.name];
      context.report({
        where: meetingPlace(meeting, first.target),
        message: `${describeTarget(first.target)}${andMore(meeting.count - 1)} ${meeting.count === 1 ? "is" : "are"} scraped in two shards: in "${first.shard.name}" for project "${name}", in "${second.shard.name}" for project "${other}"`,
        related: [
          {
            where: meetingPlace(meeting, second.target),
            note: `also here, in shard "${second.shard.name}"${sameness(first.target, second.target)}`,
          },
        ],
        help: `leave it to one of the shards; where both are meant to scrape it, name both in one project: \`shard: [${first.shard.name}, ${second.shard.name}]\``,
        ...redaction([first.target, second.target]),
      });
    }
  },
};

interface Place {
  readonly target: TargetRef;
  readonly shard: Shard;
}

/** The first two targets in two shards that no one project names together. */
function strangers(inventory: Inventory, targets: readonly TargetRef[]): readonly [Place, Place] | undefined {
  const shards = targets.map((target) => shardsOf(inventory, target.run.project));
  const byShard = new Map<Shard, TargetRef>();
  for (const [index, target] of targets.entries()) {
    for (const shard of shards[index] ?? []) if (!byShard.has(shard)) byShard.set(shard, target);
  }
  const places = [...byShard].map(([shard, target]) => ({ shard, target }));
  for (const [index, first] of places.entries()) {
    for (const second of places.slice(index + 1)) {
      if (!shards.some((named) => named.includes(first.shard) && named.includes(second.shard))) return [first, second];
    }
  }
  return undefined;
}
