/**
 * topology/shared-target: several projects of one shard name the same target. Prometheus scrapes it once for each, since
 * the `project` label differs, and a sum over the job counts it as often.
 */
import type { Shard } from "../model/inventory.ts";
import { shardsOf } from "../model/inventory.ts";
import type { TargetRef } from "./identities.ts";
import type { Rule } from "./rule.ts";
import {
  andMore,
  describeTarget,
  redaction,
  meetingPlace,
  meetingsOf,
  quoteNames,
  quoteShards,
  sameness,
} from "./same-target.ts";

/** More related places than that help nobody. */
const MOST_RELATED = 10;

export const sharedTarget: Rule = {
  id: "topology/shared-target",
  check(context) {
    const { inventory, identities } = context;
    for (const meeting of meetingsOf(identities)) {
      for (const { targets, shards } of crowds(meeting.targets, (target) => shardsOf(inventory, target.run.project))) {
        const [first, ...others] = targets;
        const names = targets.map(({ run }) => run.project.name);
        const often = names.length === 2 ? "twice" : `${names.length} times`;
        context.report({
          where: meetingPlace(meeting, first),
          message: `${describeTarget(first)}${andMore(meeting.count - 1)} ${meeting.count === 1 ? "is" : "are"} scraped ${often} in ${shards.length === 1 ? "" : "each of "}${quoteShards(shards)}: for projects ${quoteNames(names)}`,
          related: others.slice(0, MOST_RELATED).map((target) => ({
            where: meetingPlace(meeting, target),
            note: `also here, in project "${target.run.project.name}"${sameness(first, target)}`,
          })),
          help: "leave it to one of the projects",
          ...redaction(targets),
        });
      }
    }
  },
};

interface Crowd {
  readonly targets: readonly [TargetRef, ...TargetRef[]];
  /** The shards in which these meet, and no others of the meeting. */
  readonly shards: string[];
}

/** Who meets in which shards: a crowd for each set of targets that share one. */
function crowds(
  targets: readonly TargetRef[],
  shardsOfTarget: (target: TargetRef) => readonly Shard[],
): Iterable<Crowd> {
  const inShard = new Map<Shard, number[]>();
  for (const [index, target] of targets.entries())
    for (const shard of shardsOfTarget(target)) {
      const indices = inShard.get(shard);
      if (indices === undefined) inShard.set(shard, [index]);
      else indices.push(index);
    }
  const found = new Map<string, Crowd>();
  for (const [{ name }, indices] of inShard) {
    const [first, ...others] = indices.flatMap((index) => targets[index] ?? []);
    if (first === undefined || others.length === 0) continue;
    const key = indices.join(" ");
    const crowd = found.get(key);
    if (crowd === undefined) found.set(key, { targets: [first, ...others], shards: [name] });
    else crowd.shards.push(name);
  }
  return found.values();
}
