/**
 * A key that a map has twice. Most often a second item or document begins there, and its `- ` or `---` was forgotten.
 */
import type { Node } from "yaml";
import { excerpt } from "./excerpt.ts";
import { lineAt } from "./line.ts";
import type { Mistake } from "./mistake.ts";
import { rangeOf } from "./odd-node.ts";
import { yaml } from "./packages.ts";

/** Keys that say what an item is: each item has one of them. */
export const ITEM_KEYS: ReadonlySet<string> = new Set(["name", "job", "host", "module"]);

/** Keys that say what a document is. So does `shard` without any of them; a service has one, too. */
const DOCUMENT_KEYS: ReadonlySet<string> = new Set(["service", "farm"]);
const SHARD: ReadonlySet<string> = new Set(["shard"]);

/** What may begin once more within a map. */
export interface Beginning {
  readonly of: "item" | "document";
  readonly keys: ReadonlySet<string>;
  /** Offset of the map. */
  readonly start: number;
  /** It is written in brackets. */
  readonly isFlow: boolean;
}

/** @param keys of the map, in order */
export function itemBeginning(keys: readonly string[], start: number, isFlow: boolean): Beginning {
  return { of: "item", keys: new Set([...ITEM_KEYS, ...keys.slice(0, 1)]), start, isFlow };
}

/** @param keys of the map, in order */
export function documentBeginning(keys: readonly string[], start: number, isFlow: boolean): Beginning | undefined {
  const isOther = keys.some((key) => DOCUMENT_KEYS.has(key));
  return isFlow ? undefined : { of: "document", keys: isOther ? DOCUMENT_KEYS : SHARD, start, isFlow };
}

/** The second of two keys, where an item or document begins with it. */
export function beginsAgain(source: string, text: string, key: Node, first: Node, beginning: Beginning): Mistake {
  const name = excerpt(text);
  const isItem = beginning.of === "item";
  return {
    code: "yaml/duplicate-key",
    message: isItem
      ? `the key ${name} is given twice in one item of a list, as if a second item began here`
      : `the key ${name} is given twice in one document, as if a second one began here`,
    range: rangeOf(key),
    help: `${isItem ? helpForItem(source, key, beginning) : `write \`---\` on a line of its own above it if a second ${text} begins here`}; else compare both values, and keep the one that is meant`,
    related: [{ range: rangeOf(first), note: "first given here" }],
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
