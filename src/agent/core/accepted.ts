/** What an operator let pass: `--accept` names a generation that this host has held. */
import type { GuardFacts } from "./guard.ts";
import { listOf, onlyThose } from "./not-taken.ts";
import type { NotTaken } from "./not-taken.ts";
import type { Run } from "./run.ts";
import type { AgentState, HeldOffer } from "./state.ts";

/** How many held generations are remembered: the one that an operator has read of may not be the newest. */
const MOST = 20;

type Seen = { readonly generation: number; readonly left: number };

/** The generations held in a row, by any source, oldest first. One that could not be counted leaves nobody knows what. */
export function seenHeld({ state: { held } }: Run): readonly Seen[] {
  const seen = new Map<number, Seen>();
  for (const offer of listOf<HeldOffer>(held)) {
    if (offer.reason !== "removed") continue;
    for (const one of offer.earlier ?? []) seen.set(one.generation, one);
    const left = leftBy(offer);
    if (left !== undefined) seen.set(offer.generation, { generation: offer.generation, left });
  }
  return [...seen.values()].slice(-MOST);
}

/**
 * What waits still where another generation came into place. What it was compared with is gone: so the next run judges it
 * anew, for which the limit that it was judged by is forgotten.
 */
export function waitingStill(held: NotTaken<HeldOffer> | undefined, inPlace: number): NotTaken<HeldOffer> | undefined {
  return onlyThose<HeldOffer>(held, (one) => {
    const { percent: _, ...offer } = one;
    return offer.reason === "hold" || offer.generation > inPlace ? offer : undefined;
  });
}

/** How many of the targets in place what is held leaves; undefined where they cannot be counted. */
export function leftBy({ left, removed, before }: HeldOffer): number | undefined {
  // Earlier agents wrote down the numbers of all files.
  return left ?? (before === 0 ? undefined : before - removed);
}

/** What is accepted: by this run's `--accept`, else by that of an earlier run that could not follow it. */
export function accepted({ policy, state }: Run): GuardFacts["accepted"] {
  const before = state.accepted;
  const remembered = before === undefined ? undefined : { generation: before.generation, left: before.identitiesLeft };
  if (policy.accept === undefined || policy.accept === before?.generation) return remembered;
  return { generation: policy.accept };
}

/** Remembers `--accept` of a generation that was held, so that a later run can follow it as well. */
export function remembering(run: Run): AgentState {
  const seen = seenHeld(run).find(({ generation }) => generation === run.policy.accept);
  if (seen === undefined) return run.state;
  return { ...run.state, accepted: { generation: seen.generation, identitiesLeft: seen.left } };
}
