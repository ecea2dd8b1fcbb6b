/**
 * Which of many targets are shown.
 */
import { OPERATION_ORDER } from "./plan-groups.ts";
import type { OperationName, PlanGroup } from "./plan-groups.ts";

export interface PlanSelection {
  /** How many targets of a group, from its first, are shown; groups of which none is are left out. */
  readonly shown: ReadonlyMap<PlanGroup, number>;
  /** How many targets are not, by operation. */
  readonly hidden: ReadonlyMap<OperationName, number>;
}

/**
 * Shows some of each group, until there is no more room; of what goes first, so that no removal hides behind additions.
 *
 * @param perGroup targets of one group that are shown
 * @param total targets that are shown at all
 */
export function selectTargets(groups: readonly PlanGroup[], perGroup: number, total: number): PlanSelection {
  const shown = new Map<PlanGroup, number>();
  const hidden = new Map<OperationName, number>();
  let room = total;
  for (const op of OPERATION_ORDER) {
    for (const group of groups) {
      if (group.op !== op) continue;
      const count = Math.min(group.targets.length, perGroup, room);
      room -= count;
      if (count > 0) shown.set(group, count);
      const rest = group.targets.length - count;
      if (rest > 0) hidden.set(op, (hidden.get(op) ?? 0) + rest);
    }
  }
  return { shown, hidden };
}
