/** Counts targets while two sides are compared, for all shards, projects, jobs and services at once. */
import { sortTexts } from "../render/byte-order.ts";
import type { Owner } from "./group.ts";
import type { Counts, Operation } from "./plan.ts";
import type { PlanTarget, UnchangedTargets } from "./side.ts";

type Tally = { -readonly [Name in keyof Counts]: Counts[Name] };

/** What is counted each by itself. */
type Scope = "shard" | "project" | "job" | "service";

const SCOPES: readonly Scope[] = ["shard", "project", "job", "service"];

export class Counter {
  readonly totals: Counts;
  readonly #totals: Tally = emptyTally();
  readonly #scopes: Readonly<Record<Scope, Map<string, Tally>>> = {
    shard: new Map(),
    project: new Map(),
    job: new Map(),
    service: new Map(),
  };

  constructor() {
    this.totals = this.#totals;
  }

  /** @param name of a shard: it has its counts though nothing is in it */
  addShard(name: string): void {
    this.#tally("shard", name);
  }

  /** Targets that are there before, or after. */
  addTargets(side: "before" | "after", owner: Owner, count: number): void {
    this.#totals[side] += count;
    for (const scope of SCOPES) this.#tally(scope, owner[scope])[side] += count;
  }

  /** Targets that are there before and after. */
  addLasting(owner: Owner, count: number): void {
    addBoth(this.#totals, count);
    for (const scope of SCOPES) addBoth(this.#tally(scope, owner[scope]), count);
  }

  /** Targets that are there before and after, of projects of which there is nothing else. */
  addUnchanged(targets: UnchangedTargets): void {
    for (const scope of ["shard", "job", "service"] as const)
      for (const [name, count] of targets[scope]) addBoth(this.#tally(scope, name), count);
    for (const count of targets.shard.values()) addBoth(this.#totals, count);
  }

  /** A target of which only labels with `__` differ. */
  addAdjusted(owner: Owner): void {
    this.#totals.adjusted++;
    for (const scope of SCOPES) this.#tally(scope, owner[scope]).adjusted++;
  }

  addOperation(operation: Operation): void {
    const { op, target } = operation;
    switch (op) {
      case "add":
        return this.#everywhere(target, "added");
      case "remove":
        return this.#everywhere(target, "removed");
      case "change":
      case "relabel":
        this.#everywhere(target, op === "change" ? "changed" : "relabelled");
        for (const scope of SCOPES)
          if (operation.was[scope] !== target[scope]) this.#move(scope, operation.was, target);
        return;
      case "move":
        this.#totals.movedIn++;
        this.#totals.movedOut++;
        for (const scope of SCOPES) this.#move(scope, operation.was, target);
    }
  }

  /** The counts of a scope, sorted by name. */
  of(scope: Scope): Map<string, Counts> {
    const tallies = this.#scopes[scope];
    return new Map(sortTexts([...tallies.keys()]).map((name) => [name, this.#tally(scope, name)]));
  }

  #everywhere(target: PlanTarget, count: "added" | "removed" | "changed" | "relabelled"): void {
    this.#totals[count]++;
    for (const scope of SCOPES) this.#tally(scope, target[scope])[count]++;
  }

  #move(scope: Scope, was: PlanTarget, target: PlanTarget): void {
    this.#tally(scope, was[scope]).movedOut++;
    this.#tally(scope, target[scope]).movedIn++;
  }

  #tally(scope: Scope, name: string): Tally {
    const tallies = this.#scopes[scope];
    let tally = tallies.get(name);
    if (tally === undefined) tallies.set(name, (tally = emptyTally()));
    return tally;
  }
}

function addBoth(tally: Tally, count: number): void {
  tally.before += count;
  tally.after += count;
}

function emptyTally(): Tally {
  return {
    before: 0,
    after: 0,
    added: 0,
    removed: 0,
    movedIn: 0,
    movedOut: 0,
    changed: 0,
    relabelled: 0,
    adjusted: 0,
  };
}
