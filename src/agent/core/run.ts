/** A run as a value: what is known, what has happened, and where it stands. */
import type { Census, Loss } from "../check/census.ts";
import type { FileName } from "../config.ts";
import type { Staged } from "../disk/disk.ts";
import type { Baseline } from "../prometheus/prometheus.ts";
import type { RunResult } from "./collaborators.ts";
import type { Effect, LastKnownGood, Memory, Note, Offer, Place, Signed, Trouble } from "./event.ts";
import type { Held, NamedLoss } from "./guard.ts";
import { FRESH_STATE } from "./state-file.ts";
import type { AgentState } from "./state.ts";

/** What somebody wants of this run. */
export type Intent =
  | { readonly kind: "sync" | "rollback" | "release" }
  | { readonly kind: "hold"; readonly seconds: number | undefined; readonly reason: string | undefined };

/** What of the configuration decides. */
export interface Policy {
  readonly intent: Intent;
  readonly shard: string;
  /** Nobody has said which: whatever this host has. */
  readonly isAnyShard: boolean;
  readonly repository: string | undefined;
  readonly accept: number | undefined;
  readonly bootstrap: boolean;
  readonly maxRemovedPercent: number;
  /** Seconds. */
  readonly maxAge: number;
  readonly maxInconsistent: number;
  readonly names: readonly FileName[];
  /** Where they lie. */
  readonly places: Readonly<Partial<Record<FileName, string>>>;
  /** The paths as Prometheus has them. */
  readonly paths: Readonly<Partial<Record<FileName, string>>>;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Labels, in order. */
  readonly sources: readonly string[];
  readonly servers: readonly string[];
  readonly wait: "read" | "active";
  readonly noProof: boolean;
}

/** An offer on its way to be swapped in. */
export interface Work {
  readonly offer: Offer;
  readonly fresh: boolean;
  /** Files that are not in place yet. */
  readonly missing: readonly FileName[];
  readonly staged: readonly Staged[];
  readonly census: Readonly<Partial<Record<FileName, Census>>>;
  /** In the order of `guarded`. */
  readonly losses: readonly NamedLoss[];
  /** Losses that came to light in the strict check. */
  readonly known: Readonly<Partial<Record<FileName, Loss>>>;
  /** Missing files that the guard has to judge. The others have passed it before: they are finished or repaired. */
  readonly guarded: readonly FileName[];
}

/** An offer that this host does not take as it is. */
export interface SetAside {
  readonly generation: number;
  readonly trouble: Trouble;
}

/** Last-known-good, compared with what lies in place, which is damaged. */
export interface Weighing {
  readonly lastKnownGood: LastKnownGood;
  readonly damaged: readonly FileName[];
  /** Files that are still to be compared. */
  readonly rest: readonly FileName[];
  readonly losses: readonly NamedLoss[];
}

/** Why last-known-good is put back. */
export type RestoreReason = "rejected" | "rolled-back" | "fallback" | "resumed";

/** Last-known-good on its way back. */
export interface Restore {
  readonly why: RestoreReason;
  readonly lastKnownGood: LastKnownGood;
  readonly missing: readonly FileName[];
}

/** Where a run stands: what it has asked for last. */
export type Phase =
  | { readonly at: "prepare" | "load" }
  | { readonly at: "trust"; readonly memory: Memory }
  | { readonly at: "resume" }
  | { readonly at: "ask"; readonly source: number; readonly fresh: boolean; readonly validator: string | undefined }
  | { readonly at: "requarantine"; readonly offer: Offer; readonly fresh: boolean }
  | { readonly at: "adopt"; readonly step: "floor" | "pointer"; readonly offer: Offer }
  | { readonly at: "fetch"; readonly work: Work; readonly name: FileName }
  | { readonly at: "check"; readonly work: Work; readonly name: FileName }
  | { readonly at: "compare"; readonly work: Work; readonly name: FileName }
  | { readonly at: "floor" | "last-known-good" | "base" | "swap" | "pointer" | "applied"; readonly work: Work }
  | { readonly at: "rollback" }
  | { readonly at: "restore"; readonly step: "memory" | "base" | "stage" | "pointer"; readonly restore: Restore }
  | { readonly at: "restore"; readonly step: "swap"; readonly restore: Restore; readonly staged: Staged }
  | { readonly at: "mend"; readonly damaged: readonly FileName[] }
  | { readonly at: "weigh"; readonly weighing: Weighing; readonly name: FileName }
  | { readonly at: "mend-stage"; readonly lastKnownGood: LastKnownGood; readonly rest: readonly FileName[] }
  | {
      readonly at: "mend-swap";
      readonly lastKnownGood: LastKnownGood;
      readonly staged: Staged;
      readonly rest: readonly FileName[];
    }
  | { readonly at: "touch"; readonly name: FileName }
  | { readonly at: "recount"; readonly name: FileName }
  | { readonly at: "save" | "base-again" | "prove" }
  /** Prometheus rejected what is in place. */
  | { readonly at: "revert"; readonly prometheus: string | undefined }
  | { readonly at: "save-last"; readonly result: RunResult }
  | { readonly at: "end" };

