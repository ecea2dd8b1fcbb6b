/** Which target of one side is which of the other. */
import type { Group, GroupTarget } from "./group.ts";
import { hostOf, seriesOf } from "./group.ts";

export type Pair = readonly [before: GroupTarget, after: GroupTarget];

/** Targets of both sides that are not paired. */
export interface Unpaired {
  readonly before: readonly GroupTarget[];
  readonly after: readonly GroupTarget[];
}

/** What is paired within a shard. */
export interface ShardPairs {
  /** The same series, scraped the same but for labels with `__`. */
  readonly same: readonly Pair[];
  readonly relabelled: readonly Pair[];
  readonly rest: Unpaired;
}

/** What is paired between shards, and within one that has nothing more alike. */
export interface Pairs {
  readonly moved: readonly Pair[];
  readonly relabelled: readonly Pair[];
  readonly changed: readonly Pair[];
  /** Without a partner. */
  readonly rest: Unpaired;
}

/**
 * Pairs the targets of one shard that differ: first of all, since nothing else can have to do with those that are found here.
 * One identity may be there several times in a shard, once for each project: projects pair with themselves.
 */
export function pairWithinShard(differences: Unpaired): ShardPairs {
  const same = takePairs(differences, ({ endpoint, series }) => `${endpoint}\n${series}`, seriesOf);
  const relabelled = takePairs(same.rest, ({ endpoint, project }) => `${project}\n${endpoint}`, canonicalOf);
  return { same: same.pairs, relabelled: relabelled.pairs, rest: relabelled.rest };
}

/**
 * Pairs what all shards have left: projects with themselves first, then whatever there is.
 *
 * @param rest where an identity may have moved to several shards, the first is taken
 */
export function pairTheRest(rest: Unpaired): Pairs {
  const moved = takePairs(rest, ({ endpoint, project }) => `${project}\n${endpoint}`, canonicalOf);
  const renamed = takePairs(moved.rest, ({ endpoint, shard }) => `${shard}\n${endpoint}`, canonicalOf);
  const handedOver = takePairs(renamed.rest, ({ endpoint }) => endpoint, canonicalOf);
  const changed = takePairs(
    handedOver.rest,
    ({ kind, shard, project, job }) => `${kind}\n${shard}\n${project}\n${job}`,
    hostOf,
  );
  return {
    moved: [...moved.pairs, ...handedOver.pairs],
    relabelled: renamed.pairs,
    changed: changed.pairs,
    rest: changed.rest,
  };
}

function canonicalOf({ canonical }: GroupTarget): string {
  return canonical;
}

interface Taken {
  readonly pairs: Pair[];
  readonly rest: Unpaired;
}

/**
 * Pairs those with equal keys, the first with the first. A key has two parts, so that none has to be put together for each
 * target.
 *
 * @param ofGroup what the groups of both must have in common
 * @param ofTarget what they must have in common themselves
 */
function takePairs(all: Unpaired, ofGroup: (group: Group) => string, ofTarget: (target: GroupTarget) => string): Taken {
  if (all.before.length === 0 || all.after.length === 0) return { pairs: [], rest: all };
  const waiting = new Map<string, Map<string, GroupTarget[]>>();
  const waitingLike = remember((group: Group) => {
    const key = ofGroup(group);
    const known = waiting.get(key) ?? new Map<string, GroupTarget[]>();
    waiting.set(key, known);
    return known;
  });
  for (const target of all.before) {
    const queues = waitingLike(target.group);
    const key = ofTarget(target);
    const queue = queues.get(key);
    if (queue === undefined) queues.set(key, [target]);
    else queue.push(target);
  }
  const pairs: Pair[] = [];
  const partners = new Set<GroupTarget>();
  const after = all.after.filter((target) => {
    const partner = waitingLike(target.group).get(ofTarget(target))?.shift();
    if (partner === undefined) return true;
    pairs.push([partner, target]);
    partners.add(partner);
    return false;
  });
  return { pairs, rest: { before: all.before.filter((target) => !partners.has(target)), after } };
}

/** Asks once for each group: its targets come one behind the other. */
function remember<T>(ask: (group: Group) => T): (group: Group) => T {
  const known = new Map<Group, T>();
  return (group) => {
    const found = known.get(group);
    if (found !== undefined) return found;
    const answer = ask(group);
    known.set(group, answer);
    return answer;
  };
}
