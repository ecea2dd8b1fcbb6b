/** What a pointer becomes in the state, once it may. */
import type { Pointer } from "./pointer.ts";
import type { Policy } from "./run.ts";
import type { AgentState } from "./state.ts";

/**
 * The floor that a pointer is; never one below `before`.
 *
 * @param paths undefined where nobody knows that it came to lie there
 */
export function floorOf(
  pointer: Pointer,
  before: AgentState["floor"],
  paths: Policy["places"] | undefined,
): NonNullable<AgentState["floor"]> {
  if (before !== undefined && before.generation > pointer.generation) return before;
  return {
    generation: pointer.generation,
    shard: pointer.shard,
    ...(pointer.repository === undefined ? {} : { repository: pointer.repository }),
    digests: pointer.digests,
    ...(paths === undefined ? {} : { paths }),
  };
}

/** What is in place, before anything is known of how it lies there. */
export function appliedOf(pointer: Pointer, now: number): NonNullable<AgentState["applied"]> {
  return {
    generation: pointer.generation,
    ...(pointer.commit === undefined ? {} : { commit: pointer.commit }),
    at: now,
    mtimes: {},
    targets: {},
    distinct: {},
    servers: {},
  };
}
