/**
 * Which targets are the same. The identity of a target is (job, scheme, canonical host, port, path, params), that of a
 * probe's target (module, target); every project names its own targets, and the rules say which meetings of two are mistakes.
 *
 * Hosts are compared before exporters: each list of hosts is looked at once, however many exporters and projects use it,
 * and most hosts are in one list only. That is done through hashes in a typed array, which takes about a tenth of the
 * memory of a map of texts; what has one hash is settled by comparing the texts.
 */
import { canonicalHost } from "../model/address.ts";
import { groupBy } from "../model/group-by.ts";
import type { HostList } from "../model/host-list.ts";
import type { Inventory, Project } from "../model/inventory.ts";
import { hostsOf } from "../model/inventory.ts";
import { canonicalTarget } from "../model/probe-target.ts";
import type { Endpoint } from "./endpoints.ts";
import { Endpoints } from "./endpoints.ts";
import { IdentityTable } from "./identity-table.ts";
import { isCanonical } from "./canonical.ts";

/** Targets that one exporter or one probe of a project makes. */
export interface Run {
  readonly project: Project;
  readonly kind: "exporter" | "probe";
  /** Index in the project's exporters or probes. */
  readonly index: number;
  /** The hosts that become targets; `undefined` for the `targets:` of a probe. */
  readonly hosts: HostList | undefined;
  readonly endpoint: Endpoint;
  /** Number of the run in the order of reading. */
  readonly order: number;
}

/** One target as its project names it. */
export interface TargetRef {
  readonly run: Run;
  /** Index in the hosts, or in the probe's targets. */
  readonly at: number;
  /** The host, or the probe's target, as written. */
  readonly text: string;
}

/** Two or more targets of one identity, in the order of reading. */
export type SameTarget = readonly TargetRef[];

export interface Identities {
  /** In the order of their first targets. */
  readonly same: readonly SameTarget[];
}

/** Hosts, or targets of a probe, with everything that makes targets of them. */
interface List {
  readonly hosts: HostList | undefined;
  /** `targets:` of a probe, where there are no hosts. */
  readonly targets: readonly string[];
  readonly count: number;
  /** Number of the first text; no other list has it. */
  readonly first: number;
  readonly runs: Run[];
}

/** Where a text stands. */
interface Place {
  readonly list: List;
  readonly at: number;
  readonly text: string;
}

/** Finds all identities that occur more than once. Only enabled exporters and probes count. */
export function collectIdentities(inventory: Inventory): Identities {
  const { lists, total } = new Collector().collect(inventory);
  const table = new IdentityTable(total);
  for (const list of lists) {
    const text = list.hosts?.text;
    if (text !== undefined && list.count > 0 && list.hosts?.isCanonical === true) {
      table.addAll(text, list.first);
      continue;
    }
    const texts = textsOf(list);
    for (let at = 0; at < texts.length; at++) table.add(canonicalText(list.hosts, texts[at] ?? ""), list.first + at);
  }
  const same = [...sameInSeveralPlaces(lists, table.collisions), ...sameInOnePlace(lists, table.collisions)];
  return { same: same.toSorted(([a], [b]) => (a === undefined || b === undefined ? 0 : compareRefs(a, b))) };
}

class Collector {
  readonly #endpoints = new Endpoints();
  readonly #lists: List[] = [];
  readonly #farms = new Map<HostList, List>();
  #total = 0;
  #runs = 0;

  collect(inventory: Inventory): { lists: readonly List[]; total: number } {
    for (const project of inventory.projects) this.#project(project, hostsOf(inventory, project));
    return { lists: this.#lists, total: this.#total };
  }

  #project(project: Project, hosts: HostList | undefined): void {
    let list: List | undefined;
    const onHosts = (of: HostList): List => (list ??= this.#listOf(of, project));
    for (let index = 0; index < project.exporters.length; index++) {
      const exporter = project.exporters[index];
      if (hosts === undefined || exporter?.port === undefined || !exporter.isEnabled) continue;
      this.#run(onHosts(hosts), project, "exporter", index, this.#endpoints.ofExporter(exporter));
    }
    for (let index = 0; index < project.probes.length; index++) {
      const probe = project.probes[index];
      if (probe === undefined || !probe.isEnabled) continue;
      const endpoint = this.#endpoints.ofProbe(probe.module);
      if (probe.targets.length > 0) this.#run(this.#add(undefined, probe.targets), project, "probe", index, endpoint);
      if (probe.usesHosts && hosts !== undefined) this.#run(onHosts(hosts), project, "probe", index, endpoint);
    }
  }

  /** A farm document's list is the same for all projects that use it. */
  #listOf(hosts: HostList, project: Project): List {
    if (hosts === project.ownHosts) return this.#add(hosts, []);
    let list = this.#farms.get(hosts);
    if (list === undefined) this.#farms.set(hosts, (list = this.#add(hosts, [])));
    return list;
  }

