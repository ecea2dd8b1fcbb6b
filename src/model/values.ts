/**
 * Values of checked documents → parts of an inventory: what has another type was dropped with a finding, and counts as
 * missing.
 */
import type { Items, Labels } from "./inventory.ts";

/** A map of a document, its keys checked by the schema. */
export type Value = Readonly<Record<string, unknown>>;

export const NO_LABELS: Labels = Object.freeze({});

export function isMap(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function map(value: unknown): Value {
  return isMap(value) ? value : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
  return typeof value === "string" ? keep(value) : "";
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** The texts of a list, and where they stand in it. */
export function texts(value: unknown): { texts: readonly string[]; items: Items } {
  if (list(value).every(isText)) return { texts: (list(value) as readonly string[]).map(keep), items: undefined };
  const found: string[] = [];
  const items: number[] = [];
  for (const [index, item] of list(value).entries()) {
    if (!isText(item)) continue;
    found.push(keep(item));
    items.push(index);
  }
  return { texts: found, items };
}

/** The same for one name, or a list of names. */
export function names(value: unknown): { texts: readonly string[]; items: Items } {
  return typeof value === "string" ? { texts: [keep(value)], items: undefined } : texts(value);
}

/** Takes the map over: the parsed document is dropped. */
export function labels(value: unknown): Labels {
  if (!isMap(value)) return NO_LABELS;
  let isEmpty = true;
  for (const name in value) {
    isEmpty = false;
    const label = value[name];
    if (typeof label === "string") (value as Record<string, string>)[name] = keep(label);
  }
  return isEmpty ? NO_LABELS : (value as Labels);
}

export function optional<Key extends string>(key: Key, value: unknown): { [K in Key]?: string } {
  return (typeof value === "string" ? { [key]: keep(value) } : {}) as { [K in Key]?: string };
}

/** V8 cuts a text of this length or more out of a file by pointing into the file's, which then stays in memory. */
const SHORTEST_SLICE = 13;

const kept = new Map<string, string>();

/** The same text in memory of its own, one copy of each: an inventory says the same words over and over. */
export function keep(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  let copy = kept.get(text);
  if (copy === undefined) {
    copy = [text.slice(0, 1), text.slice(1)].join("");
    kept.set(copy, copy);
  }
  return copy;
}

/** To be called when everything is read. */
export function forgetTexts(): void {
  kept.clear();
}
