/** What a change does to the scraping: one value, which is printed, commented, judged by the gate, and published. */
import type { Origin } from "../model/inventory.ts";
import type { PlanTarget, Side } from "./side.ts";

/** One target's fate. `before` and `after` say where it is written, where that is known. */
export type Operation =
  | { readonly op: "add"; readonly target: PlanTarget; readonly after?: Origin }
  | { readonly op: "remove"; readonly target: PlanTarget; readonly before?: Origin }
  /** The same identity in another shard. `target.shard` is where it goes. */
  | {
      readonly op: "move";
      readonly target: PlanTarget;
      readonly from: string;
      readonly before?: Origin;
      readonly after?: Origin;
    }
  /** Same project, job and host; other scheme, port, path or params. */
  | {
      readonly op: "change";
      readonly target: PlanTarget;
      readonly was: PlanTarget;
      readonly before?: Origin;
      readonly after?: Origin;
    }
  /** Same identity and shard, other labels: its series begin anew. */
  | {
      readonly op: "relabel";
      readonly target: PlanTarget;
      readonly was: PlanTarget;
      readonly before?: Origin;
      readonly after?: Origin;
    };

export interface Counts {
  readonly before: number;
  readonly after: number;
  readonly added: number;
  readonly removed: number;
  readonly movedIn: number;
  readonly movedOut: number;
  readonly changed: number;
  readonly relabelled: number;
}

/** What the gate holds back, and by which limit. */
export interface Trip {
  readonly rule: "plan/mass-removal" | "plan/mass-relabel";
  readonly scope: { readonly kind: "shard" | "job" | "service"; readonly name: string };
  readonly limit: "removed_percent" | "removed_count" | "relabelled_percent" | "zero";
  /** Targets concerned, of how many before. */
  readonly count: number;
  readonly before: number;
  /** The limit's value, in its unit; 0 for `zero`. */
  readonly allowed: number;
}

export interface Plan {
  readonly base: Pick<Side, "kind" | "commit" | "generation" | "isComplete">;
  readonly head: Pick<Side, "kind" | "commit" | "generation">;
  readonly totals: Counts;
  readonly shards: ReadonlyMap<string, Counts & { readonly isNew: boolean; readonly isGone: boolean }>;
  readonly projects: ReadonlyMap<string, Counts>;
  readonly jobs: ReadonlyMap<string, Counts>;
  /** Sorted: by shard, project, job, address, op. */
  readonly operations: readonly Operation[];
  readonly trips: readonly Trip[];
  /** Jobs whose last targets go, below the limits: a warning. */
  readonly jobsRemoved: readonly string[];
  /** Projects that are new in a shard with `enabled: false`. */
  readonly refusedProjects: readonly { readonly project: string; readonly shard: string }[];
  /** Of the operations that tripped, `sha256:` and hex; undefined where nothing did. */
  readonly digest: string | undefined;
}
