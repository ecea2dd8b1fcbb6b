/**
 * topology/empty-project: a project of which nothing is rendered, or whose exporters have no hosts; a farm nobody uses.
 */
import type { Related } from "../diagnostic.ts";
import { below, farmDocument, hostsOf } from "../model/inventory.ts";
import type { HostList } from "../model/host-list.ts";
import type { Farm, Inventory, Origin, Project } from "../model/inventory.ts";
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
  /** Goes after the name of the project, or of a probe and its project. */
  readonly lack: string;
  readonly help: string;
  readonly related?: readonly Related[];
}

function checkProject(inventory: Inventory, project: Project, context: CheckContext): void {
  const { origin, name, exporters, probes } = project;
  const hosts = hostsOf(inventory, project);
  // A farm that is not there is topology/unknown-ref.
  const hasHosts = hosts === undefined ? project.farm !== undefined : hasAny(hosts);
  const enabled = probes.filter(({ isEnabled }) => isEnabled);
  const idle = enabled.filter(({ targets, usesHosts }) => targets.length === 0 && !(usesHosts && hasHosts));
  const scrapes = exporters.some(({ isEnabled }) => isEnabled);
  const isAllIdle = !scrapes && idle.length === enabled.length;
  const lacksHosts = !hasHosts && (scrapes || (isAllIdle && idle.some(({ usesHosts }) => usesHosts)));
  const isHostsHidden = !hasHosts && mayHideHosts(inventory, project);
  if (lacksHosts ? !isHostsHidden : isAllIdle && !mayHideTargets(inventory, project)) {
    const what = `has ${scrapes ? "exporters" : "probes"} but no hosts`;
    const { lack, ...rest } = lacksHosts ? withoutHosts(inventory, project, hosts, what) : withoutTargets(project);
    context.report({ where: below(origin, "name"), message: `project "${name}" ${lack}`, ...rest });
  }
  if (isAllIdle && !lacksHosts) return;
  for (const probe of idle) {
    const place = below(origin, "probes", probes.indexOf(probe));
    if (probe.usesHosts ? lacksHosts || isHostsHidden : mayHideTarget(inventory, place)) continue;
    const { lack, ...rest } = probe.usesHosts
      ? withoutHosts(inventory, project, hosts, "has no hosts")
      : WITHOUT_TARGETS;
    context.report({
      where: below(place, "module"),
      message: `probe "${probe.module}" of project "${name}" ${lack}`,
      ...rest,
    });
  }
}

function mayHideHosts(inventory: Inventory, project: Project): boolean {
  const { faults } = inventory;
  const farm = farmDocument(inventory, project);
  return (
    faults.mayHidePart(project.origin, "hosts") ||
    faults.mayHide(project.origin, "farm") ||
    (farm !== undefined && faults.mayHidePart(farm.origin, "hosts"))
  );
}

/** Of a project in which nothing that is enabled has a target. */
function mayHideTargets(inventory: Inventory, { origin, exporters, probes }: Project): boolean {
  const { faults } = inventory;
  return (
    (exporters.length === 0 && faults.mayHide(origin, "exporters")) ||
    (probes.length === 0 && faults.mayHide(origin, "probes")) ||
    exporters.some((_, index) => mayHideTarget(inventory, below(origin, "exporters", index))) ||
    probes.some((_, index) => mayHideTarget(inventory, below(origin, "probes", index)))
  );
}

/** @param item an exporter or a probe */
function mayHideTarget({ faults }: Inventory, item: Origin): boolean {
  // Without its job or module, the schema has disabled it.
  const isDisabled = ["enabled", "job", "module"].some((key) => faults.mayHide(item, key));
  return isDisabled || faults.mayHidePart(item, "targets") || faults.mayHide(item, "hosts");
}

const WITHOUT_TARGETS: Emptiness = { lack: "has no targets", help: "give it `targets:` or `hosts: true`" };

/** Of a project with nothing that could have hosts. */
function withoutTargets({ exporters, probes }: Project): Emptiness {
  if (probes.some(({ isEnabled }) => isEnabled))
    return { lack: "has probes without targets", help: "give the probe `targets:` or `hosts: true`" };
  if (exporters.length + probes.length === 0)
    return { lack: "has neither exporters nor probes", help: "add `exporters:` or `probes:`, or remove the project" };
  return {
    lack: "has nothing that is enabled",
    help: "enable one of its exporters or probes, or remove the project",
  };
}

/** @param lack the beginning of the sentence about it */
function withoutHosts(inventory: Inventory, project: Project, hosts: HostList | undefined, lack: string): Emptiness {
  const farm = farmDocument(inventory, project);
  if (farm === undefined) {
    const help =
      hosts === undefined ? `add \`hosts:\`, or \`farm:\` with the name of a farm document` : "add a host to `hosts:`";
    return { lack, help };
  }
  return {
    lack: `${lack}: its farm "${farm.name}" is empty`,
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
