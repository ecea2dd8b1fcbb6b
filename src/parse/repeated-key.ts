/**
 * A key that a map has twice. Most often a second item or document begins there, and its `- ` or `---` was forgotten.
 */
import type { Node, YAMLMap } from "yaml";
import type { Kind } from "../model/kind.ts";
import { KINDS, TELLING } from "../model/kind.ts";
import { excerpt } from "./excerpt.ts";
import { lineAt } from "./line.ts";
import type { Mistake } from "./mistake.ts";
import { rangeOf, textOf } from "./odd-node.ts";
import type { Within } from "./odd-node.ts";
import { yaml } from "./packages.ts";

/** For the lists with maps in them: the key that says what an item is, and that each item has. */
export const ITEM_KEY_OF: ReadonlyMap<string, string> = new Map([
  ["projects", "name"],
  ["exporters", "job"],
  ["hosts", "host"],
  ["probes", "module"],
]);

export const ITEM_KEYS: ReadonlySet<string> = new Set(ITEM_KEY_OF.values());

/** A key of a map, and its value where that is no collection. */
interface Entry {
  readonly key: string;
  readonly value?: string | undefined;
}

/** What begins once more within a map. */
interface Beginning {
  readonly of: "item" | "document";
  /** Indices of the keys that it begins with. */
  readonly at: ReadonlySet<number>;
  /** Indices of the keys with which a document of another kind may begin: what is behind may not belong to what is before. */
  readonly perhapsAt: ReadonlySet<number>;
  /** Offset of the map. */
  readonly start: number;
  /** It is written in brackets. */
  readonly isFlow: boolean;
}

/** A key of a map, and the node of its value. */
export interface Given {
  readonly key: Node;
  readonly value: Node | null;
  /** The last key before, or this one, with which another document may have begun. */
  readonly other: Node | undefined;
}

/** What begins again within a map with a repeated key: an item of a list, or the document. */
export function beginningIn(map: YAMLMap<Node, Node | null>, within: Within): Beginning | undefined {
  if (typeof within === "object") return undefined;
  const entries = map.items.map(({ key, value }) => ({
    key: yaml().isScalar(key) ? textOf(key) : "",
    value: yaml().isScalar(value) ? textOf(value) : undefined,
  }));
  if (new Set(entries.map(({ key }) => key)).size === entries.length) return undefined;
  const begin = within === "list" ? itemBeginning : documentBeginning;
  return begin(entries, rangeOf(map)[0], map.flow === true);
}

/** The first key from this one on that was given before. */
export function repeatedFrom(
  map: YAMLMap<Node, Node | null>,
  index: number,
  seen: ReadonlyMap<string, Given>,
): Repeated | undefined {
  for (const { key: second } of map.items.slice(index)) {
    const text = yaml().isScalar(second) ? textOf(second) : "";
    const first = seen.get(text)?.key;
    if (first !== undefined) return { text, first, second };
  }
  return undefined;
}

/** Where further items begin in one of a list. */
function itemBeginning(entries: readonly Entry[], start: number, isFlow: boolean): Beginning {
  const keys = new Set([...ITEM_KEYS, ...entries.slice(0, 1).map(({ key }) => key)]);
  const at = new Set<number>();
  const held = new Set<string>();
  for (const [index, { key }] of entries.entries()) {
    if (keys.has(key) && held.has(key)) {
      at.add(index);
      held.clear();
    }
    held.add(key);
  }
  return { of: "item", at, perhapsAt: new Set(), start, isFlow };
}

/** What a document holds so far: its keys, with all values that are no collections. */
type Held = Map<string, Set<string | undefined>>;

/** Where further documents begin in one: there is no way to begin one in brackets. */
function documentBeginning(entries: readonly Entry[], start: number, isFlow: boolean): Beginning {
  const at = new Set<number>();
  const perhapsAt = new Set<number>();
  const held: Held = new Map();
  for (const [index, { key, value }] of entries.entries()) {
    if (isKind(key)) {
      if (!isFlow && beginsDocument(entries, index, key, held)) {
        at.add(index);
        held.clear();
      } else if (mayBeginDocument(entries, index, key, held)) perhapsAt.add(index);
    }
    held.set(key, (held.get(key) ?? new Set()).add(value));
  }
  return { of: "document", at, perhapsAt, start, isFlow };
}

function beginsDocument(entries: readonly Entry[], index: number, key: Kind, held: Held): boolean {
  const kind = KINDS.find((name) => held.has(name));
  if (kind === undefined) return false;
  // A line written twice begins nothing.
  if (kind === key) return held.size > 1 && held.get(key)?.has(entries[index]?.value) === false;
  const own = keysBehind(entries, index, key);
  if (!isTold(key, own)) return false;
  if (held.has(key)) return true;
  // The document before may go on behind a misplaced key; where nothing is repeated, the schema says what is wrong with it.
  return !isTold(kind, keysBehind(entries, index, key, kind)) && [...own].some((other) => held.has(other));
}