export interface Run {
  readonly policy: Policy;
  readonly phase: Phase;
  readonly now: number;
  readonly elapsed: number;
  readonly state: AgentState;
  /** The state is one that may be written: it has a floor, or is that of a first install. */
  readonly mayWrite: boolean;
  /** As it was read; undefined where it was not, or is not gone by. */
  readonly loaded: AgentState | undefined;
  /** As it was written last: the state is written again only where it differs. */
  readonly saved: AgentState | undefined;
  /** The pointer of what is in place; undefined where that is not ours. */
  readonly kept: Signed | undefined;
  /** The pointer that lies beside the targets, trusted or not. */
  readonly beside: Pick<Memory, "kept" | "hasPointer">;
  readonly place: Place;
  /** What the servers said before anything was swapped. */
  readonly baselines: readonly (Baseline | undefined)[] | undefined;
  /** Bytes in place were changed by this run: what a reload policy goes by. */
  readonly changed: boolean;
  /** What sources did wrong. It counts only where none was right. */
  readonly sourceTroubles: readonly Trouble[];
  /** What the run ends with. */
  readonly outcomes: readonly Trouble[];
  /** Offers that are not taken: the first one counts, unless another source has what goes on from there. */
  readonly setAside: readonly SetAside[];
  /** The generation of the offer whose files are in place since, or were so before. */
  readonly taken: number | undefined;
  /** SHA-256 of each SHA256SUMS that was judged: what was said of others is over. */
  readonly judged: readonly string[];
  /** A source answered, and all was well with what it said. */
  readonly contact: boolean;
  /** The validator of the pointer in place, from this source: kept once it is confirmed. */
  readonly validator: { readonly source: string; readonly value: string } | undefined;
  /** Last-known-good was put back: it is not put back twice. */
  readonly restored: RestoreReason | undefined;
  /** Damaged files were looked after, with or without success. */
  readonly mended: boolean;
  /** What last-known-good would have taken away from damaged files that can be read: so it was not put back. */
  readonly spared: (Held & { readonly generation: number }) | undefined;
  /** What it did, in one sentence. */
  readonly summary: string;
}

/** One step: the run after it, what to do next, and what to log. */
export interface Step {
  readonly run: Run;
  readonly effect: Effect;
  readonly notes: readonly Note[];
}

/** Where a run turns to, without anything that must be done in between. */
type Turn =
  | { readonly to: "ask"; readonly source: number; readonly fresh?: boolean }
  | { readonly to: "gather" | "swap"; readonly work: Work }
  | {
      readonly to: "restore";
      readonly lastKnownGood: LastKnownGood;
      readonly why: RestoreReason;
      /** Version of the server that rejected. */
      readonly prometheus?: string | undefined;
    }
  /** Looks after what is in place, and ends. */
  | { readonly to: "care" | "prove" | "end" };

/** What a phase answers an event with. */
export type Move = Step | Turned;

export interface Turned {
  readonly run: Run;
  readonly turn: Turn;
  readonly notes: readonly Note[];
}

/** A run before its first event. */
export function begin(policy: Policy, now: number): Step {
  const run: Run = {
    policy,
    phase: { at: "prepare" },
    now,
    elapsed: 0,
    state: FRESH_STATE,
    mayWrite: false,
    loaded: undefined,
    saved: undefined,
    kept: undefined,
    beside: { kept: undefined, hasPointer: false },
    place: {},
    baselines: undefined,
    changed: false,
    sourceTroubles: [],
    outcomes: [],
    setAside: [],
    taken: undefined,
    judged: [],
    contact: false,
    validator: undefined,
    restored: undefined,
    mended: false,
    spared: undefined,
    summary: "nothing new",
  };
  return go(run, { at: "prepare" }, { kind: "prepare" });
}

/** Goes on to a phase by an effect. */
export function go(run: Run, phase: Phase, effect: Effect, ...notes: readonly Note[]): Step {
  return { run: { ...run, phase }, effect, notes };
}

/** Goes on to a phase by writing the state. */
export function save(run: Run, state: AgentState, phase: Phase, ...notes: readonly Note[]): Step {
  return go({ ...run, state, saved: state }, phase, { kind: "save", state }, ...notes);
}

/** Goes on in another way. */
export function turn(run: Run, turn: Turn, ...notes: readonly Note[]): Turned {
  return { run, turn, notes };
}

/** Puts notes before those of a move. */
export function noting<M extends Move>(move: M, ...notes: readonly Note[]): M {
  return { ...move, notes: [...notes, ...move.notes] };
}

/** Notes that a SHA256SUMS was judged. */
export function judging(run: Run, sums: string): Run {
  return { ...run, judged: [...run.judged, sums] };
}

/** Notes that the files of an offer are in place. */
export function taking(run: Run, { pointer, sums }: Offer): Run {
  return { ...judging(run, sums), taken: pointer.generation };
}

/** Adds what the run ends with. */
export function ending(run: Run, trouble: Trouble): Run {
  return { ...run, outcomes: [...run.outcomes, trouble] };
}
