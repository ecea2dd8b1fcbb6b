/**
 * What the words of an inventory mean, after reading and before any judgement: an inventory with mistakes in it is
 * still an Inventory, so that every rule can speak about it.
 */
import type { Path } from "../diagnostic.ts";
import type { Faults } from "./faults.ts";
import type { HostList } from "./host-list.ts";
import type { MetricsPath } from "./metrics-path.ts";

/** Label or parameter names and their text values, in the order of the file. */
export type Labels = Readonly<Record<string, string | null>>;

/** Where something is written: a file and the route to its node (document index first). */
export interface Origin {
  readonly file: string;
  readonly path: Path;
}

/** What scrape-config.yml says about a server. Paths are on the server. */
export interface PrometheusSettings {
  readonly targets: string;
  readonly urls: string;
  /** host:port of blackbox_exporter, as the server reaches it. */
  readonly blackbox: string;
  /** Prometheus durations. */
  readonly scrape_interval: string;
  readonly scrape_timeout: string;
}

export interface Server {
  /** As written: host, or host:port. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
  /** Index in the YAML list. */
  readonly item: number;
}

export interface Shard {
  readonly name: string;
  readonly origin: Origin;
  readonly description?: string;
  readonly servers: readonly Server[];
  readonly labels: Labels;
  /** `limits.targets`. */
  readonly targetLimit?: number;
  readonly isEnabled: boolean;
  /** The shard's own settings over those of promgen.yml over the defaults. */
  readonly prometheus: PrometheusSettings;
  /** The keys of `prometheus:` that this shard's document gives itself. */
  readonly ownPrometheus: Partial<PrometheusSettings>;
}

export interface Farm {
  readonly name: string;
  readonly origin: Origin;
  readonly source: string;
  readonly labels: Labels;
  readonly hosts: HostList;
}

export interface Preset {
  readonly name: string;
  readonly port?: number;
  readonly path?: string;
  readonly params: Labels;
  readonly scheme?: string;
  readonly interval?: string;
  readonly timeout?: string;
  readonly labels: Labels;
}

/** An exporter with its preset applied. Shared by all projects that name the preset alone. */
export interface Exporter {
  readonly job: string;
  /** Missing where neither the exporter nor a preset gives it. */
  readonly port: number | undefined;
  readonly path: MetricsPath;
  /** `params` of the exporter over those of its preset; the query of the path is in `path`. */
  readonly params: Labels;
  readonly scheme: string;
  readonly interval?: string;
  readonly timeout?: string;
  /** Labels of the exporter over those of its preset. */
  readonly labels: Labels;
  readonly isEnabled: boolean;
  /** The preset that it takes something from. */
  readonly preset?: Preset;
  /** Written as a map: only then its fields have places of their own. */
  readonly isMap: boolean;
  /** The labels written at the exporter itself. */
  readonly ownLabels: Labels;
}

/** The index in the YAML list of each text; undefined where no item was left out for a mistake. */
export type Items = readonly number[] | undefined;

export interface Probe {
  readonly module: string;
  readonly targets: readonly string[];
  readonly targetItems: Items;
  /** Every host of the project is a target, too. */
  readonly usesHosts: boolean;
  readonly interval?: string;
  readonly timeout?: string;
  readonly labels: Labels;
  readonly isEnabled: boolean;
}

export interface Project {
  readonly name: string;
  readonly origin: Origin;
  readonly service: Service;
  /** `shard:` of the project itself; undefined where the service's applies. */
  readonly ownShards: readonly string[] | undefined;
  readonly ownShardItems: Items;
  /** True where `shard:` is a list, so that a name has an index. */
  readonly shardIsList: boolean;
  /** `farm:` as written. */
  readonly farm: string | undefined;
  /** `hosts:` of the project itself. */
  readonly ownHosts: HostList | undefined;
  readonly labels: Labels;
  readonly exporters: readonly Exporter[];
  readonly probes: readonly Probe[];
}

/** One document of a service; a service may be spread over several. */
export interface ServicePart {
  readonly origin: Origin;
  readonly description?: string;
  readonly owner?: string;
  readonly shards?: readonly string[];
  readonly shardItems: Items;
  readonly shardIsList: boolean;
  readonly labels?: Labels;
}

