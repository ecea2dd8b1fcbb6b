/**
 * topology/empty-project: a project of which nothing is rendered, or whose exporters have no hosts; a farm nobody uses.
 */
import type { Related } from "../diagnostic.ts";
import { below, farmDocument, hostsOf } from "../model/inventory.ts";
import type { HostList } from "../model/host-list.ts";
import type { Farm, Inventory, Project } from "../model/inventory.ts";
import type { CheckContext, Rule } from "./rule.ts";

export const emptyProject: Rule = {
  id: "topology/empty-project",
  check(context) {
    const { inventory } = context;
    for (const project of inventory.projects) checkProject(inventory, project, context);
    if (inventory.isComplete) checkFarms(inventory, context);
  },
};

interface Emptiness {
  /** Goes after the project's name. */
  readonly lack: string;
  readonly help: string;
  readonly related?: readonly Related[];
}

function checkProject(inventory: Inventory, project: Project, context: CheckContext): void {
  const empty = emptiness(inventory, project);
  if (empty === undefined || isFaulty(inventory, project)) return;
  const { lack, ...rest } = empty;
  context.report({ where: below(project.origin, "name"), message: `project "${project.name}" ${lack}`, ...rest });
}

/** What is missing may only be misspelt where the schema found mistakes. */
function isFaulty(inventory: Inventory, project: Project): boolean {
  const farm = farmDocument(inventory, project);
  const { faultyFiles } = inventory;
  return faultyFiles.has(project.origin.file) || (farm !== undefined && faultyFiles.has(farm.origin.file));
}

function emptiness(inventory: Inventory, project: Project): Emptiness | undefined {
  const hosts = hostsOf(inventory, project);
  // A farm that is not there is topology/unknown-ref.
  const hasHosts = hosts === undefined ? project.farm !== undefined : hasAny(hosts);
  const scrapes = project.exporters.some(({ isEnabled }) => isEnabled);
  if (scrapes) return hasHosts ? undefined : withoutHosts(inventory, project, hosts);
  const probes = project.probes.filter(({ isEnabled }) => isEnabled);
  if (probes.some(({ targets, usesHosts }) => targets.length > 0 || (usesHosts && hasHosts))) return undefined;
  if (probes.some(({ usesHosts }) => usesHosts)) return withoutHosts(inventory, project, hosts);
  if (probes.length > 0)
    return { lack: "has probes without targets", help: "give the probe `targets:` or `hosts: true`" };
  if (project.exporters.length + project.probes.length === 0) {
    return { lack: "has neither exporters nor probes", help: "add `exporters:` or `probes:`, or remove the project" };
  }
  return {
    lack: "has nothing that is enabled",
    help: "enable one of its exporters or probes, or remove the project",
  };
}

function withoutHosts(inventory: Inventory, project: Project, hosts: HostList | undefined): Emptiness {
  const what = project.exporters.some(({ isEnabled }) => isEnabled) ? "exporters" : "probes";
  const farm = farmDocument(inventory, project);
  if (farm === undefined) {
    const help =
      hosts === undefined ? `add \`hosts:\`, or \`farm:\` with the name of a farm document` : "add a host to `hosts:`";
    return { lack: `has ${what} but no hosts`, help };
  }
  return {
    lack: `has ${what} but no hosts: its farm "${farm.name}" is empty`,
    help: "add a host to the farm",
    related: [{ where: below(farm.origin, "farm"), note: "the farm" }],
  };
}

/** A range that cannot be expanded stands for hosts all the same. */
function hasAny({ count, problems }: HostList): boolean {
  return count > 0 || problems.length > 0;
}

function checkFarms(inventory: Inventory, context: CheckContext): void {
  const used = new Set<Farm>();
  for (const { farm: name } of inventory.projects) {
    // A project with hosts of its own, too, means the farm somehow: topology/farm-and-hosts.
    const farm = name === undefined ? undefined : inventory.farmByName.get(name);
    if (farm !== undefined) used.add(farm);
  }
  for (const farm of inventory.farmByName.values()) {
    if (used.has(farm)) continue;
    context.report({
      where: below(farm.origin, "farm"),
      severity: "info",
      message: `no project uses the farm "${farm.name}"`,
      help: "name it in a project, or remove it",
    });
  }
}
