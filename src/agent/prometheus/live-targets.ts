/**
 * What `/api/v1/targets` says about the targets of a file, streamed: an answer has some 800 bytes a target.
 *
 * https://prometheus.io/docs/prometheus/latest/querying/api/#targets
 */
import { objectsAt } from "./json-objects.ts";

type Texts = Readonly<Record<string, string>>;

/** A target that came out of a file. */
export interface LiveTarget {
  /** Undefined where the server does not say: dropped ones before 3.0. */
  readonly pool: string | undefined;
  /** False: relabelling drops it. */
  readonly isActive: boolean;
  /** Before relabelling; of 2.42, after it. */
  readonly labels: Texts;
  /** `__meta_filepath`. */
  readonly file: string;
}

/** `[`, `{"status":…,"data":{"activeTargets":[` : three brackets around a target, two around the counts. */
const TARGET = 3;
const COUNTS = 2;

/**
 * Calls `see` for every target that came out of a file, until it says false. Gives how many dropped ones are not listed.
 *
 * @param pool that the server was asked for; undefined: for all
 */
export async function readLiveTargets(
  chunks: AsyncIterable<Uint8Array>,
  pool: string | undefined,
  see: (target: LiveTarget) => boolean | void,
): Promise<number> {
  let listed = 0;
  let dropped = 0;
  for await (const { depth, text } of objectsAt([TARGET, COUNTS], chunks)) {
    if (depth === COUNTS) {
      // `droppedTargetCounts`, since 2.48: `keep_dropped_targets` can keep them from being listed. It has all pools, whichever
      // was asked for, and what relabelling drops in another one explains nothing that is missing in this one.
      for (const [name, count] of Object.entries(JSON.parse(text) as Record<string, unknown>))
        if (typeof count === "number" && (pool === undefined || name === pool)) dropped += count;
      continue;
    }
    const target = JSON.parse(text) as {
      readonly discoveredLabels?: Texts;
      readonly scrapePool?: string;
      readonly scrapeUrl?: string;
    };
    const isActive = target.scrapeUrl !== undefined;
    if (!isActive) listed++;
    const labels = target.discoveredLabels ?? {};
    const file = labels["__meta_filepath"];
    if (file !== undefined && see({ pool: target.scrapePool, isActive, labels, file }) === false) return 0;
  }
  return Math.max(0, dropped - listed);
}

/** Targets that a file lists, to be ticked off. */
interface Listed {
  readonly labels: Texts;
  isSeen: boolean;
}

export interface Difference {
  /** Listed by the file, and neither scraped nor dropped by relabelling. */
  readonly missing: number;
  /** Scraped because of this file, which does not list them. */
  readonly ghosts: number;
  /** A few of both. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/** The targets of a file, against which those of servers are held. */
export class TargetList {
  readonly #targets = new Map<string, Listed[]>();
  readonly #ghosts = new Set<string>();
  #unlisted = 0;

  /** Reads a targets.json. Objects in it that are no groups count as groups without targets: others check the form. */
  static async read(content: AsyncIterable<Uint8Array>): Promise<TargetList> {
    const list = new TargetList();
    for await (const { text } of objectsAt([1], content)) {
      const { targets, labels } = JSON.parse(text) as { targets?: unknown; labels?: Texts };
      if (Array.isArray(targets)) for (const target of targets) list.#add(String(target), labels ?? {});
    }
    return list;
  }

  /** Takes the answer of a server. Can be called for several pools, one after the other. */
  async tickOff(
    chunks: AsyncIterable<Uint8Array>,
    pool: string | undefined,
    isOurs: (file: string) => boolean,
  ): Promise<void> {
    this.#unlisted += await readLiveTargets(chunks, pool, (target) => {
      if (isOurs(target.file) && !this.#tick(target.labels) && target.isActive)
        this.#ghosts.add(`${target.labels["job"] ?? ""}\0${target.labels["__address__"] ?? ""}`);
    });
  }

  difference(): Difference {
    const missing: string[] = [];
    let count = 0;
    for (const [address, listed] of this.#targets) {
      // The same target in two groups is one target.
      const unseen = listed.filter(({ isSeen }) => !isSeen).map(({ labels }) => labels);
      const distinct = unseen.filter((labels, at) => unseen.findIndex((other) => isFrom(other, labels)) === at);
      count += distinct.length;
      if (missing.length < EXAMPLES)
        missing.push(...distinct.map((labels) => `${address} (job ${labels["job"] ?? "?"}) is not scraped`));
    }
    const ghosts = [...this.#ghosts].map((ghost) => {
      const [job = "", address = ""] = ghost.split("\0");
      return `${address} (job ${job}) is scraped and not in the file`;
    });
    return {
      missing: Math.max(0, count - this.#unlisted),
      ghosts: ghosts.length,
      examples: [...ghosts, ...missing].slice(0, EXAMPLES),
    };
  }

  #add(address: string, labels: Texts): void {
    const same = this.#targets.get(address);
    if (same === undefined) this.#targets.set(address, [{ labels, isSeen: false }]);
    else same.push({ labels, isSeen: false });
  }

  /** Finds the target in the file. `__param_target`: blackbox_exporter's relabelling, which 2.42 shows as discovered. */
  #tick(seen: Texts): boolean {
    for (const address of [seen["__address__"], seen["__param_target"]]) {
      const same = (this.#targets.get(address ?? "") ?? []).filter(({ labels }) => isFrom(labels, seen));
      for (const listed of same) listed.isSeen = true;
      if (same.length > 0) return true;
    }
    return false;
  }
}

/** Whether a target can come from a group with these labels: all that says how it is scraped is the same. */
function isFrom(labels: Texts, seen: Texts): boolean {
  return Object.entries(labels).every(
    ([name, value]) => (name !== "job" && !/^__(?!tmp_|meta_)/.test(name)) || value === (seen[name] ?? ""),
  );
}
