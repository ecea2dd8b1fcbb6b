/**
 * What a change leaves as it is: projects for which both inventories render the same, known without rendering them.
 */
import { renderHost } from "../model/address.ts";
import type { HostList } from "../model/host-list.ts";
import { farmDocument, hostsOf, shardsOf } from "../model/inventory.ts";
import type { Inventory, Project } from "../model/inventory.ts";
import type { UnchangedTargets } from "../plan/side.ts";

/**
 * The projects of which all that is rendered comes from documents that both inventories have: see InventoryBuilder.adopt.
 * Where targets may be written twice, so that it is not plain how many there are, a project is left out.
 */
export function unchangedProjects(before: Inventory, after: Inventory): ReadonlySet<Project> {
  const [was, is] = [before.shards, after.shards];
  if (was.length !== is.length || was.some((shard, index) => shard !== is[index])) return new Set();
  const known = new Set(before.projects);
  const ambiguous = new Set([...namesOfSeveral(before.projects), ...namesOfSeveral(after.projects)]);
  const isPlain = plainProjects(after);
  return new Set(
    after.projects.filter(
      (project) =>
        known.has(project) &&
        !ambiguous.has(project.name) &&
        farmDocument(before, project) === farmDocument(after, project) &&
        isPlain(project),
    ),
  );
}

function namesOfSeveral(projects: readonly Project[]): string[] {
  const seen = new Set<string>();
  return projects.flatMap(({ name }) => {
    if (seen.has(name)) return name;
    seen.add(name);
    return [];
  });
}

/** Counts the targets of these projects. */
export function countProjects(inventory: Inventory, projects: Iterable<Project>): UnchangedTargets {
  const counts = {
    shard: new Map<string, number>(),
    job: new Map<string, number>(),
    service: new Map<string, number>(),
  };
  for (const project of projects) {
    const shards = shardsOf(inventory, project);
    if (shards.length === 0) continue;
    let sum = 0;
    const add = (job: string, count: number): void => {
      if (count > 0) increase(counts.job, job, count * shards.length);
      sum += count;
    };
    const hosts = hostsOf(inventory, project)?.count ?? 0;
    for (const { job, isEnabled } of project.exporters) if (isEnabled) add(job, hosts);
    for (const { module, targets, usesHosts, isEnabled } of project.probes)
      if (isEnabled) add(module, targets.length + (usesHosts ? hosts : 0));
    if (sum === 0) continue;
    for (const { name } of shards) increase(counts.shard, name, sum);
    increase(counts.service, project.service.name, sum * shards.length);
  }
  return counts;
}

function increase(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
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
