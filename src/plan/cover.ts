/**
 * Larger lists of what a plan holds: who accepted one of them has seen all that a part of it takes away. What else was merged
 * meanwhile may have made a limit hold that was exceeded, so that less is held back than was accepted, by another digest.
 */
import { digestOf } from "./digest.ts";
import type { Sha256 } from "./digest.ts";
import { isLoss, operationsByScope, operationsOf } from "./gate.ts";
import type { OperationsByScope } from "./gate.ts";
import { wasOf } from "./plan.ts";
import type { Operation, Plan, Trip } from "./plan.ts";

type Operations = readonly Operation[];

interface Lists {
  readonly byScope: OperationsByScope;
  /** Of the plan as a whole. */
  readonly whole: readonly Operations[];
}

export class Covers {
  readonly #plan: Plan;
  readonly #sha256: Sha256;
  readonly #digests = new Map<Operations, string>();
  #lists: Lists | undefined;

  constructor(plan: Plan, sha256: Sha256) {
    this.#plan = plan;
    this.#sha256 = sha256;
  }

  /**
   * The first of some digests that is of a list with all that a trip holds: what a shard, job or service loses, or has otherwise;
   * or what is lost, or otherwise, at all. All that is in such a list happens here, so that nothing passes that nobody saw.
   */
  find(trip: Trip, accepted: ReadonlySet<string>): string | undefined {
    if (accepted.size === 0) return undefined;
    const { byScope, whole } = (this.#lists ??= this.#makeLists());
    const held = operationsOf(trip, byScope);
    // A list that has all of them has the first.
    const was = held[0] && wasOf(held[0]);
    const around = (["shard", "job", "service"] as const).flatMap((kind) =>
      was === undefined ? [] : Object.values(byScope).map((lists) => lists.of(kind, was[kind])),
    );
    const larger = [...around, ...whole].filter((list) => includesAll(list, held));
    return larger.map((list) => this.#digestOf(list)).find((digest) => accepted.has(digest));
  }

  #makeLists(): Lists {
    const { operations, shards } = this.#plan;
    const all = operations.filter(({ op }) => op !== "add");
    const lost = all.filter((operation) => isLoss(operation, shards));
    const renewed = all.filter(({ op }) => op === "change" || op === "relabel");
    return { byScope: operationsByScope(operations, shards), whole: [lost, renewed, all] };
  }

  #digestOf(list: Operations): string {
    let digest = this.#digests.get(list);
    if (digest === undefined) this.#digests.set(list, (digest = digestOf(list, this.#sha256)));
    return digest;
  }
}

function includesAll(list: Operations, held: Operations): boolean {
  if (list.length < held.length) return false;
  const known = new Set(list);
  return held.every((operation) => known.has(operation));
}
