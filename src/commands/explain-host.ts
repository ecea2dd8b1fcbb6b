/**
 * The page of a host, host:port or URL: its targets by project, with their labels; and what keeps others from being there.
 */
import { renderHost } from "../model/address.ts";
import type { Farm, Inventory, Project, Shard } from "../model/inventory.ts";
import { hostOrigin } from "../model/host-list.ts";
import { below, farmDocument, probeTargetOrigin, serverOrigin, shardsOf } from "../model/inventory.ts";
import { withoutUserinfo } from "../model/show-text.ts";
import { probedHost } from "../render/groups.ts";
import type { Found, HostMatch, ProbeMatch, Query } from "./explain-find.ts";
import { labelRows, sourceText } from "./explain-label-rows.ts";
import { explainLabels, fieldSource, partOrigin, serviceOrigin } from "./explain-labels.ts";
import type { Part } from "./explain-labels.ts";
import { alarm, placeCell, quiet, strong } from "./explain-paper.ts";
import type { Paper, Row } from "./explain-paper.ts";
import { farmReasons, partName, partReason, partsOf, projectReasons, reasonRow, shardRows } from "./explain-reasons.ts";
import type { Reason } from "./explain-reasons.ts";
import { count, shardList } from "./explain-words.ts";

/** One target, whether it is rendered or not. */
export interface Target {
  readonly part: Part;
  /** As it is rendered. */
  readonly text: string;
  /** Where it comes from a list of hosts. */
  readonly host: HostMatch | undefined;
  /** Where its probe names it. */
  readonly at: number | undefined;
}

/** What a project has to do with the host. */
export interface Section {
  readonly project: Project;
  readonly hosts: readonly HostMatch[];
  readonly targets: readonly Target[];
}

/** Projects with what they scrape and probe on the host that was asked for. */
export function sectionsOf(inventory: Inventory, query: Query, found: Found): Section[] {
  const hosts = new Map<Project, HostMatch[]>();
  const probes = new Map<Project, ProbeMatch[]>();
  const push = <T>(map: Map<Project, T[]>, project: Project, match: T): void => {
    const known = map.get(project);
    if (known === undefined) map.set(project, [match]);
    else known.push(match);
  };
  const users = found.hosts.some(({ owner }) => "farm" in owner) ? usersOf(inventory) : new Map<Farm, Project[]>();
  for (const match of found.hosts) {
    const { owner } = match;
    const projects = "farm" in owner ? (users.get(owner.farm) ?? []) : [owner.project];
    for (const project of projects) push(hosts, project, match);
  }
  for (const match of found.probes) push(probes, match.project, match);
  return inventory.projects
    .filter((project) => hosts.has(project) || probes.has(project))
    .map((project) => {
      const own = hosts.get(project) ?? [];
      return { project, hosts: own, targets: targetsOf(project, own, probes.get(project) ?? [], query) };
    });
}

/** Writes the page. */
export function explainHost(paper: Paper, inventory: Inventory, query: Query, found: Found): void {
  // Who asks for a port wants to see that port only.
  const sections = sectionsOf(inventory, query, found).filter(
    ({ targets }) => query.port === undefined || targets.length > 0,
  );
  paper.gap();
  paper.line(strong(query.range === undefined ? query.text : query.range.first));
  if (sections.length > 0 || found.servers.length === 0) paper.line(summary(inventory, sections));
  for (const { shard, index } of found.servers) {
    const place = placeCell(serverOrigin(shard, index));
    paper.table([[`It is a Prometheus server of shard ${shard.name}.`, place]], 0);
  }
  for (const section of sections) explainSection(paper, inventory, section);
  if (query.port === undefined) explainFarms(paper, inventory, found);
}

/** Host lists that no target comes from. */
function explainFarms(paper: Paper, inventory: Inventory, found: Found): void {
  const seen = new Set<Farm>();
  for (const match of found.hosts) {
    if (!("farm" in match.owner) || seen.has(match.owner.farm)) continue;
    const { farm } = match.owner;
    seen.add(farm);
    const reasons = farmReasons(inventory, farm);
    if (reasons.length === 0) continue;
    paper.gap();
    paper.line(strong(`farm ${farm.name}`), placeCell(below(farm.origin, "farm")));
    paper.table([hostRow(paper, match)], 2);
    paper.table(reasons.map(reasonRow), 2);
  }
}

function explainSection(paper: Paper, inventory: Inventory, { project, hosts, targets }: Section): void {
  const shards = shardsOf(inventory, project);
  paper.gap();
  paper.line(strong(`project ${project.name}`), placeCell(below(project.origin, "name")));
  paper.table(
    [
      ["service", project.service.name, "", placeCell(serviceOrigin(project))],
      ...hosts.map((match) => hostRow(paper, match)),
      ...shardRows(inventory, project),
    ],
    2,
  );
  const reasons = projectReasons(inventory, project);
  if (reasons.length > 0) paper.table(reasons.map(reasonRow), 2);
  for (const target of targets) explainTarget(paper, inventory, project, shards, target);
}

