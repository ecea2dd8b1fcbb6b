/**
 * Lists of hosts, as large inventories can hold half a million of them.
 */
import type { Labels, Origin } from "./inventory.ts";
import type { ListedHosts, RangeProblem } from "./listed-hosts.ts";
import { HOST_SEPARATOR } from "./plain-hosts.ts";
import { labels } from "./values.ts";

/**
 * The hosts of a farm document or of a project, ranges expanded, as they are written otherwise.
 *
 * The names of a list are kept as one text: half a million strings would cost more memory than all files, and keep the
 * files' text alive besides.
 */
export class HostList {
  /** The list itself. */
  readonly origin: Origin;
  /** Labels of the items that are written as a map, by item index; an empty map where such an item has none. */
  readonly labels: ReadonlyMap<number, Labels>;
  readonly #listed: ListedHosts;

  constructor(origin: Origin, listed: ListedHosts) {
    this.origin = origin;
    this.labels = listed.labels === undefined ? NO_HOST_LABELS : labelsOf(listed.labels);
    this.#listed = listed;
  }

  /** Number of names. */
  get count(): number {
    return this.#listed.count;
  }

  /** `items[i]` is the index in the YAML list that name `i` comes from; undefined where each item is one host. */
  get items(): readonly number[] | undefined {
    return this.#listed.items;
  }

  get problems(): readonly RangeProblem[] {
    return this.#listed.problems ?? NO_PROBLEMS;
  }

  /** The names are ASCII without colons: they are rendered as they are. */
  get isAscii(): boolean {
    return this.#listed.isAscii;
  }

  /** And they are sorted. */
  get isPlain(): boolean {
    return this.isAscii && this.#listed.order !== "none";
  }

  /** True where the names are sorted and none is there twice. */
  get isAscending(): boolean {
    return this.#listed.order === "ascending";
  }

  /** Surely, all names are their own canonical form. */
  get isCanonical(): boolean {
    return this.#listed.isCanonical;
  }

  /** Surely, no rule finds anything in one of the names. */
  get isPlainlyFine(): boolean {
    return this.#listed.isPlainlyFine;
  }

  /** The names with `HOST_SEPARATOR` between them, for those who look at all at once; undefined where a name holds it. */
  get text(): string | undefined {
    const { names } = this.#listed;
    return typeof names === "string" ? names : undefined;
  }

  /** Makes the list anew at each call: take it once, not in a loop. */
  get names(): readonly string[] {
    const { names, count } = this.#listed;
    if (typeof names !== "string") return names;
    return count === 0 ? [] : names.split(HOST_SEPARATOR);
  }
}

const NO_HOST_LABELS: ReadonlyMap<number, Labels> = new Map();
const NO_PROBLEMS: readonly RangeProblem[] = [];

function labelsOf(listed: NonNullable<ListedHosts["labels"]>): ReadonlyMap<number, Labels> {
  return new Map(listed.map(([item, written]) => [item, labels(written)]));
}

/** The place of a host: of its text, in its item of the list. `index` counts expanded names. */
export function hostOrigin(list: HostList, index: number): Origin {
  const item = list.items?.[index] ?? index;
  const path = [...list.origin.path, item];
  return { file: list.origin.file, path: list.labels.has(item) ? [...path, "host"] : path };
}

/** The labels of a host's item in its list. */
export function hostLabels(list: HostList, index: number): Labels | undefined {
  return list.labels.get(list.items?.[index] ?? index);
}
