/** One side of a comparison: what is scraped, as target groups, wherever it comes from. */
import type { ArtifactKind, Gate, Origin } from "../model/inventory.ts";

/** A line of targets.json or urls.json: two sides with the same text scrape the same. */
export interface GroupLine {
  /** Canonical JSON of the labels, `{"…":"…"}`. */
  readonly labels: string;
  /** What stands between the brackets of `targets`; "" for the group of a shard with nothing to scrape. */
  readonly targets: string;
}

/**
 * How many targets both sides are known to scrape alike, so that nobody wrote out their lines: of each shard, job (of probes
 * their module) and service.
 */
export type UnchangedTargets = Readonly<Record<"shard" | "job" | "service", ReadonlyMap<string, number>>>;

export interface ShardSide {
  readonly name: string;
  /** As the shard's document has them; a shard without is pulled by nobody. */
  readonly servers: readonly string[];
  /** False for `enabled: false`: what is there stays, new projects are refused. */
  readonly isEnabled: boolean;
  /** Digest of its scrape-config.yml; undefined where nobody knows. */
  readonly scrapeConfig?: string;
  readonly targets: readonly GroupLine[];
  readonly urls: readonly GroupLine[];
}

/** One target as it is scraped. */
export interface PlanTarget {
  readonly kind: "exporter" | "probe";
  readonly shard: string;
  readonly project: string;
  readonly service: string;
  /** Of a probe its module. */
  readonly job: string;
  /** As rendered: `host:port`, or the probe's target. */
  readonly address: string;
  /** `http` or `https`; "" for probes: what they ask is their address. */
  readonly scheme: string;
  /** `/metrics` where none is given, as Prometheus has it; "" for probes. */
  readonly path: string;
  /** `__param_*`, without the module of a probe. */
  readonly params: Readonly<Record<string, string>>;
  /** The labels that series get: those without `__`. `instance` is the address, unless it is among them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The rendered inventory of a revision or of the working tree, or what was published. */
export interface Side {
  readonly kind: "worktree" | "revision" | "published";
  readonly commit?: string;
  readonly generation?: number;
  /** What artifacts name as their repository. */
  readonly repository?: string;
  /** Which files there are besides those of shards; one that is not named, nobody knows of. */
  readonly artifacts?: Readonly<Partial<Record<ArtifactKind, boolean>>>;
  readonly shards: ReadonlyMap<string, ShardSide>;
  /** Besides those in the lines; the same on both sides. No project is in both. */
  readonly unchanged?: UnchangedTargets;
  /** The limits that hold there, for a revision: a change that loosens them is judged by the old ones. */
  readonly gate?: Gate;
  /** Where a target is written, for sides that have an inventory. */
  readonly locate?: (target: PlanTarget) => Origin | undefined;
  /** False where the base has mistakes of its own: what seems to be added may have been there. */
  readonly isComplete: boolean;
}
