/**
 * schema/unknown-key: a service, a farm or a shard that begins in the middle of another document, for want of a `---`.
 */
import type { Path } from "../diagnostic.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import type { Kind } from "../model/kind.ts";
import { KINDS, MAIN } from "../model/kind.ts";
import { NAMED_MAPS, SHAPES } from "./shapes.ts";

type Value = Record<string, unknown>;

/** A document within a document: its first key, and the others up to the next one. */
interface Part {
  readonly start: Kind;
  readonly keys: readonly string[];
}

/**
 * Finds that, and takes out of the document what belongs to the other ones, but for keys that both may have, such as
 * `labels`: nobody knows whose they are.
 *
 * @param path route of the document in its file
 */
export function takeApart(file: string, path: Path, kind: Kind, value: Value): SchemaDiagnostic[] {
  if (!Object.hasOwn(value, kind)) return [];
  const parts = partsOf(kind, value);
  if (parts.length < 2 || !parts.every((part, index) => (part.start === kind && index > 0) || isWhole(part))) return [];
  for (const { start, keys } of parts)
    if (start !== kind) for (const key of [start, ...keys]) if (!isKeyOf(kind, key)) delete value[key];
  return parts.slice(1).map(({ start }, index) => ({
    code: "schema/unknown-key",
    severity: "error",
    message: `\`${start}\` begins another document, within that of \`${parts[index]?.start}\``,
    where: { file, path: [...path, start], part: "key" },
    help: `write a line \`---\` before \`${start}:\`, where it and its keys begin`,
  }));
}

/**
 * The documents that may be within this one. `shard` without `servers` is a key of a service.
 *
 * Where a key is repeated, the parser has told them apart already, by any of the telling keys: the repetition says that
 * there are two. Here nothing does, and a key that is merely misplaced must not begin a document: it takes the main one.
 */
function partsOf(kind: Kind, value: Value): Part[] {
  const keys = Object.keys(value);
  const isStart = (key: string): boolean =>
    KINDS.some((other) => other === key && (other === kind || Object.hasOwn(value, MAIN[other])));
  const starts = keys.flatMap((key, index) => (isStart(key) ? [index] : []));
  return starts.map((from, index) => ({ start: keys[from] as Kind, keys: keys.slice(from + 1, starts[index + 1]) }));
}

/**
 * Whether it is a document as it stands. A service that has the keys of a farm, of a shard or of its projects beside its
 * own is one document with keys in a wrong place.
 */
function isWhole({ start, keys }: Part): boolean {
  const isForeign = (key: string): boolean =>
    !isKeyOf(start, key) && NAMED_MAPS.some((shape) => Object.hasOwn(shape.keys ?? {}, key));
  return keys.includes(MAIN[start]) && !keys.some(isForeign);
}

function isKeyOf(kind: Kind, key: string): boolean {
  return Object.hasOwn(SHAPES[kind].keys ?? {}, key);
}
