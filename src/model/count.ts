/**
 * How many targets an inventory renders, without rendering it.
 */
import type { Inventory, Shard } from "./inventory.ts";
import { hostsOf, shardsOf } from "./inventory.ts";

export interface TargetCount {
  /** Targets of exporters: what targets.json holds. */
  readonly targets: number;
  /** Targets of probes: what urls.json holds. */
  readonly urls: number;
}

/** Counts per shard; every shard of the inventory has an entry. Only what is enabled counts. */
export function countTargets(inventory: Inventory): ReadonlyMap<Shard, TargetCount> {
  const counts = new Map<Shard, { targets: number; urls: number }>();
  for (const shard of inventory.shardByName.values()) counts.set(shard, { targets: 0, urls: 0 });
  for (const project of inventory.projects) {
    const hosts = hostsOf(inventory, project)?.count ?? 0;
    const exporters = project.exporters.reduce((sum, exporter) => sum + (exporter.isEnabled ? 1 : 0), 0);
    const urls = project.probes.reduce(
      (sum, { isEnabled, targets, usesHosts }) => sum + (isEnabled ? targets.length + (usesHosts ? hosts : 0) : 0),
      0,
    );
    shardsOf(inventory, project).forEach((shard) => {
      const count = counts.get(shard);
      if (count === undefined) return;
      count.targets += hosts * exporters;
      count.urls += urls;
    });
  }
  return counts;
}
