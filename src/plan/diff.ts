/** Two sides → what changes from one to the other. */
import type { Gate } from "../model/inventory.ts";
import { compareBytes, sortTexts } from "../render/byte-order.ts";
import { Counter } from "./counts.ts";
import { findDifferences } from "./differences.ts";
import { digestOfAll } from "./digest.ts";
import type { Sha256 } from "./digest.ts";
import { findTrips, goesQuietly, stricter, takesOver } from "./gate.ts";
import { toPlanTarget } from "./group.ts";
import type { GroupTarget } from "./group.ts";
import { artifactsChange, configChange, repositoryChange } from "./other-files.ts";
import { pairTheRest, pairWithinShard } from "./pair.ts";
import type { Pair } from "./pair.ts";
import { wasOf } from "./plan.ts";
import type { Counts, Operation, Places, Plan, ServerChanges, ShardCounts, ShardFate } from "./plan.ts";
import { findRefusedProjects } from "./refused-projects.ts";
import type { Side } from "./side.ts";

/**
 * Compares two sides, and holds the result against the limits.
 *
 * @param before what is scraped now
 * @param limits of the side that is to come; those of the side before hold as well, where it has some
 */
export function makePlan(before: Side, after: Side, limits: Gate, sha256: Sha256): Plan {
  const gate = stricter(limits, before.gate);
  const counter = new Counter();
  if (after.unchanged !== undefined) counter.addUnchanged(after.unchanged);
  const operations = findOperations(before, after, counter).sort(compareOperations);
  for (const operation of operations) counter.addOperation(operation);

  const shards = new Map<string, ShardCounts>();
  for (const [name, counts] of counter.of("shard"))
    shards.set(name, {
      ...counts,
      ...fateOf(name, before, after),
      ...serverChanges(name, before, after),
      ...configChange(name, before, after),
    });
  const jobs = counter.of("job");
  const services = counter.of("service");
  const { trips, digest } = findTrips({ shards, jobs, services, operations }, gate, sha256);
  const repository = repositoryChange(before, after, sha256);
  const artifacts = artifactsChange(before, after, sha256);
  return {
    base: { ...stampOf(before), isComplete: before.isComplete },
    head: stampOf(after),
    totals: counter.totals,
    shards,
    projects: counter.of("project"),
    jobs,
    services,
    ...(repository === undefined ? {} : { repository }),
    ...(artifacts === undefined ? {} : { artifacts }),
    operations,
    places: placesIn(before, after),
    trips,
    jobsRemoved: namesOfQuiet(jobs, gate),
    servicesRemoved: namesOfQuiet(services, gate),
    refusedProjects: findRefusedProjects(before, after, operations),
    digest: digestOfAll([digest, repository?.digest, artifacts?.digest], sha256),
  };
}

function stampOf({ kind, commit, generation }: Side): Plan["head"] {
  return {
    kind,
    ...(commit === undefined ? {} : { commit }),
    ...(generation === undefined ? {} : { generation }),
  };
}

function fateOf(shard: string, before: Side, after: Side): ShardFate {
  const servers = after.shards.get(shard)?.servers ?? [];
  return { isNew: !before.shards.has(shard), isGone: !after.shards.has(shard), hasServers: servers.length > 0 };
}

function serverChanges(shard: string, before: Side, after: Side): ServerChanges {
  const [was = [], is = []] = [before, after].map(({ shards }) => shards.get(shard)?.servers);
  const serversAdded = is.filter((server) => !was.includes(server));
  const serversRemoved = was.filter((server) => !is.includes(server));
  return {
    ...(serversAdded.length === 0 ? {} : { serversAdded: sortTexts(serversAdded) }),
    ...(serversRemoved.length === 0 ? {} : { serversRemoved: sortTexts(serversRemoved) }),
  };
}

/** Where a target goes to several shards, it is taken to have moved to one in which it is scraped. */
function shardOrder(before: Side, after: Side): string[] {
  const names = sortTexts([...new Set([...before.shards.keys(), ...after.shards.keys()])]);
  const isFirst = (name: string): boolean => takesOver(fateOf(name, before, after));
  return [...names.filter(isFirst), ...names.filter((name) => !isFirst(name))];
}

/** In no order. Counts what is there before and after, and what is adjusted. */
function findOperations(before: Side, after: Side, counter: Counter): Operation[] {
  const operations: Operation[] = [];
  const addPairs = (op: "move" | "change" | "relabel", pairs: readonly Pair[]): void => {
    for (const [was, is] of pairs) operations.push({ op, target: toPlanTarget(is), was: toPlanTarget(was) });
  };
  const rest: { before: GroupTarget[]; after: GroupTarget[] } = { before: [], after: [] };
  for (const shard of shardOrder(before, after)) {
    counter.addShard(shard);
    const differences = findDifferences(shard, before.shards.get(shard), after.shards.get(shard), counter);
    const pairs = pairWithinShard(differences);
    for (const [was, is] of pairs.same)
      if (was.group.json !== is.group.json || was.address !== is.address) counter.addAdjusted(is.group);
    addPairs("relabel", pairs.relabelled);
    for (const side of ["before", "after"] as const) for (const target of pairs.rest[side]) rest[side].push(target);
  }
  const pairs = pairTheRest(rest);
  addPairs("move", pairs.moved);
  addPairs("change", pairs.changed);
  addPairs("relabel", pairs.relabelled);
  for (const target of pairs.rest.before) operations.push({ op: "remove", target: toPlanTarget(target) });
  for (const target of pairs.rest.after) operations.push({ op: "add", target: toPlanTarget(target) });
  return operations;
}

function placesIn(before: Side, after: Side): Places {
  return {
    before: (operation) => {
      const was = wasOf(operation);
      return was && before.locate?.(was);
    },
    after: ({ op, target }) => (op === "remove" ? undefined : after.locate?.(target)),
  };
}

/** By shard, project, job, address and op, in the order of their UTF-8 bytes; the rest only makes the order total. */
function compareOperations(a: Operation, b: Operation): number {
  return (
    compareBytes(a.target.shard, b.target.shard) ||
    compareBytes(a.target.project, b.target.project) ||
    compareBytes(a.target.job, b.target.job) ||
    compareBytes(a.target.address, b.target.address) ||
    compareBytes(a.op, b.op) ||
    compareBytes(JSON.stringify(a), JSON.stringify(b))
  );
}

function namesOfQuiet(counts: ReadonlyMap<string, Counts>, gate: Gate): string[] {
  return [...counts].filter(([, own]) => goesQuietly(own, gate)).map(([name]) => name);
}
