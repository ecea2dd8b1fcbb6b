/**
 * `hosts:` of a document → plain data: the names, ranges expanded, and what is known from them alone. Whichever thread reads
 * the file can do it, and give it to another one as JSON.
 */
import type { DocumentKind } from "./build.ts";
import { expandRange, isRange } from "./host-range.ts";
import type { RangeFlaw } from "./host-range.ts";
import { areCanonical, arePlainAscii, arePlainlyFine, HOST_SEPARATOR } from "./plain-hosts.ts";
import { isMap, list } from "./values.ts";
import type { Value } from "./values.ts";

/** A range such as `web[9-1]` that cannot be expanded. */
export interface RangeProblem extends RangeFlaw {
  /** Index of the item in the list. */
  readonly item: number;
  readonly text: string;
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
  /** Index and text of each range that is expanded, where a rule may find something in one of the names. */
  readonly ranges?: readonly (readonly [item: number, text: string])[];
  /** The names are ASCII without colons: they are rendered as they are. */
  readonly isAscii: boolean;
  /** `sorted` is ascending with equal neighbours. */
  readonly order: "ascending" | "sorted" | "none";
  /** Surely, all are their own canonical form. */
  readonly isCanonical: boolean;
  /** Surely, no rule finds anything in one of them. */
  readonly isPlainlyFine: boolean;
}

const SEPARATOR = HOST_SEPARATOR.charCodeAt(0);

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
  return listPlain(entries) ?? listAny(entries);
}

/** Nearly every list: of hosts about which there is nothing to say. It is looked at as one text, without its strings. */
function listPlain(entries: readonly unknown[]): ListedHosts | undefined {
  if (!entries.every((entry) => typeof entry === "string")) return undefined;
  const text = entries.join(HOST_SEPARATOR);
  const isPlainlyFine = arePlainlyFine(text) && countParts(text) === entries.length;
  return isPlainlyFine
    ? { count: entries.length, names: text, isAscii: true, order: orderIn(text), isCanonical: true, isPlainlyFine }
    : undefined;
}

function listAny(entries: readonly unknown[]): ListedHosts {
  const names: string[] = [];
  let items: number[] | undefined;
  let labels: [number, unknown][] | undefined;
  let problems: RangeProblem[] | undefined;
  const ranges: [number, string][] = [];
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
        if ("names" in expansion) {
          ranges.push([item, host]);
          for (const name of expansion.names) names.push(name);
        } else (problems ??= []).push({ item, text: host, ...expansion });
      }
    }
    if (items !== undefined) while (items.length < names.length) items.push(item);
  }
  const facts = factsOf(names);
  const isAsked = !facts.isPlainlyFine && ranges.length > 0;
  return {
    ...facts,
    ...(items && { items }),
    ...(labels && { labels }),
    ...(problems && { problems }),
    ...(isAsked && { ranges }),
  };
}

function factsOf(names: readonly string[]): ListedHosts {
  const count = names.length;
  const text = names.join(HOST_SEPARATOR);
  const isApart = names.some((name) => name.includes(HOST_SEPARATOR));
  const isPlainlyFine = !isApart && arePlainlyFine(text);
  return {
    count,
    names: isApart ? names : text,
    isAscii: isPlainlyFine || (!isApart && arePlainAscii(text)),
    order: isApart ? "none" : orderIn(text),
    isCanonical: isPlainlyFine || (!isApart && areCanonical(text)),
    isPlainlyFine,
  };
}

function countParts(text: string): number {
  let count = 1;
  for (let at = text.indexOf(HOST_SEPARATOR); at >= 0; at = text.indexOf(HOST_SEPARATOR, at + 1)) count++;
  return count;
}

/** How the parts of a text are ordered, by UTF-16 units. */
function orderIn(text: string): ListedHosts["order"] {
  let isAscending = true;
  for (let last = 0, next = text.indexOf(HOST_SEPARATOR) + 1; next > 0;) {
    const order = compareParts(text, last, next);
    if (order > 0) return "none";
    if (order === 0) isAscending = false;
    last = next;
    next = text.indexOf(HOST_SEPARATOR, next) + 1;
  }
  return isAscending ? "ascending" : "sorted";
}

/** @param first and second where the parts begin */
function compareParts(text: string, first: number, second: number): number {
  for (let at = 0; ; at++) {
    const one = unitAt(text, first + at);
    const other = unitAt(text, second + at);
    if (one !== other || one < 0) return one - other;
  }
}

/** Less than any unit where the part ends. */
function unitAt(text: string, at: number): number {
  const unit = at < text.length ? text.charCodeAt(at) : SEPARATOR;
  return unit === SEPARATOR ? -1 : unit;
}
