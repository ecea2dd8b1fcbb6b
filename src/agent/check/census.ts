/** What is in a targets.json or urls.json, counted while it is checked. */
import type { IdentitySet } from "./identity-set.ts";

/** Counts of one file. */
export interface Census {
  readonly groups: number;
  /** Targets as Prometheus counts them: the same one in two groups of a job counts twice here, see `distinct`. */
  readonly targets: number;
  /** Different targets, by job and what they are scraped by. */
  readonly distinct: number;
  /** Values of the `job` label that have targets. */
  readonly jobs: ReadonlySet<string>;
  /** One number a distinct target: 53 bits of a hash of its identity. For comparing, not for identifying. */
  readonly identities: IdentitySet;
}

/** What would vanish with a swap. */
export interface Loss {
  /** Distinct targets in place. */
  readonly before: number;
  readonly after: number;
  /** Of those in place, how many are not in the new file. */
  readonly removed: number;
  /** Jobs of the file in place that the new one does not have. */
  readonly jobsGone: readonly string[];
}
