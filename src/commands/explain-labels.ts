/**
 * Which labels a target has and where each came from. Values are those that render/labels.ts gives; the tests hold the two
 * together.
 */
import type { Where } from "../diagnostic.ts";
import { parseDuration } from "../model/duration.ts";
import type { HostList } from "../model/host-list.ts";
import type { Exporter, Inventory, Items, Labels, Origin, Probe, Project, Shard } from "../model/inventory.ts";
import { hostLabels } from "../model/host-list.ts";
import { below, farmDocument, farmLabel, shardNameOrigin } from "../model/inventory.ts";

export type Level =
  | "host"
  | "exporter"
  | "preset"
  | "probe"
  | "project"
  | "farm"
  | "service"
  | "shard"
  | "promgen.yml"
  | "default";

/** Who says a label's value, and where. A default has no place. */
export interface Source {
  readonly level: Level;
  /** Of the farm, shard and so on; or what the default is about. */
  readonly name?: string;
  readonly where?: Where;
}

export interface Layer {
  /** `null` for a label written without a value, which is not rendered. */
  readonly value: string | null;
  readonly source: Source;
}

export interface ExplainedLabel extends Layer {
  readonly name: string;
  /** What the same label was given further out, nearest first. */
  readonly overridden: readonly Layer[];
}

/** What is scraped or probed: the exporter or probe of this index in its project. */
export type Part =
  | { readonly kind: "exporter"; readonly index: number; readonly exporter: Exporter }
  | { readonly kind: "probe"; readonly index: number; readonly probe: Probe };

export interface Subject {
  readonly inventory: Inventory;
  readonly project: Project;
  readonly shard: Shard;
  /** Without it: what all targets of the project have. */
  readonly part?: Part | undefined;
  /** One host, by its index in its list. */
  readonly host?: { readonly list: HostList; readonly index: number } | undefined;
}

/** Whether a map has a key of its own. */
export type Has = (where: Where) => boolean;

/** The labels of a target: those that people see first, `__*` last, each sorted by name. */
export function explainLabels(subject: Subject, has: Has): ExplainedLabel[] {
  const layers = new Map<string, Layer[]>();
  const add: Add = (name, value, source) => {
    const known = layers.get(name);
    if (known === undefined) layers.set(name, [{ value, source }]);
    else known.push({ value, source });
  };
  addUserLabels(subject, add);
  addBuiltIns(subject, has, add);
  const explained: ExplainedLabel[] = [];
  for (const [name, [...all]] of layers) {
    const winner = all.pop();
    if (winner !== undefined) explained.push({ name, ...winner, overridden: all.toReversed() });
  }
  return explained.sort((a, b) => Number(isInternal(a)) - Number(isInternal(b)) || (a.name < b.name ? -1 : 1));
}

/** The place of an exporter or a probe. */
export function partOrigin(project: Project, part: Part): Origin {
  return below(project.origin, part.kind === "exporter" ? "exporters" : "probes", part.index);
}

/** Who says a field of an exporter: itself, its preset, or nobody. */
export function fieldSource(
  inventory: Inventory,
  project: Project,
  part: Part,
  field: "port" | "path" | "scheme" | "interval" | "timeout",
  has: Has,
): Source {
  const own = below(partOrigin(project, part), field);
  if (part.kind === "probe") return { level: "probe", name: part.probe.module, where: own };
  const { job, preset, isMap } = part.exporter;
  if (isMap && has(own)) return { level: "exporter", name: job, where: own };
  if (preset?.[field] === undefined) return { level: "default" };
  return { level: "preset", name: job, where: below(presetOrigin(inventory, job), field) };
}

type Add = (name: string, value: string | null, source: Source) => void;

function isInternal({ name }: ExplainedLabel): boolean {
  return name.startsWith("__");
}

function presetOrigin({ config }: Inventory, job: string): Origin {
  return { file: config.file, path: [0, "exporters", job] };
}

/** Outermost first, as they override one another. */
function addUserLabels({ inventory, project, shard, part, host }: Subject, add: Add): void {
  const { config } = inventory;
  const addAll = (labels: Labels | undefined, level: Level, name: string | undefined, owner: Origin): void => {
    for (const [label, value] of Object.entries(labels ?? {})) {
      const where: Where = { ...below(owner, "labels", label), part: "key" };
      add(label, value, name === undefined ? { level, where } : { level, name, where });
    }
  };
  addAll(config.labels, "promgen.yml", undefined, { file: config.file, path: [0] });
  addAll(shard.labels, "shard", shard.name, shard.origin);
  const { service } = project;
  const servicePart = service.parts.find(({ labels }) => labels !== undefined);
  if (servicePart !== undefined) addAll(servicePart.labels, "service", service.name, servicePart.origin);
  const farm = farmDocument(inventory, project);
  if (farm !== undefined) addAll(farm.labels, "farm", farm.name, farm.origin);
  addAll(project.labels, "project", project.name, project.origin);
  if (part?.kind === "exporter") {
    const { exporter } = part;
    addAll(exporter.preset?.labels, "preset", exporter.job, presetOrigin(inventory, exporter.job));
    addAll(exporter.ownLabels, "exporter", exporter.job, partOrigin(project, part));
  }
  if (part?.kind === "probe") addAll(part.probe.labels, "probe", part.probe.module, partOrigin(project, part));
  if (host === undefined) return;
  const item = host.list.items?.[host.index] ?? host.index;
  addAll(hostLabels(host.list, host.index), "host", undefined, below(host.list.origin, item));
}

