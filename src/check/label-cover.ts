/**
 * Which labels the targets of an exporter or probe have once all levels are merged:
 * host > exporter or probe > project > farm > service > shard > promgen.yml.
 * Names alone; the work is one per label set and list of hosts, not one per target.
 */
import type { Path, Where } from "../diagnostic.ts";
import { below, farmDocument, hostsOf, serviceLabels, shardsOf } from "../model/inventory.ts";
import type { HostList } from "../model/host-list.ts";
import type { Inventory, Labels, Origin, Project } from "../model/inventory.ts";
import { presetOrigin } from "./label-sets.ts";

export type Cover = "all" | "some" | "none";

/** The targets of one enabled exporter or probe of a project. */
export interface LabelledTargets {
  readonly project: Project;
  /** The value of the label `job`. */
  readonly job: string;
  /** Of the exporter or probe: where its job or module is named. */
  readonly place: Where;
  /** How many of the targets have a label, with a value. */
  coverOf(name: string): Cover;
  /** The names of all labels that at least one of them has; some may come twice. */
  names(): Iterable<string>;
}

interface HostLabels {
  /** Number of the list's items. */
  readonly items: number;
  /** Label name → number of items that have it. */
  readonly counts: ReadonlyMap<string, number>;
}

const NO_HOSTS: HostLabels = { items: 0, counts: new Map() };

/** Answers for one inventory; what hosts have is looked at once a list, since projects share farms. */
export class LabelCover {
  readonly #inventory: Inventory;
  readonly #hosts = new Map<HostList, HostLabels>();

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** What a project's enabled exporters and probes give in its shards; nothing for those without hosts, targets or shards. */
  of(project: Project): LabelledTargets[] {
    const inventory = this.#inventory;
    const shards = shardsOf(inventory, project).map((shard) => shard.labels);
    if (shards.length === 0) return [];
    const hosts = this.#labelsOfHosts(hostsOf(inventory, project));
    const farm = farmDocument(inventory, project);
    const common = [inventory.config.labels, serviceLabels(project.service), project.labels];
    if (farm !== undefined) common.push(farm.labels);
    const found: LabelledTargets[] = [];
    const add = (job: string, sets: readonly Labels[], steps: Path, from: Sources): void => {
      const place = { file: project.origin.file, path: [...project.origin.path, ...steps] };
      found.push({
        project,
        job,
        place,
        coverOf: (name) => coverOf(name, sets, shards, from),
        names: () => namesOf(sets, shards, from),
      });
    };
    for (const [index, exporter] of project.exporters.entries()) {
      if (!exporter.isEnabled || hosts.items === 0) continue;
      add(
        exporter.job,
        [...common, exporter.labels],
        exporter.isMap ? ["exporters", index, "job"] : ["exporters", index],
        { hosts, hasOthers: false },
      );
    }
    for (const [index, probe] of project.probes.entries()) {
      const from = { hosts: probe.usesHosts ? hosts : NO_HOSTS, hasOthers: probe.targets.length > 0 };
      if (!probe.isEnabled || (from.hosts.items === 0 && !from.hasOthers)) continue;
      add(probe.module, [...common, probe.labels], ["probes", index, "module"], from);
    }
    return found;
  }

  #labelsOfHosts(list: HostList | undefined): HostLabels {
    if (list === undefined) return NO_HOSTS;
    if (list.labels.size === 0) return { items: list.count, counts: NO_HOSTS.counts };
    let known = this.#hosts.get(list);
    if (known === undefined) this.#hosts.set(list, (known = countHostLabels(list)));
    return known;
  }
}

/** Where targets come from: hosts, and what a probe names itself. */
interface Sources {
  readonly hosts: HostLabels;
  readonly hasOthers: boolean;
}

/** True where a set gives the label a value: an empty one is no label to Prometheus. */
export function hasLabel(set: Labels, name: string): boolean {
  return Object.hasOwn(set, name) && set[name] !== null && set[name] !== "";
}

/** True where labels of a project's targets may be there, but misspelt or in the wrong form: the schema has said so. */
export function mayHideLabels(inventory: Inventory, project: Project): boolean {
  const { faults, config } = inventory;
  if (faults.areNone) return false;
  const { origin, service, exporters, probes } = project;
  // Where there are some, their key is not misspelt.
  const isHidden = (owner: Origin, labels: Labels = {}): boolean =>
    Object.keys(labels).length === 0 ? faults.mayHidePart(owner, "labels") : faults.isBroken(owner, "labels");
  if (isHidden({ file: config.file, path: [0] }, config.labels) || faults.mayHidePart(origin, "hosts")) return true;
  const farm = farmDocument(inventory, project);
  if (farm !== undefined && (isHidden(farm.origin, farm.labels) || faults.mayHidePart(farm.origin, "hosts")))
    return true;
  return (
    [project, ...service.parts, ...shardsOf(inventory, project)].some((one) => isHidden(one.origin, one.labels)) ||
    exporters.some(({ ownLabels }, index) => isHidden(below(origin, "exporters", index), ownLabels)) ||
    exporters.some(({ preset }) => preset !== undefined && isHidden(presetOrigin(config, preset), preset.labels)) ||
    probes.some(({ labels }, index) => isHidden(below(origin, "probes", index), labels))
  );
}

function coverOf(
  name: string,
  sets: readonly Labels[],
  shards: readonly Labels[],
  { hosts, hasOthers }: Sources,
): Cover {
  if (sets.some((set) => hasLabel(set, name))) return "all";
  const inShards = shards.filter((set) => hasLabel(set, name)).length;
  const onHosts = hosts.counts.get(name) ?? 0;
  if (inShards === shards.length || (onHosts > 0 && onHosts >= hosts.items && !hasOthers)) return "all";
  return inShards > 0 || onHosts > 0 ? "some" : "none";
}

function* namesOf(sets: readonly Labels[], shards: readonly Labels[], { hosts }: Sources): Iterable<string> {
  for (const list of [sets, shards])
    for (const set of list) for (const name of Object.keys(set)) if (hasLabel(set, name)) yield name;
  yield* hosts.counts.keys();
}

function countHostLabels(list: HostList): HostLabels {
  // The item of a range that cannot be expanded stands for no host.
  const items = list.items === undefined ? undefined : new Set(list.items);
  const counts = new Map<string, number>();
  for (const [item, set] of list.labels) {
    if (items?.has(item) === false) continue;
    for (const name of Object.keys(set)) if (hasLabel(set, name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { items: items?.size ?? list.count, counts };
}
