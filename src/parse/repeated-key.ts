/**
 * A key that a map has twice. Most often a second item or document begins there, and its `- ` or `---` was forgotten.
 */
import type { Node, YAMLMap } from "yaml";
import { excerpt } from "./excerpt.ts";
import { lineAt } from "./line.ts";
import type { Mistake } from "./mistake.ts";
import { rangeOf, textOf } from "./odd-node.ts";
import type { Within } from "./odd-node.ts";
import { yaml } from "./packages.ts";

/** Keys that say what an item is: each item has one of them. */
export const ITEM_KEYS: ReadonlySet<string> = new Set(["name", "job", "host", "module"]);

/** Keys that say what a document is, with those that no other document has. A service may have a shard, too. */
const TELLING: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["service", new Set(["owner", "projects"])],
  ["farm", new Set(["hosts", "source"])],
  ["shard", new Set(["servers", "limits", "enabled", "prometheus"])],
]);

/** What a document with several of them is, first. */
const KINDS = [...TELLING.keys()];

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
  /** Offset of the map. */
  readonly start: number;
  /** It is written in brackets. */
  readonly isFlow: boolean;
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
  seen: ReadonlyMap<string, readonly [Node, unknown]>,
): Repeated | undefined {
  for (const { key: second } of map.items.slice(index)) {
    const text = yaml().isScalar(second) ? textOf(second) : "";
    const [first] = seen.get(text) ?? [];
    if (first !== undefined) return { text, first, second };
  }
  return undefined;
}

/** Where further items begin in one of a list. */
function itemBeginning(entries: readonly Entry[], start: number, isFlow: boolean): Beginning {
  const keys = new Set([...ITEM_KEYS, ...entries.slice(0, 1).map(({ key }) => key)]);
  const begins: Begins = (key, _, before) => keys.has(key) && has(before(), key);
  return { of: "item", at: beginningsIn(entries, begins), start, isFlow };
}

/** Where further documents begin in one: there is no way to begin one in brackets. */
function documentBeginning(entries: readonly Entry[], start: number, isFlow: boolean): Beginning | undefined {
  return isFlow ? undefined : { of: "document", at: beginningsIn(entries, beginsDocument), start, isFlow };
}

type Begins = (
  key: string,
  value: string | undefined,
  before: () => readonly Entry[],
  behind: () => readonly Entry[],
) => boolean;

/** @param begins may ask for what the item or document holds so far, and for all that is behind */
function beginningsIn(entries: readonly Entry[], begins: Begins): ReadonlySet<number> {
  const at = new Set<number>();
  let start = 0;
  for (const [index, { key, value }] of entries.entries()) {
    const before = (): readonly Entry[] => entries.slice(start, index);
    if (!begins(key, value, before, () => entries.slice(index + 1))) continue;
    at.add(index);
    start = index;
  }
  return at;
}

const beginsDocument: Begins = (key, value, before, behind) => {
  if (!TELLING.has(key)) return false;
  const held = before();
  const kind = KINDS.find((name) => has(held, name));
  if (kind === undefined) return false;
  // A line written twice begins nothing.
  if (kind === key) return held.length > 1 && held.every((other) => other.key !== key || other.value !== value);
  const rest = behind();
  const next = rest.findIndex((other) => other.key === key);
  const own = next < 0 ? rest : rest.slice(0, next);
  if (!isTold(key, own)) return false;
  if (has(held, key)) return true;
  // Where nothing is repeated, it is for the schema to say what is wrong with the key. A service may have a shard.
  const isForeign = key === "farm" || kind === "farm" || isTold(kind, held);
  return isForeign && own.some((other) => has(held, other.key));
};

function has(entries: readonly Entry[], key: string): boolean {
  return entries.some((entry) => entry.key === key);
}

/** True where one of the keys is found in documents of this kind alone. */
function isTold(kind: string, entries: readonly Entry[]): boolean {
  return entries.some(({ key }) => TELLING.get(kind)?.has(key));
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

/** The second of two keys of a map. */
export function duplicateKey(
  text: string,
  [key, value]: readonly [Node, Node | null],
  [first, firstValue]: readonly [Node, Node | null],
): Mistake {
  const name = excerpt(text);
  const areAlike =
    (yaml().isSeq(value) && yaml().isSeq(firstValue)) || (yaml().isMap(value) && yaml().isMap(firstValue));
  return {
    code: "yaml/duplicate-key",
    message: `the key ${name} is given twice in one map`,
    range: rangeOf(key),
    help: areAlike
      ? `put what both hold below one ${name}`
      : "compare both values, and keep the one that is meant, or put them together",
    related: [{ range: rangeOf(first), note: "first given here" }],
  };
}
