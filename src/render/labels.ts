/**
 * The labels of a target group. Names and values are byte-compatible with Promgen's (promgen/prometheus.py, render_config
 * and render_urls), with the user's labels beside them.
 */
import { parseDuration } from "../model/duration.ts";
import type { Config, Exporter, Farm, Labels, Probe, Project, Shard } from "../model/inventory.ts";
import { farmLabel, serviceLabels } from "../model/inventory.ts";
import { sortByBytes } from "./byte-order.ts";

/** Label names and values, not sorted. */
export type LabelMap = Record<string, string | null>;

/** What all groups of a project in a shard share: the labels of promgen.yml, shard, service, farm, project, nearest last. */
export function inheritedLabels(config: Config, project: Project, shard: Shard, farm: Farm | undefined): LabelMap {
  return { ...config.labels, ...shard.labels, ...serviceLabels(project.service), ...farm?.labels, ...project.labels };
}

/** The labels of an exporter's group. `host` are the labels of the group's hosts, where they have some. */
export function exporterLabels(
  inherited: LabelMap,
  project: Project,
  shard: Shard,
  farm: Farm | undefined,
  exporter: Exporter,
  host: Labels | undefined,
): LabelMap {
  const labels: LabelMap = { ...inherited, ...exporter.labels, ...host };
  labels["__farm_source"] = farm?.source ?? "promgen";
  if (exporter.path.path !== "") labels["__metrics_path__"] = exporter.path.path;
  for (const [key, value] of exporter.path.query) labels[`__param_${key}`] = value;
  for (const key of Object.keys(exporter.params)) labels[`__param_${key}`] = exporter.params[key] ?? null;
  labels["__scheme__"] = exporter.scheme;
  addTimes(labels, exporter, shard);
  labels["__shard"] = shard.name;
  labels["farm"] = farmLabel(project);
  labels["job"] = exporter.job;
  labels["project"] = project.name;
  labels["service"] = project.service.name;
  return labels;
}

/** The labels of a probe's group. */
export function probeLabels(
  inherited: LabelMap,
  project: Project,
  shard: Shard,
  probe: Probe,
  host: Labels | undefined,
): LabelMap {
  const labels: LabelMap = { ...inherited, ...probe.labels, ...host };
  labels["__param_module"] = probe.module;
  addTimes(labels, probe, shard);
  labels["__shard"] = shard.name;
  labels["job"] = probe.module;
  labels["project"] = project.name;
  labels["service"] = project.service.name;
  return labels;
}

/** Canonical JSON of labels: names sorted by bytes, no spaces, no escapes but those that JSON requires. */
export function labelsJson(labels: LabelMap): string {
  const names = sortByBytes(Object.keys(labels), (name) => name);
  let json = "";
  for (const name of names) {
    const value = labels[name];
    if (value === null || value === undefined) continue;
    json += `${json === "" ? "{" : ","}${quote(name)}:${quote(value)}`;
  }
  return `${json}}`;
}

/**
 * Prometheus drops a target whose timeout is longer than its interval, without a trace in file_sd's metrics. So an
 * interval below the server's default timeout brings its own timeout.
 */
function addTimes(
  labels: LabelMap,
  times: { readonly interval?: string; readonly timeout?: string },
  shard: Shard,
): void {
  if (times.interval !== undefined) labels["__scrape_interval__"] = times.interval;
  const timeout =
    times.timeout ??
    (times.interval !== undefined && isShorter(times.interval, shard.prometheus.scrape_timeout)
      ? times.interval
      : undefined);
  if (timeout !== undefined) labels["__scrape_timeout__"] = timeout;
}

function isShorter(a: string, b: string): boolean {
  return (parseDuration(a) ?? 0) < (parseDuration(b) ?? 0);
}

const quoted = new Map<string, string>();

/** JSON text of a string; the few distinct ones of an inventory are kept. */
function quote(text: string): string {
  let json = quoted.get(text);
  if (json === undefined) {
    if (quoted.size > 20_000) quoted.clear();
    quoted.set(text, (json = JSON.stringify(text)));
  }
  return json;
}