/** Unless the document before goes on behind the key, and nothing else does: then it is only misplaced. */
function mayBeginDocument(entries: readonly Entry[], index: number, key: Kind, held: Held): boolean {
  const own = keysBehind(entries, index, key);
  const others = KINDS.filter((kind) => kind !== key && (held.has(kind) || isTold(kind, held)));
  return others.length > 0 && (isTold(key, own) || !others.some((kind) => isTold(kind, own)));
}

function isKind(key: string): key is Kind {
  return KINDS.some((kind) => kind === key);
}

/** The keys behind one, up to the next of these. */
function keysBehind(entries: readonly Entry[], index: number, ...stops: readonly Kind[]): Set<string> {
  const keys = new Set<string>();
  for (let at = index + 1; at < entries.length; at++) {
    const { key = "" } = entries[at] ?? {};
    if (stops.some((stop) => stop === key)) break;
    keys.add(key);
  }
  return keys;
}

/** True where one of the keys is found in documents of this kind alone. */
function isTold(kind: Kind, keys: { has: (key: string) => boolean }): boolean {
  return TELLING[kind].some((key) => keys.has(key));
}

/** A key that is given twice, and both its places. */
interface Repeated {
  readonly text: string;
  readonly first: Node;
  readonly second: Node;
}

/** A key with which an item or document begins. @param repeated that key, or one behind it */
export function beginsAgain(
  source: string,
  text: string,
  key: Node,
  repeated: Repeated,
  beginning: Beginning,
): Mistake {
  const name = excerpt(repeated.text);
  const isItem = beginning.of === "item";
  const isElsewhere = repeated.second !== key;
  return {
    code: "yaml/duplicate-key",
    message: isItem
      ? `the key ${name} is given twice in one item of a list, as if a second item began here`
      : `the key ${name} is given twice in one document, as if a second one began ${isElsewhere ? `with ${excerpt(text)}` : "here"}`,
    range: rangeOf(key),
    help: `${isItem ? helpForItem(source, key, beginning) : `write \`---\` on a line of its own above it if a ${isElsewhere ? "" : "second "}${text} begins here`}; else compare both values, and keep the one that is meant`,
    related: [
      { range: rangeOf(repeated.first), note: "first given here" },
      ...(isElsewhere ? [{ range: rangeOf(repeated.second), note: "given again here" }] : []),
    ],
  };
}

function helpForItem(source: string, key: Node, { start, isFlow }: Beginning): string {
  if (isFlow) return "give each of them its own `{ }` if these are two items";
  const [at] = key.range ?? [0];
  const { first, content } = lineAt(source, at);
  const dash = source.lastIndexOf("-", start - 1);
  const column = dash - (source.lastIndexOf("\n", dash) + 1) + 1;
  return `write ${excerpt(`- ${content.slice(at - first)}`)} in column ${column}, below the dash above, if a second item begins here`;
}

/** Keys of a project that two projects have, each its own. */
const OF_PROJECT: ReadonlySet<string> = new Set(["farm", "hosts", "exporters", "probes"]);

/**
 * The second of two keys of a map.
 *
 * @param seen the keys of the map before the second one
 * @param isFlow the map is written in brackets
 */
export function duplicateKey(text: string, second: Given, seen: ReadonlyMap<string, Given>, isFlow: boolean): Mistake {
  const first = seen.get(text) ?? second;
  const isProject = OF_PROJECT.has(text) && seen.has("name");
  const name = excerpt(text);
  const other = second.other === first.other ? undefined : second.other;
  return {
    code: "yaml/duplicate-key",
    message: `the key ${name} is given twice in one map`,
    range: rangeOf(second.key),
    help:
      other === undefined
        ? `${isProject ? "write the line `- name: …` above if another project begins there; else " : ""}${helpForOne(name, second, first)}`
        : helpForTwo(other, isFlow),
    related: [
      { range: rangeOf(first.key), note: "first given here" },
      ...(other === undefined ? [] : [{ range: rangeOf(other), note: "another document may begin here" }]),
    ],
  };
}

function helpForOne(name: string, { value }: Given, { value: first }: Given): string {
  const areAlike = (yaml().isSeq(value) && yaml().isSeq(first)) || (yaml().isMap(value) && yaml().isMap(first));
  return areAlike
    ? `put what both hold below one ${name}`
    : "compare both values, and keep the one that is meant, or put them together";
}

/** Where two documents may be one: their values must not be put together. */
function helpForTwo(other: Node, isFlow: boolean): string {
  const compare = "compare both values, and keep the one that is meant";
  const name = excerpt(yaml().isScalar(other) ? textOf(other) : "");
  return isFlow
    ? `give each document its own \`{ }\`, with \`---\` before it, if another one begins with ${name}; else ${compare}`
    : `write \`---\` on a line of its own above ${name} if another document begins there; else ${compare}`;
}
