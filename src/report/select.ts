/**
 * Which of many findings are shown. Places are not needed for it: resolving 100,000 of them takes seconds.
 */
import type { Diagnostic, Path, Where } from "../diagnostic.ts";

export interface Selection {
  readonly shown: readonly Diagnostic[];
  /** Rule → how many more it found, sorted by rule. */
  readonly hidden: ReadonlyMap<string, number>;
}

/** Keeps the first `limit` findings of each rule and severity, so that no error hides behind warnings of its rule. */
export function selectFirst(diagnostics: readonly Diagnostic[], limit: number): Selection {
  const groups = new Map<string, Diagnostic[]>();
  const hidden = new Map<string, number>();
  for (const diagnostic of diagnostics) {
    const key = `${diagnostic.severity} ${diagnostic.code}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = []));
    const last = group[limit - 1];
    if (last !== undefined) hidden.set(diagnostic.code, (hidden.get(diagnostic.code) ?? 0) + 1);
    if (last !== undefined && compareWhere(diagnostic.where, last.where) >= 0) continue;
    const at = group.findIndex((other) => compareWhere(diagnostic.where, other.where) < 0);
    group.splice(at < 0 ? group.length : at, 0, diagnostic);
    if (group.length > limit) group.pop();
  }
  return {
    shown: [...groups.values()].flat(),
    hidden: new Map([...hidden].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Nearly the order of the text: keys of one map are compared by name, as their order is not known here. */
function compareWhere(a: Where, b: Where): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  if (a.range !== undefined && b.range !== undefined) return a.range[0] - b.range[0];
  if (a.range !== undefined || b.range !== undefined) return a.range === undefined ? 1 : -1;
  return comparePaths(a.path, b.path);
}

function comparePaths(a: Path, b: Path): number {
  for (const [index, step] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (step === other) continue;
    if (typeof step !== typeof other) return typeof step === "number" ? -1 : 1;
    return step < other ? -1 : 1;
  }
  return a.length - b.length;
}
