/** What a Prometheus server of this host knows about our files. */
import type { FileName } from "../config.ts";

/** What the server must report for a file that is in place. */
export interface Expected {
  readonly name: FileName;
  /** The path as Prometheus is configured with it. */
  readonly path: string;
  /** Seconds since 1970, whole: `prometheus_sd_file_mtime_seconds`. */
  readonly mtime: number;
  /** Targets that the file lists, and the same without repetitions. */
  readonly targets: number;
  readonly distinct: number;
}

/** Counters of before the swap: only their growth says something. Undefined where the server did not answer. */
export interface Baseline {
  readonly readErrors: number;
  readonly syncFailed: number | undefined;
  /** The server's own start, to notice a restart in between. */
  readonly startTime: number | undefined;
  readonly version: string | undefined;
  /** Scrape pool → targets that it had. */
  readonly scraped?: ReadonlyMap<string, number>;
}

/** How far the proof went: 2 on disk, 3 read, 4 discovered and as many targets in the pools, 5 compared target by target. */
export type Rung = 2 | 3 | 4 | 5;

export type Verdict =
  /** Prometheus has read this file, without an error. */
  | "confirmed"
  /** And scrapes as many targets as it says. */
  | "active"
  /** Read, but targets are missing from the pools: Prometheus dropped some. */
  | "not-active"
  /** Prometheus says that it could not read this file. Evidence enough to roll back. */
  | "rejected"
  /** Nothing is known: down, starting, hanging, credentials refused, another instance, not configured to read it. */
  | "unconfirmed";

export interface Proof {
  readonly verdict: Verdict;
  readonly rung: Rung;
  /** One sentence: why not more. */
  readonly message?: string;
  readonly help?: string;
  readonly version?: string;
}

export type Reloaded =
  | { readonly kind: "ok" }
  /** Why, in one sentence, and what to do. It never changes the verdict on the file. */
  | { readonly kind: "failed" | "unknown"; readonly message: string; readonly help?: string };

/** One server. No method throws for a server that does not answer: that is what they report. */
export interface PrometheusServer {
  /** Its URL without credentials. */
  readonly label: string;
  baseline(signal: AbortSignal): Promise<Baseline | undefined>;
  /**
   * Waits until the server has read every one of these files, or the signal ends the waiting.
   *
   * @param nudge makes the server look again, where a series is missing
   */
  awaitRead(
    files: readonly Expected[],
    before: Baseline | undefined,
    nudge: (name: FileName) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Proof>;
  reload(signal: AbortSignal): Promise<Reloaded>;
  /** Waits until the pools that read these files have what they say, or the signal ends the waiting. */
  awaitActive(files: readonly Expected[], before: Baseline | undefined, signal: AbortSignal): Promise<Proof>;
  /**
   * Compares target by target (`/api/v1/targets`, streamed: some 800 bytes a target on the wire).
   *
   * @throws {Failure} `unconfirmed` where the server does not answer
   */
  compare(
    file: Expected,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ readonly missing: number; readonly ghosts: number; readonly examples: readonly string[] }>;
}
