/**
 * Short pages of a service, a farm and a shard: where each is defined and what it has.
 */
import type { TargetCount } from "../model/count.ts";
import { countTargets } from "../model/count.ts";
import type { Farm, Inventory, Project, Service, Shard } from "../model/inventory.ts";
import { below, farmDocument, hostsOf, serverOrigin, shardNames, shardsOf } from "../model/inventory.ts";
import { placeCell, quiet, strong } from "./explain-paper.ts";
import type { Paper, Row } from "./explain-paper.ts";
import { farmReasons, reasonRow } from "./explain-reasons.ts";
import { count, documentLabelRows, hostListRows } from "./explain-words.ts";

/** More projects than this are counted. */
const MAX_PROJECTS = 30;

/** Writes the page of a service. */
export function explainService(paper: Paper, inventory: Inventory, service: Service): void {
  paper.gap();
  for (const part of service.parts) {
    const { origin, description, owner, shards, labels } = part;
    paper.line(strong(`service ${service.name}`), placeCell(below(origin, "service")));
    const rows: Row[] = [];
    if (description !== undefined) rows.push(textRow(paper, "description", description, origin));
    if (owner !== undefined) rows.push(textRow(paper, "owner", owner, origin));
    if (shards !== undefined) {
      rows.push(["shard", shards.join(", "), "for projects that name none", placeCell(below(origin, "shard"))]);
    }
    paper.table([...rows, ...documentLabelRows(paper, labels, origin)], 2);
  }
  explainProjects(paper, inventory, service.projects);
}

/** Writes the page of a farm document. */
export function explainFarm(paper: Paper, inventory: Inventory, farm: Farm): void {
  paper.gap();
  paper.line(strong(`farm ${farm.name}`), placeCell(below(farm.origin, "farm")));
  const { source, origin } = farm;
  const sourceRow: Row = [
    "source",
    source,
    "",
    paper.has(below(origin, "source")) ? placeCell(below(origin, "source")) : "",
  ];
  paper.table([sourceRow, ...hostListRows(farm.hosts, ""), ...documentLabelRows(paper, farm.labels, farm.origin)], 2);
  const reasons = farmReasons(inventory, farm);
  if (reasons.length > 0) paper.table(reasons.map(reasonRow), 2);
  explainProjects(
    paper,
    inventory,
    inventory.projects.filter((project) => farmDocument(inventory, project) === farm),
  );
}

/** Writes the page of a shard. */
export function explainShard(paper: Paper, inventory: Inventory, shard: Shard): void {
  paper.gap();
  paper.line(strong(`shard ${shard.name}`), placeCell(below(shard.origin, "shard")));
  const { description, servers, isEnabled, origin } = shard;
  const rows: Row[] = [];
  if (description !== undefined) rows.push(textRow(paper, "description", description, origin));
  for (const [index, { text }] of servers.entries()) {
    rows.push(["server", text, "", placeCell(serverOrigin(shard, index))]);
  }
  if (servers.length === 0) rows.push(["servers", "none: nobody pulls it", "", placeCell(below(origin, "shard"))]);
  if (!isEnabled) {
    rows.push([
      "enabled",
      "false: what is there stays, new projects are refused",
      "",
      placeCell(below(origin, "enabled")),
    ]);
  }
  const isFirst = inventory.shardByName.get(shard.name) === shard;
  if (isFirst) rows.push(["renders", renders(shard, countTargets(inventory).get(shard))]);
  else rows.push(["renders", "nothing: a shard of this name is defined before, and that one counts"]);
  paper.table([...rows, ...documentLabelRows(paper, shard.labels, origin)], 2);
  const projects = inventory.projects.filter((project) => shardNames(project).includes(shard.name));
  if (isFirst) explainProjects(paper, inventory, projects);
}

function renders({ targetLimit }: Shard, counted: TargetCount | undefined): string {
  const limit = targetLimit === undefined ? "" : ` (its limit: ${targetLimit.toLocaleString("en-US")} targets)`;
  return `${count(counted?.targets ?? 0, "target")} and ${count(counted?.urls ?? 0, "probe target")}${limit}`;
}

function explainProjects(paper: Paper, inventory: Inventory, projects: readonly Project[]): void {
  if (projects.length === 0) {
    paper.line("  no projects");
    return;
  }
  paper.gap();
  paper.line(strong(count(projects.length, "project")));
  const rows = projects.slice(0, MAX_PROJECTS).map((project): Row => {
    const hosts = hostsOf(inventory, project)?.count ?? 0;
    const shards = shardsOf(inventory, project);
    return [
      project.name,
      count(hosts, "host"),
      shards.length === 0 ? "no shard" : shards.map(({ name }) => name).join(", "),
      placeCell(below(project.origin, "name")),
    ];
  });
  paper.table(rows, 2);
  if (projects.length > MAX_PROJECTS) paper.line(quiet(`  and ${projects.length - MAX_PROJECTS} more`));
}

function textRow(paper: Paper, key: string, text: string, origin: Project["origin"]): Row {
  const where = below(origin, key);
  return [key, paper.guarded(text, where), "", placeCell(where)];
}