  #add(hosts: HostList | undefined, targets: readonly string[]): List {
    const list: List = { hosts, targets, count: hosts?.count ?? targets.length, first: this.#total, runs: [] };
    this.#total += list.count;
    this.#lists.push(list);
    return list;
  }

  #run({ hosts, runs }: List, project: Project, kind: Run["kind"], index: number, endpoint: Endpoint): void {
    runs.push({ project, kind, index, hosts, endpoint, order: this.#runs++ });
  }
}

function textsOf({ hosts, targets }: List): readonly string[] {
  return hosts === undefined ? targets : hosts.names;
}

/** Identities on hosts that are written more than once. */
function* sameInSeveralPlaces(
  lists: readonly List[],
  collisions: ReadonlyMap<number, readonly number[]>,
): Iterable<TargetRef[]> {
  const texts = new TextCache();
  for (const numbers of collisions.values()) {
    // One group, but for hashes that meet by chance.
    const found = numbers.map((number): Place => {
      const list = listWith(lists, number);
      const at = number - list.first;
      return { list, at, text: texts.of(list)[at] ?? "" };
    });
    const groups = groupBy(found, ({ list, text }) => canonicalText(list.hosts, text));
    for (const places of groups.values()) yield* sameEndpoints(places);
  }
}

/** A host list makes its names anew each time, and the texts that meet come from few lists at a time. */
class TextCache {
  readonly #texts = new Map<List, readonly string[]>();

  of(list: List): readonly string[] {
    let texts = this.#texts.get(list);
    if (texts === undefined) {
      if (this.#texts.size >= 64) this.#texts.clear();
      this.#texts.set(list, (texts = textsOf(list)));
    }
    return texts;
  }
}

/** Identities on hosts that are written once, in lists from which two runs make the same. */
function* sameInOnePlace(
  lists: readonly List[],
  collisions: ReadonlyMap<number, readonly number[]>,
): Iterable<TargetRef[]> {
  let settled: Set<number> | undefined;
  for (const list of lists) {
    const groups = byEndpoint(list.runs, ({ endpoint }) => endpoint);
    if (groups.length === 0) continue;
    settled ??= new Set([...collisions.values()].flat());
    for (const [at, text] of textsOf(list).entries()) {
      if (!settled.has(list.first + at)) for (const runs of groups) yield runs.map((run) => ({ run, at, text }));
    }
  }
}

/** All targets on one host, by what else is the same. */
function sameEndpoints(places: readonly Place[]): TargetRef[][] {
  const targets = places.flatMap(({ list, at, text }) => list.runs.map((run) => ({ run, at, text })));
  return byEndpoint(targets, ({ run }) => run.endpoint).map((same) => same.toSorted(compareRefs));
}

/** Groups of two and more. */
function byEndpoint<T>(things: readonly T[], endpointOf: (thing: T) => Endpoint): T[][] {
  return [...groupBy(things, endpointOf).values()].filter((group) => group.length > 1);
}

function compareRefs(a: TargetRef, b: TargetRef): number {
  return a.run.order - b.run.order || a.at - b.at;
}

function listWith(lists: readonly List[], number: number): List {
  let low = 0;
  let high = lists.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lists[middle]?.first ?? 0) <= number) low = middle;
    else high = middle - 1;
  }
  const list = lists[low];
  if (list === undefined) throw new Error("a number without a list");
  return list;
}

function canonicalText(hosts: HostList | undefined, text: string): string {
  if (isCanonical(text)) return text;
  return hosts === undefined ? canonicalTarget(text) : canonicalHost(text);
}