function hostRow(paper: Paper, { owner, list, index, name }: HostMatch): Row {
  const where = hostOrigin(list, index);
  const written = paper.written(where) ?? name;
  return [
    "host",
    paper.guarded(withoutUserinfo(written), where),
    "farm" in owner ? `in farm ${owner.farm.name}` : "in the project's own list",
    placeCell(where),
  ];
}

function explainTarget(
  paper: Paper,
  inventory: Inventory,
  project: Project,
  shards: readonly Shard[],
  target: Target,
): void {
  const { part, text, host, at } = target;
  const origin = partOrigin(project, part);
  const place = at === undefined ? origin : probeTargetOrigin(project, part.index, at);
  const reason = targetReason(project, target);
  const written = host === undefined ? place : hostOrigin(host.list, host.index);
  const name = strong(paper.guarded(withoutUserinfo(text), written));
  const what = `${part.kind === "exporter" ? "job" : "probe"} ${partName(part)}`;
  paper.gap();
  if (reason !== undefined || shards.length === 0) {
    const why = reason?.text ?? "the project has no shard";
    paper.table([[name, what, alarm(`not rendered: ${why}`), placeCell(reason?.where ?? place)]], 2);
    return;
  }
  paper.table([[name, what, shardList(shards), placeCell(place)]], 2);
  const rows = labelRows(paper, shards, (shard) => explainLabels({ inventory, project, shard, part, host }, paper.has));
  const port = portRow(inventory, project, part, paper);
  paper.table(port === undefined ? rows : [port, ...rows], 4);
}

/** The port is no label, but who asks where a target comes from wants to know who says it. */
export function portRow(inventory: Inventory, project: Project, part: Part, paper: Paper): Row | undefined {
  if (part.kind !== "exporter" || part.exporter.port === undefined) return undefined;
  const source = fieldSource(inventory, project, part, "port", paper.has);
  return [quiet("(port)"), strong(String(part.exporter.port)), sourceText(source), placeCell(source.where)];
}

function targetsOf(
  project: Project,
  hosts: readonly HostMatch[],
  probes: readonly ProbeMatch[],
  query: Query,
): Target[] {
  const targets: Target[] = [];
  for (const part of partsOf(project)) {
    const { port } = part.kind === "exporter" ? part.exporter : { port: undefined };
    if (part.kind === "probe")
      for (const { index, at } of probes)
        if (index === part.index) targets.push({ part, text: part.probe.targets[at] ?? "", host: undefined, at });
    if (part.kind === "probe" && !part.probe.usesHosts) continue;
    for (const host of hosts) {
      // A host that is written with a port is asked for as it is written.
      if (query.port !== undefined && query.port !== port && query.text !== host.name) continue;
      targets.push({ part, text: targetText(host, part), host, at: undefined });
    }
  }
  return targets;
}

/** Of a host that is refused no target is made: that would be an address which nobody wrote. */
function targetText(host: HostMatch, part: Part): string {
  if (host.refusedBy !== undefined) return host.name;
  if (part.kind === "probe") return probedHost(part.probe.module, host.name);
  const { port } = part.exporter;
  return port === undefined ? renderHost(host.name) : `${renderHost(host.name)}:${port}`;
}

/** Why a target is not rendered, whatever its project is like. */
function targetReason(project: Project, { part, host }: Target): Reason | undefined {
  if (host?.refusedBy === undefined) return partReason(project, part);
  const text = `\`validate\` refuses what is written there (${host.refusedBy})`;
  return { text, where: hostOrigin(host.list, host.index) };
}

function usersOf(inventory: Inventory): Map<Farm, Project[]> {
  const users = new Map<Farm, Project[]>();
  for (const project of inventory.projects) {
    const farm = farmDocument(inventory, project);
    if (farm === undefined) continue;
    const known = users.get(farm);
    if (known === undefined) users.set(farm, [project]);
    else known.push(project);
  }
  return users;
}

function summary(inventory: Inventory, sections: readonly Section[]): string {
  let scraped = 0;
  let probed = 0;
  let missing = 0;
  const shards = new Set<Shard>();
  for (const { project, targets } of sections) {
    const own = shardsOf(inventory, project);
    for (const target of targets) {
      if (own.length === 0 || targetReason(project, target) !== undefined) missing++;
      else {
        if (target.part.kind === "exporter") scraped++;
        else probed++;
        for (const shard of own) shards.add(shard);
      }
    }
  }
  const counts = [count(scraped, "target"), count(probed, "probe target")].filter((text) => !text.startsWith("0 "));
  const where = counts.length === 0 ? "no targets" : `${counts.join(" and ")} in ${shardList([...shards])}`;
  return missing === 0 ? where : `${where}; ${missing} not rendered, see below why`;
}
