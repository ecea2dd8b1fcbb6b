/** What an operator let pass: `--accept` names a generation that this host has held. */
import type { GuardFacts } from "./guard.ts";
import type { Run } from "./run.ts";
import type { AgentState } from "./state.ts";

/** How many held generations are remembered: the one that an operator has read of may not be the newest. */
const MOST = 20;

type Seen = { readonly generation: number; readonly left: number };

/** The generations held in a row, oldest first. One that could not be counted leaves nobody knows what. */
export function seenHeld({ state: { held } }: Run): readonly Seen[] {
  if (held?.reason !== "removed") return [];
  const left = leftBy(held);
  const last = left === undefined ? [] : [{ generation: held.generation, left }];
  return [...(held.earlier ?? []), ...last].slice(-MOST);
}

/** How many of the targets in place what is held leaves; undefined where they cannot be counted. */
export function leftBy({ left, removed, before }: NonNullable<AgentState["held"]>): number | undefined {
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
