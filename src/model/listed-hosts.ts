/**
 * `hosts:` of a document → plain data: the names, ranges expanded, and what is known from them alone. Whichever thread reads
 * the file can do it, and give it to another one as JSON.
 */
import type { DocumentKind } from "./build.ts";
import { expandRange, isRange } from "./host-range.ts";
import { areCanonical, arePlainAscii, arePlainlyFine, HOST_SEPARATOR } from "./plain-hosts.ts";
import { isMap, list } from "./values.ts";
import type { Value } from "./values.ts";

/** A range such as `web[9-1]` that cannot be expanded. */
export interface RangeProblem {
  /** Index of the item in the list. */
  readonly item: number;
  readonly text: string;
  /** What is wrong with it, for the end of a sentence. */
  readonly reason: string;
}

export interface ListedHosts {
  /** Number of names. */
  readonly count: number;
  /** With `HOST_SEPARATOR` between them; a list where one holds it, and would come back as two. */
  readonly names: string | readonly string[];
  /** `items[i]` is the index in the YAML list that name `i` comes from; missing where each item is one host. */
  readonly items?: readonly number[];
  /** Index and `labels:` of each item that is written as a map. */
  readonly labels?: readonly (readonly [item: number, labels: unknown])[];
  readonly problems?: readonly RangeProblem[];
  /** The names are ASCII without colons: they are rendered as they are. */
  readonly isAscii: boolean;
  /** `sorted` is ascending with equal neighbours. */
  readonly order: "ascending" | "sorted" | "none";
  /** Surely, all are their own canonical form. */
  readonly isCanonical: boolean;
  /** Surely, no rule finds anything in one of them. */
  readonly isPlainlyFine: boolean;
}

/** Of a farm without `hosts:`. */
export const NO_HOSTS: ListedHosts = factsOf([]);

/** Lists the hosts of a document, each in its place. Those that are listed already stay. */
export function listHosts(kind: DocumentKind, document: Value): void {
  if (kind === "farm") listHostsIn(document);
  else if (kind === "service")
    for (const project of list(document["projects"])) if (isMap(project)) listHostsIn(project);
}

function listHostsIn(owner: Record<string, unknown>): void {
  const { hosts } = owner;
  if (Array.isArray(hosts)) owner["hosts"] = listOf(hosts);
}

function listOf(entries: readonly unknown[]): ListedHosts {
  const names: string[] = [];
  let items: number[] | undefined;
  let labels: [number, unknown][] | undefined;
  let problems: RangeProblem[] | undefined;
  for (let item = 0; item < entries.length; item++) {
    const entry = entries[item];
    let host = entry;
    if (isMap(entry)) {
      host = entry["host"];
      (labels ??= []).push([item, entry["labels"]]);
    }
    if (typeof host === "string" && !isRange(host)) names.push(host);
    else {
      items ??= Array.from(names, (_, index) => index);
      if (typeof host === "string") {
        const expansion = expandRange(host);
        if ("names" in expansion) for (const name of expansion.names) names.push(name);
        else (problems ??= []).push({ item, text: host, reason: expansion.reason });
      }
    }
    if (items !== undefined) while (items.length < names.length) items.push(item);
  }
  return { ...factsOf(names), ...(items && { items }), ...(labels && { labels }), ...(problems && { problems }) };
}

function factsOf(names: readonly string[]): ListedHosts {
  const count = names.length;
  const order = orderOf(names);
  if (names.some((name) => name.includes(HOST_SEPARATOR)))
    return { count, names, isAscii: false, order, isCanonical: false, isPlainlyFine: false };
  const text = names.join(HOST_SEPARATOR);
  const isPlainlyFine = arePlainlyFine(text);
  return {
    count,
    names: text,
    isAscii: isPlainlyFine || arePlainAscii(text),
    order,
    isCanonical: isPlainlyFine || areCanonical(text),
    isPlainlyFine,
  };
}

function orderOf(texts: readonly string[]): ListedHosts["order"] {
  let isAscending = true;
  for (let index = 1; index < texts.length; index++) {
    const one = texts[index - 1] ?? "";
    const next = texts[index] ?? "";
    if (one > next) return "none";
    if (one === next) isAscending = false;
  }
  return isAscending ? "ascending" : "sorted";
}
