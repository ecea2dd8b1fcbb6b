/**
 * topology/duplicate-target: one project makes the same target twice, because it lists a host twice or has two exporters
 * (or probes) alike. Prometheus takes targets with equal labels for one, but scrapes twice what differs in its spelling or
 * in a label, and every sum over it counts twice.
 */
import type { Where } from "../diagnostic.ts";
import { groupBy } from "../model/group-by.ts";
import { shardsOf } from "../model/inventory.ts";
import type { Inventory } from "../model/inventory.ts";
import type { SameTarget, TargetRef } from "./identities.ts";
import type { CheckContext, Rule } from "./rule.ts";
import { andMore, describeTarget, redaction, quoteShards, runPlace, sameness, targetPlace } from "./same-target.ts";

/** Two or more places which, together, make targets twice. */
interface Cause {
  readonly targets: readonly TargetRef[];
  readonly placeOf: (target: TargetRef) => Where;
  readonly shards: Set<string>;
  /** Identities that are made twice by it. */
  readonly same: Set<SameTarget>;
}

export const duplicateTarget: Rule = {
  id: "topology/duplicate-target",
  check(context) {
    const { inventory, identities } = context;
    const causes = new Causes(inventory);
    for (const same of identities.same) {
      for (const targets of groupBy(same, ({ run }) => run.project).values()) {
        if (targets.length < 2) continue;
        const byRun = [...groupBy(targets, ({ run }) => run).values()];
        for (const repeated of byRun) if (repeated.length > 1) causes.addTexts(same, repeated);
        if (byRun.length > 1)
          causes.addRuns(
            same,
            byRun.flatMap((repeated) => repeated.slice(0, 1)),
          );
      }
    }
    for (const cause of causes.all) reportCause(cause, context);
  },
};

class Causes {
  readonly all: Cause[] = [];
  readonly #inventory: Inventory;
  /** By what has the places: a host list that several exporters and projects may use, a run, or a project. */
  readonly #known = new Map<object, Map<string, Cause>>();

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** The same text twice in one list. */
  addTexts(same: SameTarget, targets: readonly TargetRef[]): void {
    const { hosts } = targets[0]?.run ?? {};
    const key = targets.map(({ run, at }) => run.hosts?.items?.[at] ?? at).join(" ");
    this.#add(hosts ?? targets[0]?.run, key, same, targets, targetPlace);
  }

  /** Two exporters or probes alike. */
  addRuns(same: SameTarget, targets: readonly TargetRef[]): void {
    const key = targets.map(({ run, at }) => (run.hosts === undefined ? `${run.order}.${at}` : run.order)).join(" ");
    const placeOf = (target: TargetRef): Where =>
      target.run.hosts === undefined ? targetPlace(target) : runPlace(target.run);
    this.#add(targets[0]?.run.project, key, same, targets, placeOf);
  }

  #add(
    owner: object | undefined,
    key: string,
    same: SameTarget,
    targets: readonly TargetRef[],
    placeOf: Cause["placeOf"],
  ): void {
    const [first] = targets;
    if (first === undefined || owner === undefined) return;
    let known = this.#known.get(owner);
    if (known === undefined) this.#known.set(owner, (known = new Map()));
    let cause = known.get(key);
    if (cause === undefined) {
      known.set(key, (cause = { targets, placeOf, shards: new Set(), same: new Set() }));
      this.all.push(cause);
    }
    cause.same.add(same);
    for (const shard of shardsOf(this.#inventory, first.run.project)) cause.shards.add(shard.name);
  }
}

function reportCause({ targets, placeOf, shards, same }: Cause, context: CheckContext): void {
  const [first, ...others] = targets;
  if (first === undefined) return;
  const where = placeOf(first);
  // A range such as `web[1,1]` gives a host twice in one place.
  const elsewhere = others.filter((target) => JSON.stringify(placeOf(target)) !== JSON.stringify(where));
  const times = targets.length === 2 ? "twice" : `${targets.length} times`;
  const inside = shards.size === 0 ? `project "${first.run.project.name}"` : quoteShards([...shards]);
  context.report({
    where,
    message: `${describeTarget(first)}${andMore(same.size - 1)} ${same.size === 1 ? "is" : "are"} listed ${times} in ${inside}`,
    related: elsewhere.map((target) => ({ where: placeOf(target), note: `also here${sameness(first, target)}` })),
    help:
      elsewhere.length === 0
        ? "let the range give each host once"
        : placeOf === targetPlace && targets.some(isOfRange)
          ? "leave it in one of them; from a range, take out only what the other has as well"
          : targets.length === 2
            ? "remove one of them"
            : "leave one of them",
    ...redaction(targets),
  });
}

/** Its item in the list gives other hosts as well. */
function isOfRange({ run: { hosts }, at }: TargetRef): boolean {
  const { items } = hosts ?? {};
  return items !== undefined && (items[at - 1] === items[at] || items[at + 1] === items[at]);
}
