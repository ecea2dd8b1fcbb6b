/**
 * How others would read a scalar is of no interest where the scalar cannot stay as it is.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { YamlCode, YamlDiagnostic } from "./build.ts";
import { textForPlaces } from "./decode.ts";
import { locatorOf } from "./parse.ts";

const READINGS: ReadonlySet<YamlCode> = new Set(["yaml/implicit-type", "yaml/yaml11-ambiguous"]);

/**
 * Findings of a file without those on how a scalar is read, where another finding is about the same one: `enabled: no` has to
 * become `false`, and then quotes are no help.
 *
 * @param found what parseFile found
 * @param documents what was found in the values
 */
export function withoutAnswered(
  file: string,
  bytes: Uint8Array,
  found: readonly YamlDiagnostic[],
  documents: readonly { readonly diagnostics: readonly Diagnostic[] }[],
): readonly YamlDiagnostic[] {
  if (!found.some(({ code }) => READINGS.has(code))) return found;
  const others = documents.flatMap(({ diagnostics }) => diagnostics);
  if (others.length === 0) return found;
  const locate = locatorOf(file, textForPlaces(bytes));
  const answered = new Set(others.map(({ where }) => locate(where.path, where.part ?? "value")?.[0]));
  return found.filter(({ code, where }) => !(READINGS.has(code) && answered.has(where.range?.[0])));
}
