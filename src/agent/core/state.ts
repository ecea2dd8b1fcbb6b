/** state.json: what the agent remembers between runs. It can be lost: all that protects is rebuilt from what is signed. */
import type { FileName } from "../config.ts";
import type { Known } from "../disk/disk.ts";
import type { Reason } from "../failure.ts";
import type { Verdict } from "../prometheus/prometheus.ts";
import type { NotTaken } from "./not-taken.ts";

/** What a server last said about the generation in place. */
export interface ServerVerdict {
  readonly verdict: Verdict;
  readonly message?: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** What the guard holds back. */
export interface HeldOffer {
  readonly generation: number;
  readonly reason: "removed" | "hold";
  /** Of the files that lose too much; nothing is before where that cannot be counted. */
  readonly removed: number;
  readonly before: number;
  readonly files?: readonly FileName[];
  /** How many targets of all its files stay. */
  readonly left?: number;
  readonly since: number;
  /** SHA-256 of its SHA256SUMS and the limit it was judged by: where both are the same, it is not fetched again. */
  readonly sums?: string;
  readonly percent?: number;
  /** Generations that were held before this one in a row, and how many of the targets in place they left. */
  readonly earlier?: readonly { readonly generation: number; readonly left: number }[];
}

/** What the strict check refused: it is not fetched again for an hour. */
export interface RefusedOffer {
  readonly sums: string;
  /** Earlier agents did not write it down. */
  readonly reason?: Reason;
  readonly message: string;
  readonly help?: string;
  readonly at: number;
}

/** All times are seconds since 1970, by the local clock: for people, never for decisions about trust. */
export interface AgentState {
  readonly version: 1;
  /** The floor: nothing older than this is taken. Raised before the rename. */
  readonly floor?: {
    readonly generation: number;
    /** Another shard on this host is another floor: it is asked for with `--bootstrap`. */
    readonly shard?: string;
    readonly repository?: string;
    readonly digests: Readonly<Record<FileName, string>>;
    /** Where the guard let it pass: what lies elsewhere, or did so before, is of others. */
    readonly paths?: Readonly<Partial<Record<FileName, string>>>;
  };
  /** The generation in place, since its rename. */
  readonly applied?: {
    readonly generation: number;
    readonly commit?: string;
    readonly at: number;
    /** What Prometheus must report, whole seconds. */
    readonly mtimes: Readonly<Partial<Record<FileName, number>>>;
    readonly targets: Readonly<Partial<Record<FileName, number>>>;
    readonly distinct: Readonly<Partial<Record<FileName, number>>>;
    readonly confirmedAt?: number;
    readonly servers: Readonly<Record<string, ServerVerdict>>;
  };
  /** Validators (ETags) by source label; kept only once the generation they stand for is confirmed. */
  readonly validators: Readonly<Record<string, string>>;
  /** A digest of who might sign then. */
  readonly signers?: string;
  /** SHA-256 of SHA256SUMS that must not be swapped in again, and why. */
  readonly quarantine: readonly {
    readonly sums: string;
    readonly generation: number;
    readonly reason: "rejected" | "rolled-back";
    readonly at: number;
    /** Of the server that rejected it: another version may take it. */
    readonly prometheus?: string;
    /** Its files: a newer generation of the same bytes is no better. */
    readonly digests?: Readonly<Record<FileName, string>>;
  }[];
  readonly held?: NotTaken<HeldOffer>;
  readonly refused?: NotTaken<RefusedOffer>;
  /** `--accept` of a generation, which also releases later ones that remove nothing further. */
  readonly accepted?: { readonly generation: number; readonly identitiesLeft: number };
  /** A generation that was damaged while nobody had it, so that an older one lies in its place. */
  readonly fallenFrom?: number;
  /** How many different targets that had: the guard goes by them until something newer is in place. */
  readonly fallenDistinct?: Readonly<Partial<Record<FileName, number>>>;
  /** `hold`: nothing is swapped until then; without `until` for ever. */
  readonly hold?: { readonly since: number; readonly until?: number; readonly reason?: string };
  /** Since when a source's SHA256SUMS and files disagree, by the SHA-256 of that SHA256SUMS. */
  readonly inconsistent?: { readonly sums: string; readonly since: number };
  /** Digests of the files in place, and how these looked then: what nobody has touched is not read at every run. */
  readonly hashed?: Readonly<Partial<Record<FileName, Known>>>;
  /** A source answered and all was well with what it said. */
  readonly lastContact?: number;
  /** The end of the last run with exit code 0: what health and metrics go by. Every such run sets it. */
  readonly lastSuccess?: number;
  /** The end of the last run. */
  readonly lastRun?: {
    readonly at: number;
    readonly exit: number;
    readonly reason?: Reason;
    readonly message?: string;
    readonly seconds: number;
  };
  /** Counters for metrics. */
  readonly counters: {
    readonly runs: number;
    readonly swaps: number;
    readonly rollbacks: number;
    /** Jobs that a swap left without targets. */
    readonly jobsGone?: number;
    readonly failures: Readonly<Partial<Record<Reason, number>>>;
  };
}
