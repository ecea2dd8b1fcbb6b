/**
 * What a change leaves as it is: projects for which both inventories render the same, known without rendering them.
 */
import { renderHost } from "../model/address.ts";
import { CONFIG_FILE } from "../model/config.ts";
import type { HostList } from "../model/host-list.ts";
import { farmDocument, hostsOf, shardsOf } from "../model/inventory.ts";
import type { Inventory, Project, ServicePart } from "../model/inventory.ts";
import type { UnchangedTargets } from "../plan/side.ts";

/**
 * The names of the projects of which all that is rendered comes from files that are the same. Where targets may be written
 * twice, so that it is not plain how many there are, a project is left out.
 *
 * @param isShared whether a file is the same for both inventories, promgen.yml included
 */
export function unchangedProjects(
  before: Inventory,
  after: Inventory,
  isShared: (file: string) => boolean,
): ReadonlySet<string> {
  const both = [before, after];
  const concernAll = [CONFIG_FILE, ...both.flatMap(({ shards }) => shards.map(({ origin }) => origin.file))];
  if (!concernAll.every(isShared)) return new Set();
  const ambiguous = new Set(both.flatMap(({ projects }) => namesOfSeveral(projects)));
  // The file of a project is one of its service's.
  const changedServices = new Set(
    both
      .flatMap(({ services }) => services.filter(({ parts }) => !parts.every(isIn(isShared))))
      .map(({ name }) => name),
  );
  const isSameFarm = (project: Project): boolean => {
    const [was, is] = both.map((inventory) => farmDocument(inventory, project)?.origin);
    if (was === undefined || is === undefined) return was === is;
    return was.file === is.file && isShared(is.file);
  };
  const isPlain = plainProjects(after);
  const unchanged = after.projects.filter(
    (project) =>
      !ambiguous.has(project.name) &&
      !changedServices.has(project.service.name) &&
      isSameFarm(project) &&
      isPlain(project),
  );
  return new Set(unchanged.map(({ name }) => name));
}

function isIn(isShared: (file: string) => boolean): (part: ServicePart) => boolean {
  return ({ origin }) => isShared(origin.file);
}

function namesOfSeveral(projects: readonly Project[]): string[] {
  const seen = new Set<string>();
  return projects.flatMap(({ name }) => {
    if (seen.has(name)) return name;
    seen.add(name);
    return [];
  });
}

/** Counts the targets of these projects, by shard. */
export function countProjects(
  inventory: Inventory,
  names: ReadonlySet<string>,
): ReadonlyMap<string, readonly UnchangedTargets[]> {
  const byShard = new Map<string, UnchangedTargets[]>();
  for (const project of inventory.projects) {
    if (!names.has(project.name)) continue;
    const counts = countJobs(project, hostsOf(inventory, project)?.count ?? 0);
    for (const { name } of shardsOf(inventory, project)) {
      let known = byShard.get(name);
      if (known === undefined) byShard.set(name, (known = []));
      for (const count of counts) known.push(count);
    }
  }
  return byShard;
}

function countJobs(project: Project, hosts: number): UnchangedTargets[] {
  const counts: UnchangedTargets[] = [];
  const { name, service } = project;
  const add = (job: string, count: number): void => {
    if (count > 0) counts.push({ project: name, service: service.name, job, count });
  };
  for (const { job, isEnabled } of project.exporters) if (isEnabled) add(job, hosts);
  for (const { module, targets, usesHosts, isEnabled } of project.probes)
    if (isEnabled) add(module, targets.length + (usesHosts ? hosts : 0));
  return counts;
}

/** Projects that name no target twice: neither a host, nor a job or module, nor the target of a probe. */
function plainProjects(inventory: Inventory): (project: Project) => boolean {
  const lists = new Map<HostList, boolean>();
  const hasDistinctHosts = (list: HostList): boolean => {
    let isDistinct = lists.get(list);
    if (isDistinct === undefined) {
      isDistinct = (list.isAscii && list.isAscending) || areDistinct(list.names.map(renderHost));
      lists.set(list, isDistinct);
    }
    return isDistinct;
  };
  return (project) => {
    const { exporters, probes } = project;
    const hosts = hostsOf(inventory, project);
    return (
      (hosts === undefined || hasDistinctHosts(hosts)) &&
      exporters.every(({ port, isEnabled }) => port !== undefined || !isEnabled) &&
      areDistinct(exporters.map(({ job }) => job)) &&
      areDistinct(probes.map(({ module }) => module)) &&
      probes.every(({ targets, usesHosts }) => areDistinct(targets) && (targets.length === 0 || !usesHosts))
    );
  };
}

function areDistinct(texts: readonly string[]): boolean {
  return texts.length < 2 || new Set(texts).size === texts.length;
}
