/**
 * schema/unknown-key: a service, a farm or a shard that begins in the middle of another document, for want of a `---`.
 */
import type { Path } from "../diagnostic.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import type { Kind } from "./kind.ts";
import { KINDS, TELLING } from "./kind.ts";
import { SHAPES } from "./shapes.ts";

type Value = Record<string, unknown>;

/**
 * Finds that, and takes out of the document what belongs to the other ones: nobody knows whose the keys are that both may
 * have, such as `labels`.
 *
 * @param path route of the document in its file
 */
export function takeApart(file: string, path: Path, kind: Kind, value: Value): SchemaDiagnostic[] {
  const known = SHAPES[kind].keys ?? {};
  const isOther = (other: Kind): boolean =>
    other !== kind &&
    Object.hasOwn(value, other) &&
    TELLING[other].some((key) => Object.hasOwn(value, key) && !Object.hasOwn(known, key));
  const others = KINDS.filter(isOther);
  if (others.length === 0 || !Object.hasOwn(value, kind)) return [];
  const starts = Object.keys(value).filter((key) => key === kind || others.some((other) => other === key));
  for (const other of others)
    for (const key of Object.keys(SHAPES[other].keys ?? {})) if (!Object.hasOwn(known, key)) delete value[key];
  return starts.slice(1).map((start, index) => ({
    code: "schema/unknown-key",
    severity: "error",
    message: `\`${start}\` begins another document, within that of \`${starts[index]}\``,
    where: { file, path: [...path, start], part: "key" },
    help: `write a line \`---\` before \`${start}:\`, where it and its keys begin`,
  }));
}
