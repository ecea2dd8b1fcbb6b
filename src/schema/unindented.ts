/**
 * schema/unknown-key: what a list or map should hold stands beside its key, in the same column. To YAML the key is empty, and
 * all that follows belongs to the map around it.
 */
import type { Shape } from "./shape.ts";
import type { DocumentKind } from "./shapes.ts";
import { guessKey, otherWord } from "./unknown-key.ts";
import { code, flowText, listItem } from "./words.ts";

type Value = Readonly<Record<string, unknown>>;

/** Unknown keys that belong below another one of their map. */
export interface Unindented {
  /** In their order; at least one. */
  readonly keys: readonly string[];
  /** The empty key above them. */
  readonly above: string;
  readonly help: string;
}

/**
 * @param kind of the document
 * @param owner the map that has the unknown keys
 */
export function findUnindented(
  kind: DocumentKind,
  shape: Shape,
  owner: Value,
  unknown: readonly string[],
): Unindented[] {
  const found: Unindented[] = [];
  let above: string | undefined;
  let keys: string[] = [];
  const end = (): void => {
    const inner = above === undefined ? undefined : shape.keys?.[above];
    if (above !== undefined && inner !== undefined && keys.length > 0)
      found.push({ keys, above, help: indent(inner, owner, above, keys) });
    above = undefined;
    keys = [];
  };
  for (const [key, value] of Object.entries(owner)) {
    const inner = above === undefined ? undefined : shape.keys?.[above];
    if (unknown.includes(key)) {
      if (inner === undefined) continue;
      const isFree = guessKey(kind, shape, owner, key).key === undefined;
      if (keys.length === 0 ? begins(inner, key, value, isFree) : goesOn(inner, key, value, isFree)) keys.push(key);
      else end();
      continue;
    }
    // The map around may have a key of the same name: `labels`.
    if (keys.length > 0 && Object.hasOwn(closedKeys(inner) ?? {}, key)) continue;
    end();
    if (value === null && isCollection(shape.keys?.[key])) above = key;
  }
  end();
  return found;
}

/** @param isFree no key that the map around may still have is like it */
function begins(inner: Shape, key: string, value: unknown, isFree: boolean): boolean {
  const closed = closedKeys(inner);
  if (closed !== undefined && Object.hasOwn(closed, key)) return true;
  if (!isFree) return false;
  return closed === undefined ? fits(inner, value) : isWordOf(inner, key) || (isHosts(inner) && value === null);
}

function goesOn(inner: Shape, key: string, value: unknown, isFree: boolean): boolean {
  return begins(inner, key, value, true) || (isFree && closedKeys(inner) !== undefined);
}

/** The keys of the map itself, or of the maps in a list; `undefined` where any name is one. */
function closedKeys(inner: Shape | undefined): Shape["keys"] {
  return inner !== undefined && (inner.each === undefined || isList(inner)) ? (inner.each ?? inner).keys : undefined;
}

/** @param inner a map with free names: of texts, or of maps and what may be written in short for one */
function fits(inner: Shape, value: unknown): boolean {
  if (isList(inner) || value === null || Array.isArray(value)) return false;
  return typeof value !== "object" || inner.each?.keys !== undefined;
}

function isWordOf(inner: Shape, key: string): boolean {
  return otherWord(inner.each ?? inner, key) !== undefined;
}

function isHosts({ each }: Shape): boolean {
  return each?.noun === "a host";
}

function isCollection(shape: Shape | undefined): boolean {
  return shape?.keys !== undefined || shape?.each !== undefined;
}

function isList({ wants }: Shape): boolean {
  return wants.startsWith("a list");
}

function indent(inner: Shape, owner: Value, above: string, keys: readonly string[]): string {
  const [first = ""] = keys;
  if (isHosts(inner) && owner[first] === null)
    return `write each host as an item below \`${above}:\`, without a colon after it: ${code(listItem(first))}`;
  const them = keys.length === 1 ? "it" : "them";
  if (!isList(inner)) return `indent ${them} below \`${above}:\``;
  const value = owner[first];
  const item = code(`- ${first}: ${typeof value === "string" ? flowText(value) : "…"}`);
  const rest = keys.length === 1 ? "" : ", and the rest below it";
  return `indent ${them} below \`${above}:\`, as an item of its list: ${item}${rest}`;
}

/**
 * `node:` with `port: 9100` in its column, where each entry of a map is a map itself: those that follow the empty one, and
 * are keys of such a map.
 */
export function unindentedFields(each: Shape, owner: Value, name: string): string[] {
  const after = Object.keys(owner).slice(Object.keys(owner).indexOf(name) + 1);
  const isField = (key: string): boolean =>
    Object.hasOwn(each.keys ?? {}, key) && (typeof owner[key] !== "object" || owner[key] === null);
  const end = after.findIndex((key) => !isField(key));
  return owner[name] === null ? after.slice(0, end < 0 ? after.length : end) : [];
}
