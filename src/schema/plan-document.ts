/** What is read of plan.json: another run has written it, perhaps that of a stranger. */
import validators from "./output-validators.cjs";

/**
 * Why a value is no plan, for the end of a sentence; `undefined` where it is one.
 *
 * @param value as JSON.parse gives it
 */
export function planProblem(value: unknown): string | undefined {
  const { version } = typeof value === "object" && value !== null ? (value as { version?: unknown }) : {};
  if (typeof version === "number" && version > 1)
    return `it has version ${version}, which this promgen-gen does not know`;
  if (validators.plan(value)) return undefined;
  const [first] = validators.plan.errors ?? [];
  return `${first?.instancePath || "the document"} ${first?.message ?? "is not as it should be"}`;
}