function addBuiltIns(subject: Subject, has: Has, add: Add): void {
  const { inventory, project, shard, part } = subject;
  const of = (level: Level, name: string, where: Where): Source => ({ level, name, where });
  add("__shard", shard.name, shardSource(project, shard.name));
  add("service", project.service.name, of("service", project.service.name, serviceOrigin(project)));
  add("project", project.name, of("project", project.name, below(project.origin, "name")));
  if (part?.kind === "probe") {
    const module = of("probe", part.probe.module, below(partOrigin(project, part), "module"));
    add("job", part.probe.module, module);
    add("__param_module", part.probe.module, module);
    addTimes(subject, part, part.probe, has, add);
    return;
  }

  const farm = farmDocument(inventory, project);
  const farmSource = of("project", project.name, below(project.origin, project.farm === undefined ? "name" : "farm"));
  add("farm", farmLabel(project), farmSource);
  const source = farm && below(farm.origin, "source");
  add(
    "__farm_source",
    farm?.source ?? "promgen",
    farm !== undefined && source !== undefined && has(source) ? of("farm", farm.name, source) : { level: "default" },
  );
  if (part === undefined) return;

  const { exporter } = part;
  const item = partOrigin(project, part);
  add("job", exporter.job, of("exporter", exporter.job, exporter.isMap ? below(item, "job") : item));
  add("__scheme__", exporter.scheme, fieldSource(inventory, project, part, "scheme", has));
  const path = fieldSource(inventory, project, part, "path", has);
  if (exporter.path.path !== "") add("__metrics_path__", exporter.path.path, path);
  for (const [key, value] of exporter.path.query) add(`__param_${key}`, value, path);
  for (const [key, value] of Object.entries(exporter.params)) {
    const own = below(item, "params", key);
    const isOwn = exporter.isMap && has(own);
    add(
      `__param_${key}`,
      value,
      isOwn
        ? of("exporter", exporter.job, own)
        : of("preset", exporter.job, below(presetOrigin(inventory, exporter.job), "params", key)),
    );
  }
  addTimes(subject, part, exporter, has, add);
}

/** As render/labels.ts does it: a short interval brings its own timeout. */
function addTimes(
  { inventory, project, shard }: Subject,
  part: Part,
  { interval, timeout }: { readonly interval?: string; readonly timeout?: string },
  has: Has,
  add: Add,
): void {
  if (interval !== undefined)
    add("__scrape_interval__", interval, fieldSource(inventory, project, part, "interval", has));
  if (timeout !== undefined) {
    add("__scrape_timeout__", timeout, fieldSource(inventory, project, part, "timeout", has));
    return;
  }
  const usual = shard.prometheus.scrape_timeout;
  if (interval === undefined || (parseDuration(interval) ?? 0) >= (parseDuration(usual) ?? 0)) return;
  const { where } = fieldSource(inventory, project, part, "interval", has);
  const name = `the interval, below the usual timeout ${usual}`;
  add(
    "__scrape_timeout__",
    interval,
    where === undefined ? { level: "default", name } : { level: "default", name, where },
  );
}

/** Where a project, or its service for it, names a shard. */
export function shardSource(project: Project, shard: string): Source {
  const at = (names: readonly string[] | undefined, items: Items, isList: boolean, owner: Origin): Where =>
    shardNameOrigin(owner, isList, items, names?.indexOf(shard) ?? 0);
  if (project.ownShards !== undefined) {
    const where = at(project.ownShards, project.ownShardItems, project.shardIsList, project.origin);
    return { level: "project", name: project.name, where };
  }
  const part = project.service.parts.find(({ shards }) => shards !== undefined);
  const { name } = project.service;
  return part === undefined
    ? { level: "service", name }
    : { level: "service", name, where: at(part.shards, part.shardItems, part.shardIsList, part.origin) };
}

/** The document of the service that holds a project. */
export function serviceOrigin({ service, origin }: Project): Origin {
  const part = service.parts.find((one) => one.origin.file === origin.file && one.origin.path[0] === origin.path[0]);
  return below(part?.origin ?? origin, "service");
}
