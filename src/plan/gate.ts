/**
 * The safety gate: limits for what a plan may take away or begin anew. They hold for each shard and each job; a service is
 * held where nothing of it is left.
 */
import type { Gate } from "../model/inventory.ts";
import { digestsOf } from "./digest.ts";
import type { Sha256 } from "./digest.ts";
import { wasOf } from "./plan.ts";
import type { Counts, Operation, Plan, ShardFate, Trip } from "./plan.ts";

type ScopeKind = Trip["scope"]["kind"];
type Limit = Trip["limit"];

/** A trip, and the operations that it holds back. */
interface Held {
  readonly trip: Omit<Trip, "digest">;
  readonly operations: readonly Operation[];
}

/** Of two gates the stricter limits: what loosens a limit must not use it at once. */
export function stricter(a: Gate, b: Gate | undefined): Gate {
  if (b === undefined) return a;
  return {
    removed_percent: Math.min(a.removed_percent, b.removed_percent),
    removed_count: Math.min(a.removed_count, b.removed_count),
    removed_min: Math.min(a.removed_min, b.removed_min),
    relabelled_percent: Math.min(a.relabelled_percent, b.relabelled_percent),
  };
}

/** What a plan holds back, by shard, job and service; and the digest that releases all of it. */
export function findTrips(
  compared: Pick<Plan, "shards" | "jobs" | "services" | "operations">,
  gate: Gate,
  sha256: Sha256,
): Pick<Plan, "trips" | "digest"> {
  const { lost, left, renewed } = operationsByScope(compared.operations, compared.shards);
  const held: Held[] = [];
  for (const [kind, all] of [
    ["shard", compared.shards],
    ["job", compared.jobs],
    ["service", compared.services],
  ] as const) {
    for (const [name, counts] of all) {
      const hold = (rule: Trip["rule"], limit: Limit | undefined, operations: readonly Operation[]): void => {
        if (limit === undefined) return;
        const allowed = limit === "zero" ? 0 : gate[limit];
        const { before } = counts;
        const moved = operations.filter(({ op }) => op === "move").length;
        const concerned = { count: operations.length, before, ...(moved === 0 ? {} : { moved }) };
        held.push({ trip: { rule, scope: { kind, name }, limit, ...concerned, allowed }, operations });
      };
      const isHeldAtZero = goesToZero(counts) && (kind === "shard" || counts.before >= gate.removed_min);
      const losses = lost.of(kind, name);
      if (isHeldAtZero) hold("plan/mass-removal", "zero", left.of(kind, name));
      else hold("plan/mass-removal", removalLimit(losses.length, counts.before, gate), losses);
      const renewals = renewed.of(kind, name);
      hold("plan/mass-relabel", relabelLimit(renewals.length, counts.before, gate), renewals);
    }
  }
  if (held.length === 0) return { trips: [], digest: undefined };
  const digests = digestsOf(
    held.map(({ operations }) => operations),
    sha256,
  );
  return {
    trips: held.map(({ trip }, index) => ({ ...trip, digest: digests.ofLists[index] ?? "" })),
    digest: digests.ofAll,
  };
}

/** True for a job or service that goes to zero with too few targets for the gate to hold it: that is a warning. */
export function goesQuietly(counts: Counts, gate: Gate): boolean {
  return goesToZero(counts) && counts.before < gate.removed_min;
}

/** True for a shard to which targets may move without being lost: it was there before, and somebody pulls it. */
export function takesOver({ isNew, hasServers }: ShardFate): boolean {
  return !isNew && hasServers;
}

function goesToZero({ before, after }: Counts): boolean {
  return before > 0 && after === 0;
}

function removalLimit(lost: number, before: number, gate: Gate): Limit | undefined {
  if (lost >= gate.removed_min && lost * 100 > gate.removed_percent * before) return "removed_percent";
  return lost > gate.removed_count ? "removed_count" : undefined;
}

/** Where a handful of targets is all there is, every one of them is many percent: `removed_min` counts here as well. */
function relabelLimit(renewed: number, before: number, gate: Gate): Limit | undefined {
  return renewed >= gate.removed_min && renewed * 100 > gate.relabelled_percent * before
    ? "relabelled_percent"
    : undefined;
}

export interface OperationsByScope {
  /** Removals, and moves that count as such. */
  readonly lost: ByScope;
  /** Whatever is not there any more, moves and hand-overs included. */
  readonly left: ByScope;
  /** What begins new series where it is. */
  readonly renewed: ByScope;
}

export function operationsByScope(operations: readonly Operation[], shards: Plan["shards"]): OperationsByScope {
  const [lost, left, renewed] = [new ByScope(), new ByScope(), new ByScope()];
  for (const operation of operations) {
    const { op, target } = operation;
    const was = wasOf(operation);
    if (was === undefined) continue;
    for (const kind of ["shard", "job", "service"] as const)
      if (op === "remove" || was[kind] !== target[kind]) left.add(kind, was[kind], operation);
    const group = op === "change" || op === "relabel" ? renewed : isLoss(operation, shards) ? lost : undefined;
    group?.add("shard", was.shard, operation);
    group?.add("job", was.job, operation);
  }
  return { lost, left, renewed };
}

/** What a trip holds back, of a plan's operations. */
export function operationsOf(
  { rule, limit, scope: { kind, name } }: Trip,
  { lost, left, renewed }: OperationsByScope,
): readonly Operation[] {
  if (rule === "plan/mass-relabel") return renewed.of(kind, name);
  return (limit === "zero" ? left : lost).of(kind, name);
}

/** True for a removal, and for a move to a shard that does not take over. */
export function isLoss({ op, target }: Operation, shards: Plan["shards"]): boolean {
  const fate = shards.get(target.shard);
  return op === "remove" || (op === "move" && fate !== undefined && !takesOver(fate));
}

class ByScope {
  readonly #operations = new Map<string, Operation[]>();

  add(kind: ScopeKind, name: string, operation: Operation): void {
    const key = `${kind} ${name}`;
    const list = this.#operations.get(key);
    if (list === undefined) this.#operations.set(key, [operation]);
    else list.push(operation);
  }

  of(kind: ScopeKind, name: string): readonly Operation[] {
    return this.#operations.get(`${kind} ${name}`) ?? [];
  }
}
