/** Drops what is equal on both sides and takes the rest apart, so that a plan costs little more than rendering twice. */
import type { Counter } from "./counts.ts";
import type { GroupTarget } from "./group.ts";
import { countTargets, readGroup, readOwner, readTarget, readTargets } from "./group.ts";
import type { GroupLine, PlanTarget, ShardSide } from "./side.ts";

/** The targets of both sides that are not in equal groups. */
interface Differences {
  readonly before: GroupTarget[];
  readonly after: GroupTarget[];
}

/** The differences between a shard before and after, either of which may be missing; counts what is there. */
export function findDifferences(
  shard: string,
  before: ShardSide | undefined,
  after: ShardSide | undefined,
  counter: Counter,
): Differences {
  const differences: Differences = { before: [], after: [] };
  const lines = new LineComparison("exporter", shard, counter, differences);
  lines.compare(before?.targets ?? [], after?.targets ?? []);
  const urls = new LineComparison("probe", shard, counter, differences);
  urls.compare(before?.urls ?? [], after?.urls ?? []);
  return differences;
}

class LineComparison {
  readonly #kind: PlanTarget["kind"];
  readonly #shard: string;
  readonly #counter: Counter;
  readonly #differences: Differences;

  constructor(kind: PlanTarget["kind"], shard: string, counter: Counter, differences: Differences) {
    this.#kind = kind;
    this.#shard = shard;
    this.#counter = counter;
    this.#differences = differences;
  }

  compare(before: readonly GroupLine[], after: readonly GroupLine[]): void {
    const gone = targetsByLabels(before);
    for (const [labels, targets] of targetsByLabels(after)) {
      const old = gone.get(labels);
      gone.delete(labels);
      if (old === targets) this.#countEqual(labels, targets);
      else this.#takeApart(labels, readTargets(old ?? ""), readTargets(targets));
    }
    for (const [labels, targets] of gone) this.#takeApart(labels, readTargets(targets), new Set());
  }

  #countEqual(labels: string, targets: string): void {
    const count = countTargets(targets);
    this.#counter.addLasting(readOwner(this.#shard, labels), count);
  }

  /** Of groups with equal labels, what is in one of them alone. */
  #takeApart(labels: string, before: ReadonlySet<string>, after: ReadonlySet<string>): void {
    const group = readGroup(this.#kind, this.#shard, labels);
    for (const [side, targets, others] of [
      ["before", before, after],
      ["after", after, before],
    ] as const) {
      if (targets.size > 0) this.#counter.addTargets(side, group, targets.size);
      for (const target of targets) if (!others.has(target)) this.#differences[side].push(readTarget(group, target));
    }
  }
}

/** A file has one line for each set of labels; the line of a shard with nothing to scrape has none. */
function targetsByLabels(lines: readonly GroupLine[]): Map<string, string> {
  const scraped = lines.filter(({ targets }) => targets !== "");
  return new Map(scraped.map(({ labels, targets }) => [labels, targets]));
}
