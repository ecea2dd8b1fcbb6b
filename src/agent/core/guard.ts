/** The guard: a swap that would take too much away waits for somebody to say that it is meant. */
import type { Loss } from "../check/census.ts";
import type { FileName } from "../config.ts";

/** Fewer removed targets than this never trip the percentage: in a small file every target is many percent. */
const MIN_REMOVED = 10;

/** Of the targets of a file; what a host has where nobody says otherwise, and what `publish` expects of all of them. */
export const MAX_REMOVED_PERCENT = 50;

/** What a swap takes away from a file; `uncountable` where nobody knows. */
export interface NamedLoss {
  readonly name: FileName;
  readonly loss: Loss | "uncountable";
}

/** What the guard looks at. */
export interface GuardFacts {
  /** Of each file that changes. */
  readonly losses: readonly NamedLoss[];
  /** Targets of the files that do not change. */
  readonly unchanged: number;
  readonly maxRemovedPercent: number;
  readonly generation: number;
  /** The one in place; undefined where what is in place is not ours. */
  readonly inPlace: number | undefined;
  /** The header's `accepts`: CI let removals pass up to this generation. */
  readonly accepts: number | undefined;
  /** `--accept`, and how many of the targets in place that generation left, where it was seen. */
  readonly accepted: { readonly generation: number; readonly left?: number } | undefined;
}

/** What the files that lose too much would lose. Nothing is before where that cannot be counted. */
export interface Held {
  readonly files: readonly FileName[];
  readonly removed: number;
  readonly before: number;
}

/** What the guard says. `by`: who released what it would have held. `left`: how many targets of all files stay. */
export type Judgement =
  | { readonly kind: "pass"; readonly by?: "ci" | "operator" }
  | ({ readonly kind: "held"; readonly left?: number } & Held);

/** Whether one file loses too much: all of it, or more than these percent and at least ten targets. */
export function trips({ before, after, removed }: Loss, maxRemovedPercent: number): boolean {
  if (before > 0 && after === 0) return true;
  return removed >= MIN_REMOVED && removed * 100 > maxRemovedPercent * before;
}

/** What the files that lose too much would lose together; undefined where none does. */
export function tooMuch(losses: readonly NamedLoss[], maxRemovedPercent: number): Held | undefined {
  const isUncountable = losses.some(({ loss }) => loss === "uncountable");
  const found = losses.filter(
    ({ loss }) => loss === "uncountable" || (!isUncountable && trips(loss, maxRemovedPercent)),
  );
  if (found.length === 0) return undefined;
  const files = found.map(({ name }) => name);
  const countable = found.flatMap(({ loss }) => (loss === "uncountable" ? [] : [loss]));
  return {
    files,
    removed: countable.reduce((sum, { removed }) => sum + removed, 0),
    before: countable.reduce((sum, { before }) => sum + before, 0),
  };
}

/** Judges a swap. */
export function judge({ losses, maxRemovedPercent, ...facts }: GuardFacts): Judgement {
  const held = tooMuch(losses, maxRemovedPercent);
  if (held === undefined) return { kind: "pass" };
  const { accepts, inPlace, generation, accepted, unchanged } = facts;
  // What CI accepted is not asked again on each host, but only hosts that come from before it are meant.
  if (accepts !== undefined && accepts <= generation && inPlace !== undefined && inPlace < accepts) {
    return { kind: "pass", by: "ci" };
  }
  const left = leftOf(losses, unchanged);
  if (isCovered(left, generation, accepted)) return { kind: "pass", by: "operator" };
  return { kind: "held", ...held, ...(left === undefined ? {} : { left }) };
}

/** How many targets of those in place stay; undefined where that cannot be counted. */
function leftOf(losses: readonly NamedLoss[], unchanged: number): number | undefined {
  return losses.reduce<number | undefined>(
    (sum, { loss }) => (sum === undefined || loss === "uncountable" ? undefined : sum + loss.before - loss.removed),
    unchanged,
  );
}

/** An acceptance holds for its own generation, and for later ones that leave at least as much of what is in place. */
export function isCovered(left: number | undefined, generation: number, accepted: GuardFacts["accepted"]): boolean {
  if (accepted === undefined) return false;
  if (generation === accepted.generation) return true;
  if (generation < accepted.generation || accepted.left === undefined || left === undefined) return false;
  return left >= accepted.left;
}
