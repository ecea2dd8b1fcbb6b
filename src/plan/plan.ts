/** What a change does to the scraping: one value, which is printed, commented, judged by the gate, and published. */
import type { ArtifactKind, Origin } from "../model/inventory.ts";
import type { PlanTarget, Side } from "./side.ts";

/** One target's fate. `target` is what it is afterwards, or was where it is removed; `was` what it was. */
export type Operation =
  | { readonly op: "add" | "remove"; readonly target: PlanTarget }
  /**
   * move: the same identity in another shard; project and labels may be others, too.
   * change: same shard, project, job and host; other scheme, port, path or params. Of a probe, the rest of its URL.
   * relabel: same identity and shard, other labels (`project` may be one of them) or another `instance`: its series begin anew.
   */
  | { readonly op: "move" | "change" | "relabel"; readonly target: PlanTarget; readonly was: PlanTarget };

/** What a target was; undefined where it was not there. */
export function wasOf(operation: Operation): PlanTarget | undefined {
  return "was" in operation ? operation.was : operation.op === "remove" ? operation.target : undefined;
}

/** Where the target of an operation is written, before and after; undefined where it is not there, or nobody knows. */
export interface Places {
  before(operation: Operation): Origin | undefined;
  after(operation: Operation): Origin | undefined;
}

/**
 * Everywhere, `after` is `before + added - removed + movedIn - movedOut`. A move to another shard is one out and one in, for
 * a project, job and service that goes with it too; and what a relabel takes from a project or service is moved to the other.
 */
export interface Counts {
  readonly before: number;
  readonly after: number;
  readonly added: number;
  readonly removed: number;
  readonly movedIn: number;
  readonly movedOut: number;
  readonly changed: number;
  readonly relabelled: number;
  /** No operation: only labels with `__` differ (interval, timeout, farm source, `__tmp_*`), and the series go on. */
  readonly adjusted: number;
}

export interface ShardFate {
  /** The base does not have it. */
  readonly isNew: boolean;
  /** The head does not have it. */
  readonly isGone: boolean;
  /** False where nobody pulls it, in the head. */
  readonly hasServers: boolean;
}

/** Who is to pull it, and was not before; who was, and is no more. Sorted, and not there where there are none. */
export interface ServerChanges {
  readonly serversAdded?: readonly string[];
  readonly serversRemoved?: readonly string[];
}

/** Of a shard that is there before and after. */
export interface ConfigChange {
  /** Its scrape-config.yml is another one; not there where it is the same, or nobody knows. */
  readonly hasOtherConfig?: true;
}

export interface ShardCounts extends Counts, ShardFate, ServerChanges, ConfigChange {}

/** What the gate holds back, and by which limit. */
export interface Trip {
  readonly rule: "plan/mass-removal" | "plan/mass-relabel";
  readonly scope: { readonly kind: "shard" | "job" | "service"; readonly name: string };
  readonly limit: "removed_percent" | "removed_count" | "relabelled_percent" | "zero";
  /** Targets concerned, of how many before. */
  readonly count: number;
  readonly before: number;
  /** Of those concerned, how many are scraped in another shard afterwards; not there where none is. */
  readonly moved?: number;
  /** The limit's value, in its unit; 0 for `zero`. */
  readonly allowed: number;
  /** Of its operations and of those of all trips that share some with it: accepting it releases all of these. */
  readonly digest: string;
}

/** The artifacts name another repository: what hosts refuse that have seen one, until each is told so. */
export interface RepositoryChange {
  /** Not there where none was named. */
  readonly before?: string;
  /** Not there where none is named any more. */
  readonly after?: string;
  /** By which it is accepted; not there where no host minds, since none was named before. */
  readonly digest?: string;
}

/** Files that are published besides those of shards, from now on or no more. */
export interface ArtifactsChange {
  /** Sorted, as promgen.yml names them. */
  readonly added: readonly ArtifactKind[];
  readonly removed: readonly ArtifactKind[];
  /** By which it is accepted that those of the whole inventory go, which agents of all shards ask for; not there where they stay. */
  readonly digest?: string;
}

export interface Plan {
  readonly base: Pick<Side, "kind" | "commit" | "generation" | "isComplete">;
  readonly head: Pick<Side, "kind" | "commit" | "generation">;
  readonly totals: Counts;
  /** Every shard, job (or module) and service of either side, and projects that may have changed; sorted by name. */
  readonly shards: ReadonlyMap<string, ShardCounts>;
  readonly projects: ReadonlyMap<string, Counts>;
  readonly jobs: ReadonlyMap<string, Counts>;
  readonly services: ReadonlyMap<string, Counts>;
  /** Not there where it stays the same. */
  readonly repository?: RepositoryChange;
  /** Not there where there are the same. */
  readonly artifacts?: ArtifactsChange;
  /** Sorted: by shard, project, job, address, op. */
  readonly operations: readonly Operation[];
  /** Looked up when they are asked for: of a large plan, most are not. */
  readonly places: Places;
  readonly trips: readonly Trip[];
  /** Jobs and services whose last targets go, below the limits: a warning. */
  readonly jobsRemoved: readonly string[];
  readonly servicesRemoved: readonly string[];
  /** Projects that are new in a shard with `enabled: false`. */
  readonly refusedProjects: readonly { readonly project: string; readonly shard: string }[];
  /** Of all that is held back, `sha256:` and hex: accepting it releases all of it; undefined where nothing can be accepted. */
  readonly digest: string | undefined;
}
