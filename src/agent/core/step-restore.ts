/** Last-known-good back in place, by the same renames as everything else. */
import { waitingStill } from "./accepted.ts";
import { appliedOf } from "./applied.ts";
import type { Event, LastKnownGood } from "./event.ts";
import { isSameContent } from "./floor.ts";
import { enter, isFloorQuarantined, quarantined } from "./quarantine.ts";
import type { Move, Phase, Restore, RestoreReason, Run } from "./run.ts";
import { differing, isComplete, isWayBack, wantsProof, withSwapped } from "./in-place.ts";
import { go, save, turn } from "./run.ts";
import { finishQuietly } from "./step-end.ts";
import type { AgentState } from "./state.ts";

type RestorePhase = Phase & { at: "restore" };

/**
 * Puts last-known-good back. What goes is written down first, so that a crash in between is noticed: in quarantine where it
 * was not good, else as a measure for what comes.
 *
 * @param prometheus version of the server that rejected
 */
export function restore(run: Run, lastKnownGood: LastKnownGood, why: RestoreReason, prometheus?: string): Move {
  const next: Run = {
    ...run,
    restored: why,
    mended: true,
    validator: undefined,
    state: withoutPromises(run, lastKnownGood, why),
  };
  const job: Restore = { why, lastKnownGood, missing: differing(run, lastKnownGood) };
  if (why === "resumed") return base({ ...next, state: withoutFall(next.state) }, job);
  const state = why === "fallback" ? withFall(next, lastKnownGood) : withQuarantine(next, why, prometheus);
  return save(next, state, { at: "restore", step: "memory", restore: job });
}

/** What was said of the generation that goes. What stands in for a damaged one is no answer to what waits. */
function withoutPromises({ state }: Run, { signed }: LastKnownGood, why: RestoreReason): AgentState {
  const { held: before, ...rest } = state;
  const held = why === "fallback" ? waitingStill(before, signed?.pointer.generation ?? 0) : undefined;
  return { ...rest, validators: {}, ...(held === undefined ? {} : { held }) };
}

function withQuarantine(
  { state, kept, now }: Run,
  reason: "rejected" | "rolled-back",
  prometheus?: string,
): AgentState {
  const digests = kept?.pointer.digests ?? state.floor?.digests;
  return enter(withoutFall(state), {
    sums: kept?.sums ?? "",
    generation: kept?.pointer.generation ?? state.floor?.generation ?? 0,
    reason,
    at: now,
    ...(prometheus === undefined ? {} : { prometheus }),
    ...(digests === undefined ? {} : { digests }),
  });
}

function withoutFall(state: AgentState): AgentState {
  const { fallenFrom: _, fallenDistinct: __, ...rest } = state;
  return rest;
}

/** What the guard and a hold must know of the generation that is gone: what stands in for it is no measure of it. */
function withFall({ kept, policy, state }: Run, { signed: standIn }: LastKnownGood): AgentState {
  const { applied, floor } = state;
  // All files are where this host wants them now, wherever they were before.
  const here = floor === undefined ? state : { ...state, floor: { ...floor, paths: policy.places } };
  const seen = isFloorQuarantined(state) ? undefined : floor?.generation;
  const from = kept?.pointer.generation ?? applied?.generation ?? seen;
  const isFall = from !== undefined && from !== standIn?.pointer.generation && state.fallenFrom === undefined;
  if (!isFall) return here;
  // A state that was made anew has not counted yet.
  const counts = { ...kept?.pointer.counts, ...(applied?.generation === from ? applied.distinct : {}) };
  return { ...here, fallenFrom: from, fallenDistinct: counts };
}

export function whenRestoring(run: Run, phase: RestorePhase, event: Event): Move | undefined {
  const { step, restore: job } = phase;
  switch (step) {
    case "memory":
      return event.kind === "saved" ? base(run, job) : undefined;
    case "base":
      return event.kind === "based" ? stage({ ...run, baselines: event.baselines }, job) : undefined;
    case "stage":
      if (event.kind !== "fetched") return undefined;
      return go(run, { ...phase, step: "swap", staged: event.staged }, { kind: "swap", staged: event.staged });
    case "swap":
      if (event.kind !== "swapped") return undefined;
      return stage(withSwapped(run, phase.staged, event.mtime), { ...job, missing: job.missing.slice(1) });
    case "pointer":
      return event.kind === "pointer-kept" ? restored(run, job) : undefined;
  }
}

