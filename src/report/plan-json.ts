/**
 * A plan for scripts, and for whoever shows it elsewhere. schema/plan.schema.json says what is in it.
 */
import type { PlanDocument } from "./plan-document.ts";
import { visibleJson } from "./visible.ts";

/** The lines of the json format: one a key, and one for each item of a list. It does not depend on the machine or the time. */
export function* planJsonLines(plan: PlanDocument): Generator<string> {
  yield "{";
  const keys = Object.entries(plan);
  for (const [index, [key, value]] of keys.entries()) {
    const comma = index < keys.length - 1 ? "," : "";
    if (!Array.isArray(value) || value.length === 0) {
      yield `"${key}": ${visibleJson(value)}${comma}`;
      continue;
    }
    yield `"${key}": [`;
    for (const [at, item] of (value as readonly unknown[]).entries())
      yield visibleJson(item) + (at < value.length - 1 ? "," : "");
    yield `]${comma}`;
  }
  yield "}";
}
