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
  /** `"name":"value",` of each. */
  readonly json: readonly string[];
}

/** What all groups of a shard share: the labels of promgen.yml and its own, the shard's winning, and its name. */
export function shardLabels(config: Config, shard: Shard): LabelList {
  return withFixed({ ...config.labels, ...shard.labels }, [["__shard", shard.name]]);
}

/** What all groups of a service share: its labels and its name. */
export function serviceGroupLabels(service: Service): LabelList {
  return withFixed(serviceLabels(service), [["service", service.name]]);
}

/** What all groups of a project share beside: the labels of its farm and its own, and those that say what it is. */
export function projectLabels(project: Project, farm: Farm | undefined): LabelList {
  const fixed: FixedLabel[] = [
    ["__farm_source", farm?.source ?? "promgen"],
    ["farm", farmLabel(project)],
    ["project", project.name],
  ];
  return withFixed({ ...farm?.labels, ...project.labels }, fixed);
}

/** The same for probes, whose targets belong to no farm by name. */
export function probedProjectLabels(project: Project, farm: Farm | undefined): LabelList {
  return withFixed({ ...farm?.labels, ...project.labels }, [["project", project.name]]);
}

/** What an exporter adds in a shard with these defaults. */
export function exporterLabels(exporter: Exporter, shard: Shard): LabelList {
  const fixed: FixedLabel[] = [];
  if (exporter.path.path !== "") fixed.push(["__metrics_path__", exporter.path.path]);
  for (const [name, value] of paramsOf(exporter)) fixed.push([`__param_${name}`, value]);
  fixed.push(["__scheme__", exporter.scheme]);
  addTimes(fixed, exporter, shard);
  fixed.push(["job", exporter.job]);
  return withFixed(exporter.labels, fixed);
}

/** What a probe adds in a shard with these defaults. */
export function probeLabels(probe: Probe, shard: Shard): LabelList {
  const fixed: FixedLabel[] = [["__param_module", probe.module]];
  addTimes(fixed, probe, shard);
  fixed.push(["job", probe.module]);
  return withFixed(probe.labels, fixed);
}

/** The labels of a list item's hosts. */
export function hostItemLabels(labels: Labels): LabelList {
  return withFixed(labels, []);
}

/** The query of the path and `params`, sorted by name. */
export function paramsOf(exporter: Exporter): FixedLabel[] {
  const { query } = exporter.path;
  const names = Object.keys(exporter.params);
  if (names.length === 0 && query.length < 2) return [...query];
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
    at = passBefore(far, at, name, (other) => (json += far.json[other]));
    if (far.names[at] === name) at++;
    json += near.json[index];
  }
  for (; at < far.names.length; at++) json += far.json[at];
  return json.length > 1 ? `${json.slice(0, -1)}}` : "{}";
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
    at = passBefore(far, at, name, (other) => add(far, other));
    if (far.names[at] === name) at++;
    add(near, index);
  }
  for (; at < far.names.length; at++) add(far, at);
  return { names, json };
}

/** Visits the labels of a list before a name, and returns the index of the first that is not. */
function passBefore(list: LabelList, start: number, name: string, visit: (index: number) => void): number {
  let at = start;
  // Label names are ASCII, since label/invalid-name cannot be switched off: this is the order of bytes.
  for (let next = list.names[at]; next !== undefined && next < name; next = list.names[++at]) visit(at);
  return at;
}

type FixedLabel = readonly [name: string, value: string];

/** @param fixed labels that we render, sorted by name; the user's cannot have their names (label/shadows-builtin, label/reserved) */
function withFixed(labels: Labels, fixed: readonly FixedLabel[]): LabelList {
  const list: { names: string[]; json: string[] } = { names: [], json: [] };
  for (const [name, value] of fixed) {
    list.names.push(name);
    list.json.push(labelJson(name, value));
  }
  const names: string[] = [];
  for (const name in labels) if (labels[name] !== null && labels[name] !== undefined) names.push(name);
  if (names.length === 0) return list;
  names.sort();
  return mergeLabels({ names, json: names.map((name) => labelJson(name, labels[name] ?? "")) }, list);
}

/** Text that JSON takes as it is. */
const NO_ESCAPES = /^[ !#-[\]-~]*$/;

/** Names have no characters to escape: label/invalid-name cannot be switched off. */
function labelJson(name: string, value: string): string {
  return NO_ESCAPES.test(value) ? `"${name}":"${value}",` : `"${name}":${JSON.stringify(value)},`;
}

/**
 * Prometheus drops a target whose timeout is longer than its interval, without a trace in file_sd's metrics. So an
 * interval below the server's default timeout brings its own timeout.
 */
function addTimes(
  labels: FixedLabel[],
  times: { readonly interval?: string; readonly timeout?: string },
  shard: Shard,
): void {
  const { interval } = times;
  if (interval !== undefined) labels.push(["__scrape_interval__", interval]);
  const needsTimeout = interval !== undefined && isShorter(interval, shard.prometheus.scrape_timeout);
  const timeout = times.timeout ?? (needsTimeout ? interval : undefined);
  if (timeout !== undefined) labels.push(["__scrape_timeout__", timeout]);
}

function isShorter(a: string, b: string): boolean {
  return (parseDuration(a) ?? 0) < (parseDuration(b) ?? 0);
}
