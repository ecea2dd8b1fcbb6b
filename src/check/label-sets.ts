/**
 * Every place of an inventory where labels or parameters are written, in the order of reading. What the rules about labels
 * walk over: a label set is written once, however many targets carry it.
 */
import type { Path, Where } from "../diagnostic.ts";
import type { HostList } from "../model/host-list.ts";
import { below } from "../model/inventory.ts";
import type { Config, Exporter, Farm, Inventory, Labels, Origin, Preset, Service } from "../model/inventory.ts";
import { readMetricsPath } from "../model/metrics-path.ts";
import type { MetricsPath } from "../model/metrics-path.ts";

/** `query` is what a path says after its `?`: each of it becomes a parameter, too. */
export type LabelKind = "labels" | "params" | "query";

export type LabelLevel =
  | "promgen.yml"
  | "preset"
  | "shard"
  | "farm"
  | "service"
  | "project"
  | "exporter"
  | "probe"
  | "host";

export interface LabelSet {
  readonly kind: LabelKind;
  readonly level: LabelLevel;
  /** Names and values as written here, not merged with any other. Never empty. */
  readonly values: Labels;
  /** A place above the map that the set is written in, such as its project. */
  readonly owner: Origin;
  /** From there to that map, in which the set is `labels`, `params` or `path`. */
  readonly steps: Path;
}

const NO_STEPS: Path = [];

export type VisitSet = (set: LabelSet) => void;
export type VisitLabel = (name: string, value: string | null, set: LabelSet) => void;

/** The place of a label's or parameter's name or value. A query has one place for all of it: the path. */
export function labelPlace(set: LabelSet, name: string, part: "key" | "value"): Where {
  const map = [...set.owner.path, ...set.steps];
  if (set.kind === "query") return { file: set.owner.file, path: [...map, "path"], part: "value" };
  return { file: set.owner.file, path: [...map, set.kind, name], part };
}

/** Visits every label and parameter: names, values, and the set that each is in. */
export function forEachLabel(inventory: Inventory, visit: VisitLabel): void {
  forEachSet(inventory, (set) => visitLabels(set, visit));
}

/** Visits what `visit` is to see of one set. */
export function visitLabels(set: LabelSet, visit: VisitLabel): void {
  for (const name in set.values) visit(name, set.values[name] ?? null, set);
}

/** Visits every set. */
export function forEachSet(inventory: Inventory, visit: VisitSet): void {
  const walk = new Walk(visit);
  walk.config(inventory.config);
  for (const shard of inventory.shards) walk.offer("labels", "shard", shard.labels, shard.origin);
  for (const farm of inventory.farms) walk.farm(farm);
  for (const service of inventory.services) walk.service(service);
}

/** Visits the sets of all documents of a service, down to the hosts of its projects, and those of farms. */
export function forEachSetOf(service: Service, farms: Iterable<Farm>, visit: VisitSet): void {
  const walk = new Walk(visit);
  walk.service(service);
  for (const farm of farms) walk.farm(farm);
}

/** The parameters that are written at the exporter itself. One that its preset says with the same value is the preset's. */
export function ownParams(exporter: Exporter): Labels {
  const { params, preset } = exporter;
  if (preset === undefined || isEmpty(preset.params)) return params;
  if (params === preset.params) return {};
  return Object.fromEntries(Object.entries(params).filter(([name, value]) => preset.params[name] !== value));
}

/** The path that is written at the exporter itself; `undefined` for none, or the preset's. */
export function ownPath(exporter: Exporter): MetricsPath | undefined {
  const isOwn = exporter.isMap && exporter.path.text !== "" && exporter.path.text !== exporter.preset?.path;
  return isOwn ? exporter.path : undefined;
}

/** The place of a preset: the map that holds its fields. */
export function presetOrigin(config: Config, preset: Preset): Origin {
  return { file: config.file, path: [0, "exporters", preset.name] };
}

/** True where promgen.yml may have a preset of this name all the same. */
export function mayHidePreset({ config, faults }: Inventory, name: string): boolean {
  const settings: Origin = { file: config.file, path: [0] };
  // Where it has some, their key is not misspelt.
  if (config.presets.size === 0 && faults.mayHide(settings, "exporters")) return true;
  return faults.mayHide(below(settings, "exporters"), name);
}

class Walk {
  readonly #visit: VisitSet;
  /** Nearly all sets are empty, and those are one object. */
  #empty: Labels | undefined;

  constructor(visit: VisitSet) {
    this.#visit = visit;
  }

  config(config: Config): void {
    this.offer("labels", "promgen.yml", config.labels, { file: config.file, path: [0] });
    for (const preset of config.presets.values()) {
      const origin = presetOrigin(config, preset);
      this.offer("labels", "preset", preset.labels, origin);
      this.offer("params", "preset", preset.params, origin);
      if (preset.path !== undefined) this.#query("preset", readMetricsPath(preset.path), origin, NO_STEPS);
    }
  }

  farm(farm: Farm): void {
    this.offer("labels", "farm", farm.labels, farm.origin);
    this.#hosts(farm.hosts);
  }

  service(service: Service): void {
    for (const part of service.parts) {
      if (part.labels !== undefined) this.offer("labels", "service", part.labels, part.origin);
    }
    for (const { labels, origin, ownHosts, exporters, probes } of service.projects) {
      this.offer("labels", "project", labels, origin);
      if (ownHosts !== undefined) this.#hosts(ownHosts);
      for (let index = 0; index < exporters.length; index++) {
        const exporter = exporters[index];
        if (exporter?.isMap === true) this.#exporter(exporter, origin, index);
      }
      for (let index = 0; index < probes.length; index++) {
        const probe = probes[index];
        if (probe !== undefined) this.offer("labels", "probe", probe.labels, origin, ["probes", index]);
      }
    }
  }

  offer(kind: LabelKind, level: LabelLevel, values: Labels, owner: Origin, steps: Path = NO_STEPS): void {
    if (values === this.#empty) return;
    if (isEmpty(values)) this.#empty = values;
    else this.#visit({ kind, level, values, owner, steps });
  }

  #exporter(exporter: Exporter, project: Origin, index: number): void {
    const { params, ownLabels, preset } = exporter;
    const path = ownPath(exporter);
    const mayHaveParams = params !== this.#empty && params !== preset?.params;
    if (path === undefined && !mayHaveParams && ownLabels === this.#empty) return;
    const steps = ["exporters", index];
    this.offer("labels", "exporter", ownLabels, project, steps);
    if (mayHaveParams) this.offer("params", "exporter", ownParams(exporter), project, steps);
    if (path !== undefined) this.#query("exporter", path, project, steps);
  }

  #hosts(hosts: HostList): void {
    if (hosts.labels.size === 0) return;
    for (const [item, labels] of hosts.labels) this.offer("labels", "host", labels, hosts.origin, [item]);
  }

  #query(level: LabelLevel, path: MetricsPath, owner: Origin, steps: Path): void {
    if (path.query.length > 0) this.offer("query", level, Object.fromEntries(path.query), owner, steps);
  }
}

function isEmpty(values: Labels): boolean {
  for (const _ in values) return false;
  return true;
}
