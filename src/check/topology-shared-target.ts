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
      const found = crowd(meeting.targets, (target) => shardsOf(inventory, target.run.project));
      if (found === undefined) continue;
      const [first, ...others] = found.targets;
      const names = found.targets.map(({ run }) => run.project.name);
      context.report({
        where: meetingPlace(meeting, first),
        message: `${describeTarget(first)}${andMore(meeting.count - 1)} ${meeting.count === 1 ? "is" : "are"} scraped ${names.length === 2 ? "twice" : `${names.length} times`} in ${quoteShards(found.shards)}: for projects ${quoteNames(names)}`,
        related: others.slice(0, MOST_RELATED).map((target) => ({
          where: meetingPlace(meeting, target),
          note: `also here, in project "${target.run.project.name}"${sameness(first, target)}`,
        })),
        help: "leave it to one of the projects",
        ...redaction(found.targets),
      });
    }
  },
};

interface Crowd {
  readonly targets: readonly [TargetRef, ...TargetRef[]];
  /** The shards in which the first of them meets another. */
  readonly shards: readonly string[];
}

/** The first target that shares a shard with others, and these. */
function crowd(
  targets: readonly TargetRef[],
  shardsOfTarget: (target: TargetRef) => readonly Shard[],
): Crowd | undefined {
  const shards = targets.map((target) => new Set(shardsOfTarget(target)));
  for (const [index, first] of targets.entries()) {
    const others = targets.slice(index + 1);
    const common = new Set<string>();
    const meeting = others.filter((_, offset) => {
      const shared = [...(shards[index] ?? [])].filter((shard) => shards[index + 1 + offset]?.has(shard));
      for (const shard of shared) common.add(shard.name);
      return shared.length > 0;
    });
    if (meeting.length > 0) return { targets: [first, ...meeting], shards: [...common] };
  }
  return undefined;
}
