/**
 * The swap. After each of these steps the host may lose power: the floor is raised before anything is replaced, each
 * file is replaced by one rename, and the pointer follows the files, so that the next run finds what is missing.
 */
import type { FileName } from "../config.ts";
import { waitingStill } from "./accepted.ts";
import { appliedOf, floorOf } from "./applied.ts";
import type { Event, Note } from "./event.ts";
import { outlive } from "./quarantine.ts";
import type { Move, Phase, Run, Step, Work } from "./run.ts";
import { isFloorHere, isOurs, wantsProof, withSwapped, withValidator } from "./in-place.ts";
import { go, save, taking, turn } from "./run.ts";
import type { AgentState } from "./state.ts";

type SwapPhase = Phase & { at: "floor" | "last-known-good" | "base" | "swap" | "pointer" | "applied" };

/**
 * What is in place becomes last-known-good where it is all right: a damaged or half-swapped set must not take its place.
 * Files of others do so, too, but once. Before the floor: where that is raised already, this is done.
 */
export function beginSwap(run: Run, work: Work): Step {
  const { policy, place, kept, beside, state } = run;
  const isLeft = isFloorOf(run, work) && state.applied?.generation !== work.offer.pointer.generation;
  const isKept = (name: FileName, by = kept): boolean =>
    by !== undefined && place[name]?.sha256 === by.pointer.digests[name];
  const isOfOthers = work.missing.some((name) => !isOurs(run, name));
  const isGood = policy.names.every(
    (name) => isKept(name) || (isOfOthers && (place[name] === undefined || !isOurs(run, name))),
  );
  if (isLeft || !isGood) return raiseFloor(run, work);
  const fits = policy.names.every((name) => isKept(name, beside.kept));
  return go(run, { at: "last-known-good", work }, { kind: "keep-last-known-good", isOfOthers: isOfOthers && !fits });
}

/** The floor is raised already, at these paths. */
function isFloorOf(run: Run, { offer }: Work): boolean {
  return run.state.floor?.generation === offer.pointer.generation && isFloorHere(run);
}

/** From here on nothing older is taken, even if this run ends right now. */
function raiseFloor(run: Run, work: Work): Step {
  const { pointer } = work.offer;
  const state = { ...run.state, floor: floorOf(pointer, run.state.floor, run.policy.places) };
  if (state.floor === run.state.floor || isFloorOf(run, work)) return base(run, work);
  return save({ ...run, mayWrite: true }, state, { at: "floor", work });
}

export function whenSwapping(run: Run, phase: SwapPhase, event: Event): Move | undefined {
  const { at, work } = phase;
  switch (at) {
    case "floor":
      return event.kind === "saved" ? base(run, work) : undefined;
    case "last-known-good":
      return event.kind === "last-known-good-kept" ? raiseFloor(run, work) : undefined;
    case "base":
      return event.kind === "based" ? swap({ ...run, baselines: event.baselines }, work) : undefined;
    case "swap":
      return event.kind === "swapped" ? swapped(run, work, event.mtime) : undefined;
    case "pointer":
      return event.kind === "pointer-kept" ? apply({ ...run, kept: work.offer }, work) : undefined;
    case "applied":
      return event.kind === "saved" ? turn(run, { to: "care" }) : undefined;
  }
}

function base(run: Run, work: Work): Step {
  return wantsProof(run.policy) ? go(run, { at: "base", work }, { kind: "base" }) : swap(run, work);
}

function swap(run: Run, work: Work): Step {
  const staged = work.staged[0];
  if (staged !== undefined) return go(run, { at: "swap", work }, { kind: "swap", staged });
  return go(run, { at: "pointer", work }, { kind: "keep-pointer", bytes: work.offer.bytes });
}

function swapped(run: Run, work: Work, mtime: number): Step {
  const [done, ...rest] = work.staged;
  if (done === undefined) throw new Error("a swap of nothing");
  return swap(withSwapped(run, done, mtime), { ...work, staged: rest });
}

function apply(run: Run, work: Work): Move {
  const { pointer } = work.offer;
  const { held: before, inconsistent: _, fallenFrom: __, fallenDistinct: ___, ...state } = run.state;
  const held = waitingStill(before, pointer.generation);
  const applied = { ...appliedOf(pointer, run.now), ...countsOf(run, work) };
  const next: AgentState = outlive(
    {
      ...withoutAccepted(state, pointer.generation),
      ...(held === undefined ? {} : { held }),
      applied,
      validators: {},
      counters: { ...state.counters, swaps: state.counters.swaps + 1 },
    },
    pointer.generation,
  );
  const targets = Object.values(applied.targets).reduce((sum, count) => sum + count, 0);
  const summary = `generation ${pointer.generation} is in place (${targets} targets)`;
  const swapped: Run = { ...taking(withValidator(run, work.offer), work.offer), summary };
  const note: Note = {
    level: "info",
    event: "swapped",
    message: summary,
    fields: { generation: pointer.generation, commit: pointer.commit, targets },
  };
  // Where nobody is waited for, the run is over, and its last state says the same.
  if (!wantsProof(run.policy)) return turn({ ...swapped, state: next }, { to: "care" }, note);
  return save(swapped, next, { at: "applied", work }, note);
}

/** What it was for is in place. */
function withoutAccepted(state: AgentState, generation: number): AgentState {
  if (state.accepted === undefined || state.accepted.generation > generation) return state;
  const { accepted: _, ...rest } = state;
  return rest;
}

/** What is known of the files: those that were not swapped are as they were, if anybody has counted them. */
function countsOf(
  { policy, place, state }: Run,
  { census }: Work,
): Pick<NonNullable<AgentState["applied"]>, "mtimes" | "targets" | "distinct"> {
  const before = state.applied;
  const counted = policy.names.flatMap((name) => {
    const mtime = place[name]?.mtime;
    const isSame = before !== undefined && before.mtimes[name] === mtime;
    const targets = census[name]?.targets ?? (isSame ? before.targets[name] : undefined);
    const distinct = census[name]?.distinct ?? (isSame ? before.distinct[name] : undefined);
    return mtime === undefined || targets === undefined || distinct === undefined
      ? []
      : [{ name, mtime, targets, distinct }];
  });
  return {
    mtimes: Object.fromEntries(counted.map(({ name, mtime }) => [name, mtime])),
    targets: Object.fromEntries(counted.map(({ name, targets }) => [name, targets])),
    distinct: Object.fromEntries(counted.map(({ name, distinct }) => [name, distinct])),
  };
}
