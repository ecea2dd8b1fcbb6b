/**
 * The run of an agent as a pure function: what happened goes in, what to do next comes out. Nothing here touches disk,
 * network or clock, so every order of events can be tried in a test.
 */
import type { Event } from "./event.ts";
import type { Move, Run, Step, Turned } from "./run.ts";
import { ending, noting, turn } from "./run.ts";
import { whenLoaded, whenPrepared, whenTrusted } from "./step-begin.ts";
import { care, whenRecounted, whenTouched } from "./step-care.ts";
import { conclude, whenSavedLast } from "./step-end.ts";
import { gather, whenChecked, whenCompared, whenFetched } from "./step-gather.ts";
import { whenMended, whenMendStaged, whenMendSwapped, whenWeighed } from "./step-mend.ts";
import { proveInPlace, whenBasedAgain, whenProved, whenReverting, whenSaved } from "./step-prove.ts";
import { restore, whenRestoring, whenResuming, whenRollingBack } from "./step-restore.ts";
import { ask, whenAdopting, whenAsked, whenRequarantined } from "./step-source.ts";
import { beginSwap, whenSwapping } from "./step-swap.ts";

/** Takes a run one event further. */
export function step(before: Run, event: Event): Step {
  const run: Run = { ...before, now: event.now, elapsed: event.elapsed };
  let move: Move = moveOf(run, event) ?? broken(run, event);
  while ("turn" in move) move = noting(follow(move), ...move.notes);
  return move;
}

/** Where a turn leads. */
function follow({ run, turn }: Turned): Move {
  switch (turn.to) {
    case "ask":
      return ask(run, turn.source, turn.fresh);
    case "gather":
      return gather(run, turn.work);
    case "swap":
      return beginSwap(run, turn.work);
    case "restore":
      return restore(run, turn.lastKnownGood, turn.why, turn.prometheus);
    case "care":
      return care(run);
    case "prove":
      return proveInPlace(run);
    case "end":
      return conclude(run);
  }
}

/** What the phase makes of the event; undefined where it cannot carry on from that. */
function moveOf(run: Run, event: Event): Move | undefined {
  const { phase } = run;
  switch (phase.at) {
    case "prepare":
      return whenPrepared(run, event);
    case "load":
      return whenLoaded(run, event);
    case "trust":
      return whenTrusted(run, phase, event);
    case "resume":
      return whenResuming(run, event);
    case "ask":
      return whenAsked(run, phase, event);
    case "requarantine":
      return whenRequarantined(run, phase, event);
    case "adopt":
      return whenAdopting(run, phase, event);
    case "fetch":
      return whenFetched(run, phase, event);
    case "check":
      return whenChecked(run, phase, event);
    case "compare":
      return whenCompared(run, phase, event);
    case "floor":
    case "last-known-good":
    case "base":
    case "swap":
    case "pointer":
    case "applied":
      return whenSwapping(run, phase, event);
    case "rollback":
      return whenRollingBack(run, event);
    case "restore":
      return whenRestoring(run, phase, event);
    case "mend":
      return whenMended(run, phase, event);
    case "weigh":
      return whenWeighed(run, phase, event);
    case "mend-stage":
      return whenMendStaged(run, phase, event);
    case "mend-swap":
      return whenMendSwapped(run, phase, event);
    case "touch":
      return whenTouched(run, phase, event);
    case "recount":
      return whenRecounted(run, phase, event);
    case "save":
      return whenSaved(run, event);
    case "base-again":
      return whenBasedAgain(run, event);
    case "prove":
      return whenProved(run, event);
    case "revert":
      return whenReverting(run, phase, event);
    case "save-last":
      return whenSavedLast(run, phase, event);
    case "end":
      return undefined;
  }
}

/** What no phase carries on from: a failure of the disk, say. */
function broken(run: Run, event: Event): Move {
  const trouble =
    event.kind === "failed"
      ? event.trouble
      : ({ reason: "bug", message: `"${event.kind}" came while the run was at "${run.phase.at}"` } as const);
  return turn(ending(run, trouble), { to: "end" });
}
