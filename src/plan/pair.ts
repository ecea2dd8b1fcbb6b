/** Which target of one side is which of the other. */
import type { GroupTarget } from "./group.ts";
import { hostOf } from "./group.ts";

export type Pair = readonly [before: GroupTarget, after: GroupTarget];

export interface Pairs {
  /** The same series, scraped the same but for labels with `__`. */
  readonly same: readonly Pair[];
  readonly relabelled: readonly Pair[];
  readonly moved: readonly Pair[];
  readonly changed: readonly Pair[];
  /** Without a partner. */
  readonly removed: readonly GroupTarget[];
  readonly added: readonly GroupTarget[];
}

/**
 * Pairs the targets that differ. One identity may be there several times in a shard, once for each project: projects pair
 * with themselves first, then whatever is left.
 *
 * @param after where an identity may have moved to several shards, the first is taken
 */
export function pairTargets(before: readonly GroupTarget[], after: readonly GroupTarget[]): Pairs {
  const rest: Rest = { before, after };
  const same = takePairs(rest, ({ group, identity, series }) => `${group.shard}\n${identity}\n${series}`);
  const relabelled = takePairs(rest, ({ group, identity }) => `${group.shard}\n${group.project}\n${identity}`);
  const moved = takePairs(rest, ({ group, identity }) => `${group.project}\n${identity}`);
  const renamed = takePairs(rest, ({ group, identity }) => `${group.shard}\n${identity}`);
  const handedOver = takePairs(rest, ({ identity }) => identity);
  const changed = takePairs(rest, (target) => {
    const { kind, shard, project, job } = target.group;
    return `${kind}\n${shard}\n${project}\n${job}\n${hostOf(target)}`;
  });
  return {
    same,
    relabelled: [...relabelled, ...renamed],
    moved: [...moved, ...handedOver],
    changed,
    removed: rest.before,
    added: rest.after,
  };
}

interface Rest {
  before: readonly GroupTarget[];
  after: readonly GroupTarget[];
}

/** Pairs those with equal keys, the first with the first, and takes them out of the rest. */
function takePairs(rest: Rest, keyOf: (target: GroupTarget) => string): Pair[] {
  if (rest.before.length === 0 || rest.after.length === 0) return [];
  const waiting = new Map<string, GroupTarget[]>();
  for (const target of rest.before) {
    const key = keyOf(target);
    const queue = waiting.get(key);
    if (queue === undefined) waiting.set(key, [target]);
    else queue.push(target);
  }
  const pairs: Pair[] = [];
  const partners = new Set<GroupTarget>();
  rest.after = rest.after.filter((target) => {
    const partner = waiting.get(keyOf(target))?.shift();
    if (partner === undefined) return true;
    pairs.push([partner, target]);
    partners.add(partner);
    return false;
  });
  rest.before = rest.before.filter((target) => !partners.has(target));
  return pairs;
}
