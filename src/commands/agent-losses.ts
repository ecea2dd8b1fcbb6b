/**
 * What agents would hold on their hosts, told before it is published: with the agent's own measure, so that both say the same.
 */
import { MAX_REMOVED_PERCENT, trips } from "../agent/core/guard.ts";
import type { Census } from "../agent/check/census.ts";
import { Counter } from "../agent/check/counter.ts";
import { loss } from "../agent/check/loss.ts";
import { readTargets } from "../plan/group.ts";
import type { GroupLine, Side } from "../plan/side.ts";
import type { FileName } from "../render/groups.ts";

const FILES = [
  ["targets.json", "targets"],
  ["urls.json", "urls"],
] as const;

/** The shards of which a file loses so much that agents would hold it, whatever the rest of the inventory gains. */
export function shardsHeldByAgents(before: Side, after: Side): string[] {
  return [...before.shards.values()]
    .filter((was) => FILES.some(([file, lines]) => isHeld(file, was[lines], after.shards.get(was.name)?.[lines] ?? [])))
    .map(({ name }) => name);
}

function isHeld(file: FileName, before: readonly GroupLine[], after: readonly GroupLine[]): boolean {
  // The lines that differ lose at least as much by themselves: mostly so little that nobody has to count the rest.
  const most = loss(censusOf(file, linesOnlyIn(before, after)), censusOf(file, linesOnlyIn(after, before)));
  return trips(most, 0) && trips(loss(censusOf(file, before), censusOf(file, after)), MAX_REMOVED_PERCENT);
}

function linesOnlyIn(lines: readonly GroupLine[], others: readonly GroupLine[]): readonly GroupLine[] {
  const known = new Map(others.map(({ labels, targets }) => [labels, targets]));
  return lines.filter(({ labels, targets }) => known.get(labels) !== targets);
}

function censusOf(file: FileName, lines: readonly GroupLine[]): Census {
  const counter = new Counter(file, Number.POSITIVE_INFINITY);
  for (const { labels, targets } of lines) {
    counter.group(new Map(Object.entries(JSON.parse(labels) as Record<string, string>)));
    for (const target of readTargets(targets)) counter.target(target);
  }
  return counter.census();
}
