/**
 * Why something that is written is not scraped.
 */
import type { Where } from "../diagnostic.ts";
import type { Farm, Inventory, Project } from "../model/inventory.ts";
import { below, farmDocument, hostsOf, shardNames } from "../model/inventory.ts";
import { nearest } from "../model/nearest.ts";
import type { Part } from "./explain-labels.ts";
import { sourceText } from "./explain-label-rows.ts";
import { partOrigin, shardSource } from "./explain-labels.ts";
import { alarm, placeCell } from "./explain-paper.ts";
import type { Row } from "./explain-paper.ts";

export interface Reason {
  readonly text: string;
  readonly where?: Where;
}

/** Stands for an exporter or probe with a mistake so bad that only its place in the list is known. */
export const UNREADABLE = "(unreadable)";

/** The parts of a project, exporters first. */
export function partsOf({ exporters, probes }: Project): Part[] {
  return [
    ...exporters.map((exporter, index) => ({ kind: "exporter", index, exporter }) as const),
    ...probes.map((probe, index) => ({ kind: "probe", index, probe }) as const),
  ];
}

/** The job or module. */
export function partName(part: Part): string {
  return (part.kind === "exporter" ? part.exporter.job : part.probe.module) || UNREADABLE;
}

/** Why an exporter or probe is not rendered, whatever its project is like. */
export function partReason(project: Project, part: Part): Reason | undefined {
  const origin = partOrigin(project, part);
  if (partName(part) === UNREADABLE) return { text: "it cannot be read", where: origin };
  const isEnabled = part.kind === "exporter" ? part.exporter.isEnabled : part.probe.isEnabled;
  if (!isEnabled) return { text: "it is disabled", where: { ...below(origin, "enabled"), part: "key" } };
  if (part.kind === "probe") return undefined;
  if (part.exporter.port !== undefined) return undefined;
  return { text: `it has no port, and promgen.yml has no preset \`${part.exporter.job}\` that gives one` };
}

/** Why nothing of a project is rendered, or less than somebody may expect. */
export function projectReasons(inventory: Inventory, project: Project): Reason[] {
  const reasons: Reason[] = [];
  const missing = inventory.isComplete ? "" : " (or stands in a file that cannot be read)";
  if (shardNames(project).length === 0) {
    reasons.push({ text: "not rendered: neither the project nor its service names a shard", where: project.origin });
  }
  const hasDocument = project.farm !== undefined && inventory.farmByName.has(project.farm);
  const farm = below(project.origin, "farm");
  if (project.ownHosts !== undefined && hasDocument) {
    reasons.push({
      text: `the hosts of the farm document "${project.farm}" are left aside: the project has its own`,
      where: farm,
    });
  }
  if (project.ownHosts === undefined && project.farm !== undefined && !hasDocument) {
    const near = nearest(project.farm, inventory.farmByName.keys());
    const hint = near === undefined ? "" : `; did you mean "${near}"?`;
    reasons.push({ text: `no hosts: there is no farm "${project.farm}"${missing}${hint}`, where: farm });
  }
  const parts = partsOf(project);
  const wantsHosts = parts.some((part) => part.kind === "exporter" || part.probe.usesHosts);
  if (parts.length === 0) {
    reasons.push({ text: "not rendered: it has neither exporters nor probes", where: project.origin });
  } else if (wantsHosts && project.farm === undefined && project.ownHosts === undefined) {
    reasons.push({ text: "no hosts: it has neither `hosts` nor a `farm`", where: project.origin });
  } else if (wantsHosts && hostsOf(inventory, project)?.count === 0) {
    reasons.push({ text: "no hosts: the list is empty", where: hostsOf(inventory, project)?.origin ?? project.origin });
  }
  return reasons;
}

/** Why the hosts of a farm document reach no project, or fewer than name it. */
export function farmReasons(inventory: Inventory, farm: Farm): Reason[] {
  const first = inventory.farmByName.get(farm.name);
  if (first !== undefined && first !== farm) {
    return [{ text: "not rendered: a farm of this name is defined before, and that one counts", where: first.origin }];
  }
  const reasons: Reason[] = [];
  let isUsed = false;
  for (const project of inventory.projects) {
    if (project.farm !== farm.name) continue;
    if (farmDocument(inventory, project) === farm) isUsed = true;
    else {
      const text = `project ${project.name} names this farm but has hosts of its own, which count instead`;
      reasons.push({ text, where: project.ownHosts?.origin ?? project.origin });
    }
  }
  if (!isUsed) reasons.unshift({ text: "not rendered: no project takes its hosts from this farm", where: farm.origin });
  return reasons;
}

/** The shards of a project, one row each; those that do not exist say so. */
export function shardRows(inventory: Inventory, project: Project): Row[] {
  return [...new Set(shardNames(project))].map((name): Row => {
    const source = shardSource(project, name);
    if (inventory.shardByName.has(name))
      return ["shard", name, `named by the ${sourceText(source)}`, placeCell(source.where)];
    const near = nearest(name, inventory.shardByName.keys());
    const text = inventory.isComplete
      ? "not rendered: there is no such shard"
      : "not rendered: no such shard could be read";
    return [
      "shard",
      name,
      alarm(near === undefined ? text : `${text}; did you mean "${near}"?`),
      placeCell(source.where),
    ];
  });
}

export function reasonRow({ text, where }: Reason): Row {
  return [alarm(text), placeCell(where)];
}
