/**
 * Inventory → target groups: one for each enabled exporter of a project in each of its shards, several where hosts have
 * labels of their own, one where several would have equal labels.
 */
import { renderHost } from "../model/address.ts";
import type { Exporter, HostList, Inventory, Labels, Probe, Project, Shard } from "../model/inventory.ts";
import { farmDocument, hostLabels, hostsOf, shardsOf } from "../model/inventory.ts";
import { sortByBytes } from "./byte-order.ts";
import { exporterLabels, inheritedLabels, labelsJson, probeLabels } from "./labels.ts";

export type FileName = "targets.json" | "urls.json";

/** One group, its targets not written out yet. */
export interface Group {
  readonly shard: Shard;
  readonly project: Project;
  /** Canonical JSON of its labels. */
  readonly labels: string;
  readonly source: Source;
}

/** Where the targets of a group come from. */
interface Source {
  readonly hosts: readonly string[];
  /** With a port each host is a target `host:port`; without, the hosts are the targets, as a probe wants them. */
  readonly port?: number | undefined;
  readonly targets?: readonly string[];
}

/** Groups with equal labels: one line of a file. */
export type MergedGroup = readonly [Group, ...Group[]];

/** The groups of a file for these projects, sorted by the UTF-8 bytes of their labels' JSON. */
export function groupsOf(
  inventory: Inventory,
  file: FileName,
  projects: readonly Project[] = inventory.projects,
): MergedGroup[] {
  const groups: Group[] = [];
  for (const project of projects) {
    const shards = shardsOf(inventory, project);
    if (shards.length === 0) continue;
    const hosts = hostsOf(inventory, project);
    const parts = hosts === undefined || hosts.names.length === 0 ? [] : partsOf(hosts);
    const farm = farmDocument(inventory, project);
    for (const shard of shards) {
      const inherited = inheritedLabels(inventory.config, project, shard, farm);
      if (file === "urls.json") {
        for (const probe of project.probes)
          if (probe.isEnabled) addProbe(groups, { shard, project, inherited }, probe, parts);
        continue;
      }
      for (const exporter of project.exporters) {
        if (!exporter.isEnabled) continue;
        for (const part of parts) {
          const labels = labelsJson(exporterLabels(inherited, project, shard, farm, exporter, part.labels));
          groups.push({ shard, project, labels, source: sourceOf(exporter, part) });
        }
      }
    }
  }
  return mergeEqual(sortByBytes(groups, (group) => group.labels));
}

/** The targets of a group as JSON, sorted by the UTF-8 bytes of their hosts, then of their ports; and their number. */
export function targetsJson(group: MergedGroup): { json: string; count: number } {
  const [first] = group;
  if (group.length === 1 && first.source.port !== undefined) return joinTargets(first.source.hosts, first.source.port);
  const all = group.flatMap(({ source }) => [
    ...source.hosts.map((host) => ({ host, target: source.port === undefined ? host : `${host}:${source.port}` })),
    ...(source.targets ?? []).map((target) => ({ host: target, target })),
  ]);
  sortByBytes(all, ({ target }) => target);
  sortByBytes(all, ({ host }) => host);
  return { json: all.map(({ target }) => JSON.stringify(target)).join(","), count: all.length };
}

function joinTargets(hosts: readonly string[], port: number): { json: string; count: number } {
  const json = hosts.length === 0 ? "" : `"${hosts.join(`:${port}","`)}:${port}"`;
  return { json, count: hosts.length };
}

interface Part {
  readonly labels: Labels | undefined;
  /** Rendered and sorted by bytes. */
  readonly hosts: readonly string[];
  /** The same without brackets around IPv6, for probes. */
  readonly bare: () => readonly string[];
}

/** Hosts by their own labels: those without any, then each item that has some. */
function partsOf(list: HostList): Part[] {
  if (list.labels.size === 0) return [part(undefined, list.names)];
  const plain: string[] = [];
  const byLabels = new Map<Labels, string[]>();
  for (const [index, name] of list.names.entries()) {
    const labels = hostLabels(list, index);
    if (labels === undefined || Object.keys(labels).length === 0) plain.push(name);
    else byLabels.set(labels, [...(byLabels.get(labels) ?? []), name]);
  }
  const parts = [...byLabels].map(([labels, names]) => part(labels, names));
  return plain.length === 0 ? parts : [part(undefined, plain), ...parts];
}

function part(labels: Labels | undefined, names: readonly string[]): Part {
  return {
    labels,
    hosts: sortByBytes(names.map(renderHost), (host) => host),
    bare: () => names.map((name) => name.replace(/^\[(.*)\]$/, "$1")),
  };
}

function sourceOf(exporter: Exporter, { hosts }: Part): Source {
  return { hosts, port: exporter.port ?? 0 };
}

function addProbe(
  groups: Group[],
  owner: { shard: Shard; project: Project; inherited: Record<string, string | null> },
  probe: Probe,
  parts: readonly Part[],
): void {
  const { shard, project, inherited } = owner;
  if (probe.targets.length > 0) {
    groups.push({
      shard,
      project,
      labels: labelsJson(probeLabels(inherited, project, shard, probe, undefined)),
      source: { hosts: [], targets: probe.targets },
    });
  }
  if (!probe.usesHosts) return;
  for (const { labels, bare } of parts) {
    // blackbox_exporter's icmp module looks the target up as it is; it does not know brackets around an address.
    groups.push({
      shard,
      project,
      labels: labelsJson(probeLabels(inherited, project, shard, probe, labels)),
      source: { hosts: [], targets: bare() },
    });
  }
}

function mergeEqual(sorted: readonly Group[]): MergedGroup[] {
  const merged: [Group, ...Group[]][] = [];
  for (const group of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && last[0].labels === group.labels) last.push(group);
    else merged.push([group]);
  }
  return merged;
}
