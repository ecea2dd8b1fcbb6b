/**
 * The page of a project: who runs it, where it is scraped, on how many hosts, by which exporters and probes.
 */
import type { Inventory, Project, Shard } from "../model/inventory.ts";
import { below, farmDocument, hostsOf, probeTargetOrigin, shardsOf } from "../model/inventory.ts";
import { withoutUserinfo } from "../model/show-text.ts";
import { portRow } from "./explain-host.ts";
import { labelRows } from "./explain-label-rows.ts";
import { explainLabels, partOrigin, serviceOrigin } from "./explain-labels.ts";
import type { ExplainedLabel, Part } from "./explain-labels.ts";
import { alarm, placeCell, quiet, strong } from "./explain-paper.ts";
import type { Paper, Row } from "./explain-paper.ts";
import { partName, partReason, partsOf, projectReasons, reasonRow, shardRows, UNREADABLE } from "./explain-reasons.ts";
import { count, hostListRows } from "./explain-words.ts";

/** Targets of one probe beyond this number are counted. */
const MAX_TARGETS = 10;

/** Writes the page. */
export function explainProject(paper: Paper, inventory: Inventory, project: Project): void {
  const shards = shardsOf(inventory, project);
  paper.gap();
  paper.line(strong(`project ${project.name}`), placeCell(below(project.origin, "name")));
  const { service } = project;
  const owner = service.parts.find((part) => part.owner !== undefined)?.owner;
  paper.table(
    [
      ["service", service.name, owner === undefined ? "" : `owner ${owner}`, placeCell(serviceOrigin(project))],
      ...shardRows(inventory, project),
      ...hostRows(inventory, project),
      ["renders", renders(inventory, project, shards)],
    ],
    2,
  );
  const reasons = projectReasons(inventory, project);
  if (reasons.length > 0) paper.table(reasons.map(reasonRow), 2);

  const parts = partsOf(project);
  if (shards.length > 0) {
    const isScraped = parts.some(({ kind }) => kind === "exporter");
    const isProbed = parts.some(({ kind }) => kind === "probe");
    paper.gap();
    paper.line(strong("labels of all its targets"));
    const common = (shard: Shard): ExplainedLabel[] =>
      explainLabels({ inventory, project, shard }, paper.has).filter(({ name }) => isScraped || !isOfExporters(name));
    paper.table(labelRows(paper, shards, common), 2);
    if (isScraped && isProbed) paper.line(quiet("  (targets of probes have no farm and no __farm_source)"));
  }
  for (const part of parts) explainPart(paper, inventory, project, shards, part);
}

function hostRows(inventory: Inventory, project: Project): Row[] {
  const list = hostsOf(inventory, project);
  if (list === undefined) return [];
  const farm = farmDocument(inventory, project);
  const rows: Row[] = [];
  if (farm !== undefined) rows.push(["farm", farm.name, "", placeCell(below(project.origin, "farm"))]);
  else if (project.farm !== undefined) {
    rows.push([
      "farm",
      project.farm,
      "only a label: the hosts are the project's own",
      placeCell(below(project.origin, "farm")),
    ]);
  }
  rows.push(...hostListRows(list, farm === undefined ? "its own list" : `of farm ${farm.name}`));
  return rows;
}

function renders(inventory: Inventory, project: Project, shards: readonly Shard[]): string {
  const hosts = hostsOf(inventory, project)?.count ?? 0;
  let targets = 0;
  let urls = 0;
  for (const part of partsOf(project)) {
    if (partReason(project, part) !== undefined) continue;
    if (part.kind === "exporter") targets += hosts;
    else urls += part.probe.targets.length + (part.probe.usesHosts ? hosts : 0);
  }
  if (shards.length === 0) return "nothing";
  return `${count(targets, "target")} and ${count(urls, "probe target")}${shards.length === 1 ? "" : " in each shard"}`;
}

function explainPart(paper: Paper, inventory: Inventory, project: Project, shards: readonly Shard[], part: Part): void {
  const origin = partOrigin(project, part);
  const reason = partReason(project, part);
  const title = strong(`${part.kind} ${partName(part)}`);
  paper.gap();
  if (reason === undefined) paper.line(title, placeCell(origin));
  else paper.line(title, alarm(`not rendered: ${reason.text}`), placeCell(reason.where ?? origin));
  if (partName(part) === UNREADABLE) return;

  const rows: Row[] =
    part.kind === "exporter"
      ? [portRow(inventory, project, part, paper)].filter((row) => row !== undefined)
      : probeRows(paper, project, part);
  const own = labelRows(paper, shards, (shard) =>
    explainLabels({ inventory, project, shard, part }, paper.has).filter(
      ({ name, source }) => isOfPart(source.level) && !isOfExporters(name),
    ),
  );
  paper.table([...rows, ...own], 2);
}

/** A target of a probe has neither. */
function isOfExporters(name: string): boolean {
  return name === "farm" || name === "__farm_source";
}

function isOfPart(level: ExplainedLabel["source"]["level"]): boolean {
  return level === "exporter" || level === "preset" || level === "probe" || level === "default";
}

function probeRows(paper: Paper, project: Project, part: Part & { kind: "probe" }): Row[] {
  const { targets, usesHosts } = part.probe;
  const origin = partOrigin(project, part);
  const rows = targets.slice(0, MAX_TARGETS).map((target, at): Row => {
    const where = probeTargetOrigin(project, part.index, at);
    return [quiet("(target)"), strong(paper.guarded(withoutUserinfo(target), where)), "", placeCell(where)];
  });
  if (targets.length > MAX_TARGETS) rows.push([quiet("(target)"), quiet(`and ${targets.length - MAX_TARGETS} more`)]);
  if (usesHosts)
    rows.push([quiet("(target)"), strong("every host of the project"), "", placeCell(below(origin, "hosts"))]);
  return rows;
}