function base(run: Run, job: Restore): Move {
  if (!wantsProof(run.policy)) return stage(run, job);
  return go(run, { at: "restore", step: "base", restore: job }, { kind: "base" });
}

function stage(run: Run, job: Restore): Move {
  const [name] = job.missing;
  if (name !== undefined) {
    const sha256 = job.lastKnownGood.files[name]?.sha256 ?? "";
    return go(run, { at: "restore", step: "stage", restore: job }, { kind: "stage-last-known-good", name, sha256 });
  }
  const { signed } = job.lastKnownGood;
  if (signed === undefined) return restored(run, job);
  return go(run, { at: "restore", step: "pointer", restore: job }, { kind: "keep-pointer", bytes: signed.bytes });
}

/**
 * It is in place: the proof that Prometheus has it is part of looking after it. What was there before the agent is not looked
 * after, and who asked for it back has to hear all the same whether Prometheus has it.
 */
function restored(run: Run, { lastKnownGood: { signed }, why }: Restore): Move {
  const { applied: _, ...state } = run.state;
  const next: AgentState = {
    ...state,
    ...(signed === undefined ? {} : { applied: appliedOf(signed.pointer, run.now) }),
    counters: { ...state.counters, rollbacks: state.counters.rollbacks + 1 },
  };
  const what = signed === undefined ? "what was there before the agent" : `generation ${signed.pointer.generation}`;
  const summary = `${what} is back in place`;
  const wantsItProven = signed === undefined && why === "rolled-back" && !run.policy.noProof;
  return turn(
    { ...run, state: next, kept: signed, summary },
    { to: wantsItProven ? "prove" : "care" },
    {
      level: why === "rolled-back" ? "info" : "error",
      event: "restored",
      message: summary,
      fields: { why, generation: signed?.pointer.generation },
    },
  );
}

export function whenRollingBack(run: Run, event: Event): Move | undefined {
  if (event.kind !== "last-known-good") return undefined;
  const { lastKnownGood } = event;
  if (isWayBack(run, lastKnownGood)) return turn(run, { to: "restore", lastKnownGood, why: "rolled-back" });
  return finishQuietly(run, {
    reason: "configuration",
    message: `there is nothing to roll back to: ${whyNoWayBack(run, lastKnownGood)}`,
    help: "take the change back in the inventory, and publish that",
  });
}

function whyNoWayBack({ policy, state }: Run, { files, signed }: LastKnownGood): string {
  const missing = policy.names.filter((name) => files[name] === undefined);
  if (missing.length === policy.names.length) return "no generation from before is kept on this host";
  if (missing.length > 0) return `last-known-good has no ${missing.join(" and ")}, or a damaged one`;
  if (signed !== undefined && signed.pointer.shard !== policy.shard) return "last-known-good is of another shard";
  if (signed !== undefined && quarantined(state, signed, policy.names) !== undefined)
    return "last-known-good was rejected or rolled back itself";
  return "last-known-good is in place already";
}

/** A crash came between the quarantine and the last step of the way back: the rest is done now. */
export function whenResuming(run: Run, event: Event): Move | undefined {
  if (event.kind !== "last-known-good") return undefined;
  const { lastKnownGood } = event;
  const { signed } = lastKnownGood;
  const isBack = differing(run, lastKnownGood).length === 0;
  const isPointerBack = signed === undefined || isSameContent(signed.pointer.digests, run.kept?.pointer.digests);
  const isPossible = isComplete(run, lastKnownGood);
  if (isPossible && !(isBack && isPointerBack)) return turn(run, { to: "restore", lastKnownGood, why: "resumed" });
  return turn(isPossible && signed === undefined ? ofOthers(run) : run, { to: "ask", source: 0 });
}

/** What was there before the agent has no pointer: neither that of the quarantined generation nor the state is about it. */
function ofOthers(run: Run): Run {
  const { applied: _, ...state } = run.state;
  return { ...run, kept: undefined, state };
}
