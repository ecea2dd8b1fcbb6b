/** The guard: a swap that would take too much away waits for somebody to say that it is meant. */
import type { Loss } from "../check/census.ts";

/** Fewer removed targets than this never trip the percentage: in a small file every target is many percent. */
const MIN_REMOVED = 10;

/** Of the targets of a file; what a host has where nobody says otherwise, and what `publish` expects of all of them. */
export const MAX_REMOVED_PERCENT = 50;

/** What the guard looks at. */
export interface GuardFacts {
  /** Of each file that changes; `uncountable` where nobody knows what would be lost. */
  readonly losses: readonly (Loss | "uncountable")[];
  readonly maxRemovedPercent: number;
  readonly generation: number;
  /** The one in place; undefined where what is in place is not ours. */
  readonly inPlace: number | undefined;
  /** The header's `accepts`: CI let removals pass up to this generation. */
  readonly accepts: number | undefined;
  /** `--accept`, and how many of the targets in place that generation left, where it was seen. */
  readonly accepted: { readonly generation: number; readonly left?: number } | undefined;
}

/** What the guard says. `by`: who released what it would have held. Nothing is before where that cannot be counted. */
type Judgement =
  | { readonly kind: "pass"; readonly by?: "ci" | "operator" }
  | { readonly kind: "held"; readonly removed: number; readonly before: number };

/** Whether one file loses too much: all of it, or more than these percent and at least ten targets. */
export function trips({ before, after, removed }: Loss, maxRemovedPercent: number): boolean {
  if (before > 0 && after === 0) return true;
  return removed >= MIN_REMOVED && removed * 100 > maxRemovedPercent * before;
}

/** How many targets of those in place stay. */
export function left({ removed, before }: { readonly removed: number; readonly before: number }): number {
  return before - removed;
}

/** Judges a swap. */
export function judge(facts: GuardFacts): Judgement {
  const countable = facts.losses.filter((loss) => loss !== "uncountable");
  const isCountable = countable.length === facts.losses.length;
  if (isCountable && !countable.some((loss) => trips(loss, facts.maxRemovedPercent))) return { kind: "pass" };
  const { accepts, inPlace, generation, accepted } = facts;
  // What CI accepted is not asked again on each host, but only hosts that come from before it are meant.
  if (accepts !== undefined && accepts <= generation && inPlace !== undefined && inPlace < accepts) {
    return { kind: "pass", by: "ci" };
  }
  const held = isCountable ? total(countable) : { removed: 0, before: 0 };
  return isCovered(held, generation, accepted) ? { kind: "pass", by: "operator" } : { kind: "held", ...held };
}

function total(losses: readonly Loss[]): { removed: number; before: number } {
  return {
    removed: losses.reduce((sum, { removed }) => sum + removed, 0),
    before: losses.reduce((sum, { before }) => sum + before, 0),
  };
}

/** An acceptance holds for its own generation, and for later ones that leave at least as much of what is in place. */
export function isCovered(
  held: { readonly removed: number; readonly before: number },
  generation: number,
  accepted: GuardFacts["accepted"],
): boolean {
  if (accepted === undefined) return false;
  if (generation === accepted.generation) return true;
  if (generation < accepted.generation || accepted.left === undefined || held.before === 0) return false;
  return left(held) >= accepted.left;
}
