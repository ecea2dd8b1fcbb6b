/**
 * Texts with half of a surrogate pair, such as `"\ud800"`: UTF-8 has no bytes for it, so that no artifact could hold it.
 */
import type { Path } from "../diagnostic.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import { replace } from "./replace.ts";
import type { DocumentKind } from "./shapes.ts";
import { shapeAt } from "./shapes.ts";
import { subjectAt } from "./wrong-type.ts";

type Value = Record<string, unknown>;

/** With `u`, whole pairs are one character and do not match. */
const HALF = /[\ud800-\udfff]/u;

/**
 * Finds such values, and takes them out. Keys are the business of those who know them: none that is wanted has one.
 *
 * @param path route of the document in its file
 */
export function brokenTexts(file: string, path: Path, kind: DocumentKind, root: Value): SchemaDiagnostic[] {
  const found: { readonly steps: Path; readonly half: string }[] = [];
  const look = (node: unknown, steps: Path): void => {
    if (typeof node === "string") {
      const half = HALF.exec(node)?.[0];
      if (half !== undefined) found.push({ steps, half });
    } else if (Array.isArray(node)) node.forEach((item, index) => look(item, [...steps, index]));
    else if (typeof node === "object" && node !== null)
      for (const [key, value] of Object.entries(node)) look(value, [...steps, key]);
  };
  look(root, []);
  return found.map(({ steps, half }) => {
    const shape = shapeAt(kind, steps);
    replace(root, steps, shape);
    return {
      code: "schema/wrong-type",
      severity: "error",
      message: `${subjectAt(shape, steps)} has half of a surrogate pair (U+${half.charCodeAt(0).toString(16).toUpperCase()}), which is no character`,
      where: { file, path: [...path, ...steps] },
      help: "write the character itself, or both halves: `\\uD83D\\uDE00` is 😀",
    };
  });
}
