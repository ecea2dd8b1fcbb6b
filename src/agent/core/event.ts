/** What a run can meet and what it can ask for: two closed lists. Everything in them is a value. */
import type { Census, Loss } from "../check/census.ts";
import type { FileName } from "../config.ts";
import type { FileFacts, KeptPointer, Staged } from "../disk/disk.ts";
import type { Reason } from "../failure.ts";
import type { Level } from "../log.ts";
import type { Baseline, Expected, Proof } from "../prometheus/prometheus.ts";
import type { RunResult } from "./collaborators.ts";
import type { Pointer } from "./pointer.ts";
import type { AgentState } from "./state.ts";

/** A {@link Failure} as a value. */
export interface Trouble {
  readonly reason: Reason;
  readonly message: string;
  readonly help?: string;
  readonly retryAfter?: number;
  /** Bytes that do not belong together, as caches give them out for a while. */
  readonly mayHeal?: boolean;
  /** SHA-256 of the SHA256SUMS that it is about. */
  readonly sums?: string;
  /** The generation that this host will not take, whatever comes. */
  readonly generation?: number;
}

/** A SHA256SUMS that was read; trusted as far as the signature was asked for. */
export interface Signed {
  readonly pointer: Pointer;
  /** SHA-256 of its bytes. */
  readonly sums: string;
  readonly bytes: KeptPointer;
}

/** What a source has to offer. */
export interface Offer extends Signed {
  /** Index of the source. */
  readonly source: number;
  readonly validator: string | undefined;
}

/** The files in place. */
export type Place = Readonly<Partial<Record<FileName, FileFacts>>>;

/** Last-known-good. Where it has a pointer, its files are what that says. */
export interface LastKnownGood {
  readonly files: Place;
  /** Undefined for files that were there before the agent. */
  readonly signed: Signed | undefined;
}

/** What the host remembers. */
export interface Memory {
  /** `lost`: there is no state.json. `damaged`: it is not one, or not as it was written. */
  readonly state: AgentState | "lost" | "damaged";
  /** The SHA256SUMS beside the targets; its signature is not checked yet. */
  readonly kept: Signed | undefined;
  readonly place: Place;
  /** Last-known-good has a pointer: this host had a state once. Looked at only where the state or the pointer is gone. */
  readonly hasHistory: boolean;
  /** There is a SHA256SUMS beside the targets, be it readable or not. */
  readonly hasPointer: boolean;
  /** A digest of who may sign; undefined where nobody has to. */
  readonly signers: string | undefined;
}

export type Happening =
  | { readonly kind: "prepared" | "saved" | "last-known-good-kept" | "pointer-kept" }
  | { readonly kind: "loaded"; readonly memory: Memory }
  | { readonly kind: "trusted" }
  | { readonly kind: "unchanged" }
  | { readonly kind: "offered"; readonly offer: Offer }
  | { readonly kind: "fetched"; readonly staged: Staged }
  /** The bytes, those of a source or those in place, do not fit the SHA256SUMS. */
  | { readonly kind: "mismatched"; readonly name: FileName }
  | { readonly kind: "checked"; readonly census: Census; readonly loss?: Loss | undefined }
  /** Undefined: it cannot be counted. */
  | { readonly kind: "counted"; readonly census: Census | undefined }
  /** Undefined: what is in place cannot be counted. */
  | { readonly kind: "compared"; readonly loss: Loss | undefined }
  | { readonly kind: "based"; readonly baselines: readonly (Baseline | undefined)[] }
  | { readonly kind: "swapped"; readonly mtime: number }
  | { readonly kind: "last-known-good"; readonly lastKnownGood: LastKnownGood }
  /** A proof for each server, in order. */
  | { readonly kind: "proved"; readonly proofs: readonly Proof[] }
  | { readonly kind: "failed"; readonly trouble: Trouble };

/** `now` in seconds since 1970, by a clock that may jump; `elapsed` in seconds since the run began, by one that does not. */
export type Event = Happening & { readonly now: number; readonly elapsed: number };

/** Staged files that were not swapped go away when a source is asked, and at the end. */
export type Effect =
  | { readonly kind: "prepare" | "load" | "base" | "look-last-known-good" }
  /** `isOfOthers`: the pointer beside it, if any, says nothing of what is in place. */
  | { readonly kind: "keep-last-known-good"; readonly isOfOthers: boolean }
  /** Verifies the signature of a pointer that lay on this host. */
  | { readonly kind: "trust"; readonly signed: Signed }
  | { readonly kind: "ask"; readonly source: number; readonly validator: string | undefined; readonly fresh: boolean }
  | {
      readonly kind: "fetch";
      readonly source: number;
      readonly name: FileName;
      readonly sha256: string;
      readonly fresh: boolean;
      /** Bytes that are there already, of all the files of this offer. */
      readonly spent: number;
      /** Bytes that must be free, as far as that can be known before. */
      readonly reserve: number;
    }
  | { readonly kind: "check"; readonly staged: Staged; readonly times: Pointer["times"] }
  | { readonly kind: "count"; readonly name: FileName }
  /** Compares a file in place with the one that would replace it. */
  | { readonly kind: "compare"; readonly name: FileName; readonly census: Census }
  /** Compares a file in place with the one of last-known-good. */
  | { readonly kind: "weigh"; readonly name: FileName }
  /** `isDiary`: it differs from what is on disk in nothing that protects. */
  | { readonly kind: "save"; readonly state: AgentState; readonly isDiary?: true }
  | { readonly kind: "swap"; readonly staged: Staged }
  /** Replaces a file in place with a copy of itself: other mode, owner and mtime, the same bytes. */
  | { readonly kind: "touch"; readonly name: FileName; readonly sha256: string }
  | { readonly kind: "keep-pointer"; readonly bytes: KeptPointer }
  | { readonly kind: "stage-last-known-good"; readonly name: FileName; readonly sha256: string }
  | {
      readonly kind: "prove";
      readonly files: readonly Expected[];
      readonly baselines: readonly (Baseline | undefined)[];
      /** Bytes in place have changed: this is what a reload policy goes by. */
      readonly changed: boolean;
    }
  | { readonly kind: "end"; readonly result: RunResult };

/** A line for the log. */
export interface Note {
  readonly level: Level;
  readonly event: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>>;
}
