/**
 * Every place of an inventory where labels or parameters are written, in the order of reading. What the rules about labels
 * walk over: a label set is written once, however many targets carry it.
 */
import type { Path, Where } from "../diagnostic.ts";
import type { Config, Exporter, Farm, HostList, Inventory, Labels, Origin, Preset, Probe, Service } from "../model/inventory.ts";
import { readMetricsPath } from "../model/metrics-path.ts";
import type { MetricsPath } from "../model/metrics-path.ts";

/** `query` is what a path says after its `?`: each of it becomes a parameter, too. */
export type LabelKind = "labels" | "params" | "query";

export type LabelLevel = "promgen.yml" | "preset" | "shard" | "farm" | "service" | "project" | "exporter" | "probe" | "host";

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
  for (const name of Object.keys(set.values)) visit(name, set.values[name] ?? null, set);
}

/** Visits every set. */
export function forEachSet(inventory: Inventory, visit: VisitSet): void {
  visitConfig(inventory.config, visit);
  for (const shard of inventory.shards) offer(visit, "labels", "shard", shard.labels, shard.origin);
  for (const farm of inventory.farms) visitFarmSets(farm, visit);
  for (const service of inventory.services) visitServiceSets(service, visit);
}

/** Visits the sets of a farm document and of its hosts. */
export function visitFarmSets(farm: Farm, visit: VisitSet): void {
  offer(visit, "labels", "farm", farm.labels, farm.origin);
  visitHosts(farm.hosts, visit);
}

/** Visits the sets of all documents of a service, down to the hosts of its projects. */
export function visitServiceSets(service: Service, visit: VisitSet): void {
  for (const part of service.parts) if (part.labels !== undefined) offer(visit, "labels", "service", part.labels, part.origin);
  for (const project of service.projects) {
    offer(visit, "labels", "project", project.labels, project.origin);
    if (project.ownHosts !== undefined) visitHosts(project.ownHosts, visit);
    for (let index = 0; index < project.exporters.length; index++) {
      const exporter = project.exporters[index];
      if (exporter?.isMap === true) visitExporter(exporter, project.origin, index, visit);
    }
    for (let index = 0; index < project.probes.length; index++) {
      const probe: Probe | undefined = project.probes[index];
      if (probe !== undefined) offer(visit, "labels", "probe", probe.labels, project.origin, ["probes", index]);
    }
  }
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

function visitConfig(config: Config, visit: VisitSet): void {
  offer(visit, "labels", "promgen.yml", config.labels, { file: config.file, path: [0] });
  for (const preset of config.presets.values()) {
    const origin = presetOrigin(config, preset);
    offer(visit, "labels", "preset", preset.labels, origin);
    offer(visit, "params", "preset", preset.params, origin);
    if (preset.path !== undefined) offerQuery(visit, "preset", readMetricsPath(preset.path), origin);
  }
}

function visitExporter(exporter: Exporter, project: Origin, index: number, visit: VisitSet): void {
  const path = ownPath(exporter);
  const hasParams = !isEmpty(exporter.params) && exporter.params !== exporter.preset?.params;
  if (path === undefined && !hasParams && isEmpty(exporter.ownLabels)) return;
  const steps = ["exporters", index];
  offer(visit, "labels", "exporter", exporter.ownLabels, project, steps);
  if (hasParams) offer(visit, "params", "exporter", ownParams(exporter), project, steps);
  if (path !== undefined) offerQuery(visit, "exporter", path, project, steps);
}

function visitHosts(hosts: HostList, visit: VisitSet): void {
  for (const [item, labels] of hosts.labels) offer(visit, "labels", "host", labels, hosts.origin, [item]);
}

function offerQuery(visit: VisitSet, level: LabelLevel, path: MetricsPath, owner: Origin, steps: Path = []): void {
  if (path.query.length > 0) offer(visit, "query", level, Object.fromEntries(path.query), owner, steps);
}

function offer(visit: VisitSet, kind: LabelKind, level: LabelLevel, values: Labels, owner: Origin, steps: Path = []): void {
  if (!isEmpty(values)) visit({ kind, level, values, owner, steps });
}

function isEmpty(values: Labels): boolean {
  for (const _ in values) return false;
  return true;
}
