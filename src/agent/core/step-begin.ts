/** The beginning of a run: what this host remembers, and whether that can be trusted. */
import { remembering } from "./accepted.ts";
import { appliedOf, floorOf } from "./applied.ts";
import type { Event, Memory, Note, Signed, Trouble } from "./event.ts";
import { heldShard, isSameContent } from "./floor.ts";
import { quarantinedItself } from "./quarantine.ts";
import type { Move, Phase, Run, Step } from "./run.ts";
import { ending, go, noting, turn } from "./run.ts";
import { FRESH_STATE } from "./state-file.ts";
import { finishQuietly } from "./step-end.ts";
import type { AgentState } from "./state.ts";

const NO_SOURCE: Trouble = {
  reason: "configuration",
  message: "there is no source to ask",
  help: "say where the artifacts are with --source",
};

export function whenPrepared(run: Run, event: Event): Step | undefined {
  return event.kind === "prepared" ? go(run, { at: "load" }, { kind: "load" }) : undefined;
}

export function whenLoaded(run: Run, event: Event): Move | undefined {
  if (event.kind !== "loaded") return undefined;
  const memory = { ...event.memory, state: ofHere(event.memory.state, run) };
  const { state, kept } = memory;
  if (kept !== undefined && needsTrust(state, kept)) {
    return go(run, { at: "trust", memory }, { kind: "trust", signed: kept });
  }
  const isOther = kept !== undefined && isUsable(state) && isOtherContent(state, kept);
  return remember(run, memory, isUsable(state) ? state : undefined, isOther ? undefined : kept);
}

/** What is known of files elsewhere says nothing of those at the paths of today. */
function ofHere(state: Memory["state"], { policy: { places } }: Run): Memory["state"] {
  if (!isUsable(state) || state.floor?.paths?.["targets.json"] === places["targets.json"]) return state;
  if (state.floor?.paths === undefined) return state;
  const { applied: _, held: __, fallenFrom: ___, fallenDistinct: ____, ...rest } = state;
  return rest;
}

export function whenTrusted(run: Run, phase: Phase & { at: "trust" }, event: Event): Move | undefined {
  const { memory } = phase;
  const { state, kept } = memory;
  if (event.kind === "trusted" && kept !== undefined) {
    return noting(remember(run, memory, rebuilt(state, kept, run.now), kept), ...rebuiltNotes(state, kept));
  }
  // Only a "no" is about the pointer. What could not be asked, for a full disk say, is no reason to do without it.
  if (event.kind !== "failed" || event.trouble.reason !== "signature") return undefined;
  const note: Note = {
    level: "warning",
    event: "kept-pointer-refused",
    message: `the SHA256SUMS beside the targets is not used: ${event.trouble.message}`,
  };
  return noting(remember(run, memory, isUsable(state) ? state : undefined, undefined), note);
}

/**
 * Where the state says what is in place, the pointer beside the targets is only compared with it. It says something else
 * where the state is lost, comes from a backup, or was not written any more after a swap.
 */
function needsTrust(state: Memory["state"], { pointer: { generation } }: Signed): boolean {
  if (!isUsable(state) || state.floor === undefined || generation > state.floor.generation) return true;
  return generation < state.floor.generation && generation !== state.applied?.generation;
}

/** The generation at the floor, but with other files: nobody has verified that. */
function isOtherContent({ floor }: AgentState, { pointer }: Signed): boolean {
  return pointer.generation === floor?.generation && !isSameContent(pointer.digests, floor.digests);
}

function rebuiltNotes(state: Memory["state"], { pointer }: Signed): readonly Note[] {
  const level = "warning";
  const event = "state-rebuilt";
  if (!isUsable(state)) {
    const message = "state.json is gone or damaged: the floor is that of the SHA256SUMS in place";
    return [{ level, event, message: `${message}; a hold and what was rejected before are forgotten` }];
  }
  if (state.floor !== undefined && pointer.generation < state.floor.generation) return [];
  return [
    { level, event, message: "state.json is older than the SHA256SUMS in place, which is the floor from now on" },
  ];
}

function isUsable(state: Memory["state"]): state is AgentState {
  return state !== "lost" && state !== "damaged";
}

function rebuilt(state: Memory["state"], { pointer }: Signed, now: number): AgentState {
  return {
    ...(isUsable(state) ? state : FRESH_STATE),
    floor: floorOf(pointer, isUsable(state) ? state.floor : undefined, undefined),
    // What the header says, for as long as there is nothing in place to be counted.
    applied: { ...appliedOf(pointer, now), distinct: pointer.counts },
    validators: {},
  };
}