export interface Service {
  readonly name: string;
  readonly parts: readonly ServicePart[];
  readonly projects: readonly Project[];
}

export type LintValue = string | { readonly severity?: string; readonly [option: string]: unknown };

export interface LintOverride {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, LintValue>>;
}

export interface Gate {
  readonly removed_percent: number;
  readonly removed_count: number;
  readonly removed_min: number;
  readonly relabelled_percent: number;
}

export type ArtifactKind = "all" | "services" | "projects";

/** promgen.yml, with its defaults filled in. */
export interface Config {
  /** Name of the file, for places: `promgen.yml`. */
  readonly file: string;
  /** Directory of the inventory, relative to promgen.yml. */
  readonly inventory: string;
  readonly repository?: string;
  readonly labels: Labels;
  readonly presets: ReadonlyMap<string, Preset>;
  readonly prometheus: PrometheusSettings;
  readonly artifacts: readonly ArtifactKind[];
  readonly lint: Readonly<Record<string, LintValue>>;
  readonly overrides: readonly LintOverride[];
  readonly gate: Gate;
}

/**
 * All that was read. Lists hold every definition in the order of reading, duplicates too; the maps hold the first of a name.
 */
export interface Inventory {
  readonly config: Config;
  readonly shards: readonly Shard[];
  readonly farms: readonly Farm[];
  readonly services: readonly Service[];
  readonly projects: readonly Project[];
  readonly shardByName: ReadonlyMap<string, Shard>;
  readonly farmByName: ReadonlyMap<string, Farm>;
  /** False where a file, or a part of one, could not be read: what seems to be missing may be there. */
  readonly isComplete: boolean;
  /** Mistakes of form: what seems to be missing there may only be misspelt. */
  readonly faults: Faults;
  /** Number of documents read. */
  readonly documents: number;
}

/** The names of the shards that scrape a project: its own, or those of its service. */
export function shardNames(project: Project): readonly string[] {
  if (project.ownShards !== undefined) return project.ownShards;
  return project.service.parts.find((part) => part.shards !== undefined)?.shards ?? [];
}

/** The shards that scrape a project, each once; names that no document defines are left out. */
export function shardsOf(inventory: Inventory, project: Project): readonly Shard[] {
  const names = shardNames(project);
  const found: Shard[] = [];
  names.forEach((name) => {
    const shard = inventory.shardByName.get(name);
    if (shard !== undefined && !found.includes(shard)) found.push(shard);
  });
  return found;
}

/** The farm document that a project takes its hosts from. */
export function farmDocument(inventory: Inventory, project: Project): Farm | undefined {
  return project.ownHosts === undefined && project.farm !== undefined
    ? inventory.farmByName.get(project.farm)
    : undefined;
}

/** The hosts of a project, its own or those of its farm document. */
export function hostsOf(inventory: Inventory, project: Project): HostList | undefined {
  return project.ownHosts ?? farmDocument(inventory, project)?.hosts;
}

/** The value of the `farm` label. */
export function farmLabel(project: Project): string {
  return project.farm ?? project.name;
}

/** Labels of a service, wherever they are given. */
export function serviceLabels(service: Service): Labels {
  return service.parts.find((part) => part.labels !== undefined)?.labels ?? {};
}

/** A place below another one. */
export function below(origin: Origin, ...steps: readonly (string | number)[]): Origin {
  // Unlike a list with `...` in it, this takes no more memory than it has items.
  return { file: origin.file, path: origin.path.concat(steps) };
}

/** The place of a server of a shard. */
export function serverOrigin({ origin, servers }: Shard, index: number): Origin {
  return below(origin, "servers", servers[index]?.item ?? index);
}

/** The place of one of the `targets:` of a probe. */
export function probeTargetOrigin({ origin, probes }: Project, probe: number, index: number): Origin {
  return below(origin, "probes", probe, "targets", probes[probe]?.targetItems?.[index] ?? index);
}

/** The place of a name in a `shard:` that may be a list. @param origin of the project or service */
export function shardNameOrigin(origin: Origin, isList: boolean, items: Items, index: number): Origin {
  return isList ? below(origin, "shard", items?.[index] ?? index) : below(origin, "shard");
}
