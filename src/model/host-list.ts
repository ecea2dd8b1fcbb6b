/**
 * Lists of hosts, as large inventories can hold half a million of them.
 */
import { below } from "./inventory.ts";
import type { Labels, Origin } from "./inventory.ts";
import type { ListedHosts, RangeProblem } from "./listed-hosts.ts";
import { HOST_SEPARATOR } from "./plain-hosts.ts";
import { KeptText } from "./text-store.ts";
import type { TextStore } from "./text-store.ts";
import { labels } from "./values.ts";

/**
 * The hosts of a farm document or of a project, ranges expanded, as they are written otherwise.
 *
 * The names of a list are kept as one text: half a million strings would cost more memory than all files, and keep the
 * files' text alive besides.
 */
export class HostList {
  /** Number of names. */
  readonly count: number;
  /** `items[i]` is the index in the YAML list that name `i` comes from; undefined where each item is one host. */
  readonly items: readonly number[] | undefined;
  /** Labels of the items that are written as a map, by item index; an empty map where such an item has none. */
  readonly labels: ReadonlyMap<number, Labels>;
  readonly problems: readonly RangeProblem[];
  /** Text of the items that are ranges, by item index; only where one of the names may have a problem. */
  readonly ranges: ReadonlyMap<number, string>;
  /** The names are ASCII without colons: they are rendered as they are. */
  readonly isAscii: boolean;
  /** Surely, all names are their own canonical form. */
  readonly isCanonical: boolean;
  /** Surely, no rule finds anything in one of the names. */
  readonly isPlainlyFine: boolean;
  readonly #owner: Origin;
  readonly #order: ListedHosts["order"];
  readonly #names: KeptText | string | readonly string[];

  /**
   * @param owner the document or project that has `hosts:`
   * @param store keeps the names of a long list
   */
  constructor(owner: Origin, listed: ListedHosts, store: TextStore) {
    const { names, isAscii } = listed;
    this.#owner = owner;
    this.count = listed.count;
    this.items = listed.items;
    this.labels = listed.labels === undefined ? NO_HOST_LABELS : labelsOf(listed.labels);
    this.problems = listed.problems ?? NO_PROBLEMS;
    this.ranges = listed.ranges === undefined ? NO_RANGES : new Map(listed.ranges);
    this.isAscii = isAscii;
    this.isCanonical = listed.isCanonical;
    this.isPlainlyFine = listed.isPlainlyFine;
    this.#order = listed.order;
    this.#names = typeof names === "string" && isAscii && names.length > SHORT ? store.keep(names) : names;
  }

  /** The list itself. */
  get origin(): Origin {
    return below(this.#owner, "hosts");
  }

  /** They are ASCII, and they are sorted. */
  get isPlain(): boolean {
    return this.isAscii && this.#order !== "none";
  }

  /** True where the names are sorted and none is there twice. */
  get isAscending(): boolean {
    return this.#order === "ascending";
  }

  /** The names with `HOST_SEPARATOR` between them, for those who look at all at once; undefined where a name holds it. */
  get text(): string | undefined {
    const names = this.#names;
    if (typeof names === "string") return names;
    return names instanceof KeptText ? names.text : undefined;
  }

  /** Makes the list anew at each call: take it once, not in a loop. */
  get names(): readonly string[] {
    const names = this.#names;
    if (typeof names !== "string" && !(names instanceof KeptText)) return names;
    return this.count === 0 ? [] : (this.text ?? "").split(HOST_SEPARATOR);
  }
}

/** Characters of what takes no more memory than what is known of a kept text. */
const SHORT = 64;

const NO_HOST_LABELS: ReadonlyMap<number, Labels> = new Map();
const NO_PROBLEMS: readonly RangeProblem[] = [];
const NO_RANGES: ReadonlyMap<number, string> = new Map();

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