/** Goes on with what is remembered, unless nothing is although something should be. */
function remember(run: Run, memory: Memory, state: AgentState | undefined, kept: Signed | undefined): Move {
  const loaded = isUsable(memory.state) ? memory.state : undefined;
  const remembered: Run = {
    ...run,
    state: foundHere(bySigners(state ?? FRESH_STATE, memory.signers), memory, kept, run),
    loaded,
    kept,
    beside: memory,
    place: memory.place,
  };
  const lost = whatIsLost(remembered, memory);
  if (lost === undefined) return pursue({ ...remembered, mayWrite: true });
  // A hold before the first install: whoever may go on only with --bootstrap has to be able to end it.
  const isKnownHold = loaded !== undefined && lost.reason === "bootstrap" && run.policy.intent.kind === "release";
  if (isKnownHold) return pursue(remembered);
  // A state without a floor must never be written over one that is lost: the next run would take it for a first install.
  if (!run.policy.bootstrap) {
    return turn(ending({ ...remembered, mayWrite: lost.reason !== "bootstrap" }, lost), { to: "end" });
  }
  const { floor: _, applied: __, ...rest } = remembered.state;
  return noting(pursue({ ...remembered, kept: undefined, state: rest }), {
    level: "warning",
    event: "bootstrap",
    message: "what the source has is accepted without a floor, because --bootstrap says so",
  });
}

/** A source may say "unchanged" only of what would be accepted today. */
function bySigners(state: AgentState, signers: string | undefined): AgentState {
  if (state.signers === signers) return state;
  const { signers: _, ...rest } = state;
  return { ...rest, validators: {}, ...(signers === undefined ? {} : { signers }) };
}

/** Where the pointer at the floor has all its files beside it, they are ours from then on, whatever becomes of them. */
function foundHere(
  state: AgentState,
  { place }: Memory,
  kept: Signed | undefined,
  { policy: { names, places } }: Run,
): AgentState {
  const { floor } = state;
  if (floor === undefined || floor.paths !== undefined || kept?.pointer.generation !== floor.generation) return state;
  const areHere = names.every((name) => place[name]?.sha256 === kept.pointer.digests[name]);
  return areHere ? { ...state, floor: { ...floor, paths: places } } : state;
}

/** Why going on would be open to old generations, if it would be. */
function whatIsLost({ state: { floor }, policy }: Run, memory: Memory): Trouble | undefined {
  const otherShard = policy.isAnyShard ? undefined : heldShard(floor, policy.shard);
  if (otherShard !== undefined) return otherShard;
  const wasUsed = memory.state === "damaged" || memory.hasHistory || memory.hasPointer;
  if (floor !== undefined || !wasUsed) return undefined;
  return {
    reason: "bootstrap",
    message: "state.json is gone or damaged, and the SHA256SUMS in place cannot stand in for it",
    help: "see that the source is yours and up to date, then run sync once with --bootstrap",
  };
}

/** Does what the run is for. */
function pursue(run: Run): Move {
  const { intent } = run.policy;
  switch (intent.kind) {
    case "sync": {
      if (run.policy.sources.length === 0) return turn(ending(run, NO_SOURCE), { to: "end" });
      const remembers = { ...run, state: remembering(run) };
      // What is quarantined is in place where a crash came before last-known-good was back.
      const isInterrupted = run.kept !== undefined && quarantinedItself(run.state, run.kept) !== undefined;
      return isInterrupted
        ? go(remembers, { at: "resume" }, { kind: "look-last-known-good" })
        : turn(remembers, { to: "ask", source: 0 });
    }
    case "rollback":
      return go(run, { at: "rollback" }, { kind: "look-last-known-good" });
    case "hold": {
      const hold = {
        since: run.now,
        ...(intent.seconds === undefined ? {} : { until: run.now + intent.seconds }),
        ...(intent.reason === undefined ? {} : { reason: intent.reason }),
      };
      const end =
        intent.seconds === undefined
          ? "it is released"
          : `${new Date((run.now + intent.seconds) * 1000).toISOString()}, or until it is released`;
      return finishQuietly({ ...run, state: { ...run.state, hold }, summary: `nothing is swapped until ${end}` });
    }
    case "release": {
      const { hold: _, held, ...rest } = run.state;
      const state = held === undefined || held.reason === "hold" ? rest : { ...rest, held };
      return finishQuietly({ ...run, state, summary: "newer generations are swapped in again" });
    }
  }
}
