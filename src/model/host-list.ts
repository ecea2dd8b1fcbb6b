/**
 * Lists of hosts, as large inventories can hold half a million of them.
 */
import type { Labels, Origin } from "./inventory.ts";

/** A range such as `web[9-1]` that cannot be expanded. */
export interface RangeProblem {
  /** Index of the item in the list. */
  readonly item: number;
  readonly text: string;
  /** What is wrong with it, for the end of a sentence. */
  readonly reason: string;
}

/**
 * The hosts of a farm document or of a project, ranges expanded, as they are written otherwise.
 *
 * The names of a list are kept as one text: half a million strings would cost more memory than all files, and keep the
 * files' text alive besides.
 */
export class HostList {
  /** The list itself. */
  readonly origin: Origin;
  /** Number of names. */
  readonly count: number;
  /** `items[i]` is the index in the YAML list that name `i` comes from; undefined where each item is one host. */
  readonly items: readonly number[] | undefined;
  /** Labels of the items that are written as a map, by item index; an empty map where such an item has none. */
  readonly labels: ReadonlyMap<number, Labels>;
  readonly problems: readonly RangeProblem[];
  /** The names are ASCII without colons: they are rendered as they are. */
  readonly isAscii: boolean;
  /** And they are sorted. */
  readonly isPlain: boolean;
  /** True where the names are sorted and none is there twice. */
  readonly isAscending: boolean;
  readonly #names: string | readonly string[];

  constructor(
    origin: Origin,
    names: readonly string[],
    items: readonly number[] | undefined,
    labels: ReadonlyMap<number, Labels>,
    problems: readonly RangeProblem[],
  ) {
    this.origin = origin;
    this.count = names.length;
    this.items = items;
    this.labels = labels;
    this.problems = problems;
    const text = names.join(HOST_SEPARATOR);
    // A name with the separator in it would come back as two.
    this.#names = text.includes(HOST_SEPARATOR) && names.some((name) => name.includes(HOST_SEPARATOR)) ? names : text;
    this.isAscii = !NOT_PLAIN.test(text);
    const order = orderOf(names);
    this.isPlain = this.isAscii && order !== "none";
    this.isAscending = order === "ascending";
  }

  /** The names with `HOST_SEPARATOR` between them, for those who look at all at once; undefined where a name holds it. */
  get text(): string | undefined {
    return typeof this.#names === "string" ? this.#names : undefined;
  }

  /** Makes the list anew at each call: take it once, not in a loop. */
  get names(): readonly string[] {
    if (typeof this.#names !== "string") return this.#names;
    return this.count === 0 ? [] : this.#names.split(HOST_SEPARATOR);
  }
}

/** `sorted` is ascending with equal neighbours. */
function orderOf(texts: readonly string[]): "ascending" | "sorted" | "none" {
  let isAscending = true;
  for (let index = 1; index < texts.length; index++) {
    const one = texts[index - 1] ?? "";
    const next = texts[index] ?? "";
    if (one > next) return "none";
    if (one === next) isAscending = false;
  }
  return isAscending ? "ascending" : "sorted";
}

/** What is not ASCII, and quotes, colons, backslashes and what cannot be seen. */
const NOT_PLAIN = /[^\0!#-9;-[\]-~]/;

/** No host name holds it; a text with an escaped NUL is kept apart. */
export const HOST_SEPARATOR = "\0";

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
