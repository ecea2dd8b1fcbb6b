/**
 * The labels of a target group. Names and values are byte-compatible with Promgen's (promgen/prometheus.py, render_config
 * and render_urls), with the user's labels beside them.
 *
 * Labels are made as sorted lists of their JSON, which are merged: what a project's groups share, and what all uses of a
 * preset share, is sorted and quoted once.
 */
import { parseDuration } from "../model/duration.ts";
import type { Config, Exporter, Farm, Labels, Probe, Project, Service, Shard } from "../model/inventory.ts";
import { farmLabel, serviceLabels } from "../model/inventory.ts";

/** Labels sorted by the bytes of their names, each name once. */
export interface LabelList {
  readonly names: readonly string[];
  /** `,"name":"value"` of each. */
  readonly json: readonly string[];
}

/** What all groups of a shard share: the labels of promgen.yml and its own, the shard's winning, and its name. */
export function shardLabels(config: Config, shard: Shard): LabelList {
  return new FixedLabels().add("__shard", shard.name).over({ ...config.labels, ...shard.labels });
}

/** What all groups of a service share: its labels and its name. */
export function serviceGroupLabels(service: Service): LabelList {
  return new FixedLabels().add("service", service.name).over(serviceLabels(service));
}

/** What all groups of a project share beside: the labels of its farm and its own, and those that say what it is. */
export function projectLabels(project: Project, farm: Farm | undefined): LabelList {
  return new FixedLabels()
    .add("__farm_source", farm?.source ?? "promgen")
    .add("farm", farmLabel(project))
    .add("project", project.name)
    .over(ofFarm(project, farm));
}

/** The same for probes, whose targets belong to no farm by name. */
export function probedProjectLabels(project: Project, farm: Farm | undefined): LabelList {
  return new FixedLabels().add("project", project.name).over(ofFarm(project, farm));
}

function ofFarm(project: Project, farm: Farm | undefined): Labels {
  return farm === undefined ? project.labels : { ...farm.labels, ...project.labels };
}

/** What an exporter adds in a shard with these defaults. */
export function exporterLabels(exporter: Exporter, shard: Shard): LabelList {
  const fixed = new FixedLabels();
  if (exporter.path.path !== "") fixed.add("__metrics_path__", exporter.path.path);
  paramsOf(exporter).forEach(([name, value]) => fixed.add(`__param_${name}`, value));
  fixed.add("__scheme__", exporter.scheme);
  addTimes(fixed, exporter, shard);
  return fixed.add("job", exporter.job).over(exporter.labels);
}

/** What a probe adds in a shard with these defaults. */
export function probeLabels(probe: Probe, shard: Shard): LabelList {
  const fixed = new FixedLabels().add("__param_module", probe.module);
  addTimes(fixed, probe, shard);
  return fixed.add("job", probe.module).over(probe.labels);
}

/** The labels of a list item's hosts. */
export function hostItemLabels(labels: Labels): LabelList {
  return new FixedLabels().over(labels);
}

/** The query of the path and `params`, sorted by name. */
export function paramsOf(exporter: Exporter): readonly (readonly [name: string, value: string])[] {
  const { query } = exporter.path;
  const names = Object.keys(exporter.params);
  if (names.length === 0 && query.length < 2) return query;
  const params = new Map<string, string>(query);
  for (const name of names) params.set(name, exporter.params[name] ?? "");
  return [...params].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Canonical JSON of two lists, names sorted by bytes, no spaces; where both have a name, `near` wins. */
export function mergeToJson(far: LabelList, near: LabelList): string {
  let json = "{";
  let at = 0;
  for (let index = 0; index < near.names.length; index++) {
    const name = near.names[index] ?? "";
    for (; isBefore(far.names[at], name); at++) json += behind(json, far.json[at]);
    if (far.names[at] === name) at++;
    json += behind(json, near.json[index]);
  }
  for (; at < far.names.length; at++) json += behind(json, far.json[at]);
  return `${json}}`;
}

/** A label behind others. The first is cut here: to cut what is put together would copy it. */
function behind(json: string, label = ""): string {
  return json.length === 1 ? label.slice(1) : label;
}

/** Both lists as one; where both have a name, `near` wins. */
export function mergeLabels(far: LabelList, near: LabelList): LabelList {
  const names: string[] = [];
  const json: string[] = [];
  const add = (list: LabelList, index: number): void => {
    names.push(list.names[index] ?? "");
    json.push(list.json[index] ?? "");
  };
  let at = 0;
  for (let index = 0; index < near.names.length; index++) {
    const name = near.names[index] ?? "";
    for (; isBefore(far.names[at], name); at++) add(far, at);
    if (far.names[at] === name) at++;
    add(near, index);
  }
  for (; at < far.names.length; at++) add(far, at);
  return { names, json };
}

/** Label names are ASCII, since label/invalid-name cannot be switched off: this is the order of bytes. */
function isBefore(next: string | undefined, name: string): boolean {
  return next !== undefined && next < name;
}

function areSorted(names: readonly string[]): boolean {
  for (let index = 1; index < names.length; index++) if (!isBefore(names[index - 1], names[index] ?? "")) return false;
  return true;
}

/** Labels that we render, added in the order of their names; the user's cannot have these (label/shadows-builtin, label/reserved). */
class FixedLabels {
  readonly #names: string[] = [];
  readonly #json: string[] = [];

  add(name: string, value: string): this {
    this.#names.push(name);
    this.#json.push(labelJson(name, value));
    return this;
  }

  /** Together with what the user gives. */
  over(labels: Labels): LabelList {
    const list: LabelList = { names: this.#names, json: this.#json };
    const names: string[] = [];
    for (const name in labels) if (labels[name] !== null && labels[name] !== undefined) names.push(name);
    if (names.length === 0) return list;
    if (!areSorted(names)) names.sort();
    return mergeLabels({ names, json: names.map((name) => labelJson(name, labels[name] ?? "")) }, list);
  }
}

/** A label whose value JSON takes as it is. */
const NO_ESCAPES = /^,"\w*":"[ !#-[\]-~]*"$/;

/** Names have no characters to escape: label/invalid-name cannot be switched off. */
function labelJson(name: string, value: string): string {
  // V8 puts a text together when it is looked at; before, its parts take more memory.
  const json = `,"${name}":"${value}"`;
  return NO_ESCAPES.test(json) ? json : `,"${name}":${JSON.stringify(value)}`;
}

/**
 * Prometheus drops a target whose timeout is longer than its interval, without a trace in file_sd's metrics. So an
 * interval below the server's default timeout brings its own timeout.
 */
function addTimes(
  labels: FixedLabels,
  times: { readonly interval?: string; readonly timeout?: string },
  shard: Shard,
): void {
  const { interval } = times;
  if (interval !== undefined) labels.add("__scrape_interval__", interval);
  const needsTimeout = interval !== undefined && isShorter(interval, shard.prometheus.scrape_timeout);
  const timeout = times.timeout ?? (needsTimeout ? interval : undefined);
  if (timeout !== undefined) labels.add("__scrape_timeout__", timeout);
}

function isShorter(a: string, b: string): boolean {
  return (parseDuration(a) ?? 0) < (parseDuration(b) ?? 0);
}
