/**
 * Inventory → target groups: one for each enabled exporter of a project in each of its shards, several where hosts have
 * labels of their own, one where several would have equal labels.
 *
 * A group keeps only its labels' JSON and where its targets come from: an inventory of a million targets has 50,000 groups,
 * and their targets are written out one group at a time.
 */
import { renderHost } from "../model/address.ts";
import type { HostList } from "../model/host-list.ts";
import type { Exporter, Inventory, Probe, Project, Service, Shard } from "../model/inventory.ts";
import { hostLabels } from "../model/host-list.ts";
import { HOST_SEPARATOR } from "../model/plain-hosts.ts";
import { asksUrls } from "../model/probe-target.ts";
import { farmDocument, hostsOf, shardsOf } from "../model/inventory.ts";
import { compareBytes, needsCare, sortTexts } from "./byte-order.ts";
import type { LabelList } from "./labels.ts";
import {
  exporterLabels,
  hostItemLabels,
  mergeLabels,
  mergeToJson,
  probedProjectLabels,
  probeLabels,
  projectLabels,
  serviceGroupLabels,
  shardLabels,
} from "./labels.ts";

export type FileName = "targets.json" | "urls.json";

/** One group, its targets not written out yet. */
export interface Group {
  readonly shard: Shard;
  /** Canonical JSON of its labels. */
  readonly labels: string;
  readonly targets: TargetSource;
}

type TargetSource =
  | { readonly kind: "exporter"; readonly hosts: HostList; readonly part: HostPart; readonly port: number }
  | { readonly kind: "hosts"; readonly hosts: HostList; readonly part: HostPart; readonly module: string }
  | { readonly kind: "texts"; readonly texts: readonly string[] };

/** The hosts of a list that share their labels. */
interface HostPart {
  readonly labels: LabelList;
  /** `undefined` for all of the list. */
  readonly names: readonly string[] | undefined;
}

const WITHOUT_LABELS: LabelList = { names: [], json: [] };
const ALL_HOSTS: readonly HostPart[] = [{ labels: WITHOUT_LABELS, names: undefined }];

/** Groups with equal labels: one line of a file. */
export type MergedGroup = readonly [Group, ...Group[]];

/** The groups of a file for these projects, sorted by the UTF-8 bytes of their labels' JSON. */
export function groupsOf(
  inventory: Inventory,
  file: FileName,
  projects: readonly Project[] = inventory.projects,
): MergedGroup[] {
  const groups = new Map<string, [Group, ...Group[]]>();
  let doNeedCare = false;
  const add = (group: Group): void => {
    // Here, and not when they are sorted: V8 puts a text together when it is looked at, and keeps its parts until then.
    doNeedCare ||= needsCare(group.labels);
    const same = groups.get(group.labels);
    if (same === undefined) groups.set(group.labels, [group]);
    else same.push(group);
  };
  const shared = new SharedLabels(inventory);
  for (const project of projects) {
    if (file === "targets.json") addExporters(inventory, project, shared, add);
    else addProbes(inventory, project, shared, add);
  }
  return sortTexts([...groups.keys()], doNeedCare).map((labels) => groups.get(labels) as MergedGroup);
}

/** There is at least one. What stands in quotation marks is not put together: a copy of all targets would be made for it. */
export interface TargetsJson {
  /** From behind the first quotation mark on. */
  readonly json: string;
  /** What stands behind that, up to the last quotation mark. */
  readonly rest: string;
  readonly count: number;
  /** Known to be ASCII. */
  readonly isAscii: boolean;
}

const SEPARATORS = new RegExp(HOST_SEPARATOR, "g");

/** The targets of a group as JSON, sorted by the UTF-8 bytes of their hosts, then of their ports; and their number. */
export function targetsJson(group: MergedGroup): TargetsJson {
  const { targets: only } = group[0];
  if (group.length === 1 && only.kind === "exporter") {
    const { port } = only;
    const { text, isPlain, isAscii, labels } = only.hosts;
    // As one text, without making a string of each host: this is what nearly all targets are.
    if (isPlain && text !== undefined && labels.size === 0)
      return { json: text.replace(SEPARATORS, `:${port}","`), rest: `:${port}`, count: only.hosts.count, isAscii };
    const names = namesOf(only.hosts, only.part);
    const hosts = isPlain ? names : isAscii ? [...names].sort() : sortTexts(names.map(renderHost));
    return { json: hosts.join(`:${port}","`), rest: `:${port}`, count: hosts.length, isAscii };
  }
  const all = group.flatMap(({ targets }) => writeOut(targets));
  all.sort((a, b) => compareBytes(a.host, b.host) || compareBytes(a.target, b.target));
  const json = all.map(({ target }) => JSON.stringify(target)).join(",");
  return { json: json.slice(1, -1), rest: "", count: all.length, isAscii: false };
}

/** The labels that the groups of a service in a shard share. Projects of one service come one after the other. */
class SharedLabels {
  readonly #inventory: Inventory;
  readonly #ofShard = new Map<Shard, LabelList>();
  readonly #inShard = new Map<Shard, LabelList>();
  #service: Service | undefined;
  #ofService: LabelList = { names: [], json: [] };

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  of(service: Service, shard: Shard): LabelList {
    if (service !== this.#service) {
      this.#service = service;
      this.#ofService = serviceGroupLabels(service);
      this.#inShard.clear();
    }
    let labels = this.#inShard.get(shard);
    if (labels === undefined) {
      let outer = this.#ofShard.get(shard);
      if (outer === undefined) this.#ofShard.set(shard, (outer = shardLabels(this.#inventory.config, shard)));
      this.#inShard.set(shard, (labels = mergeLabels(outer, this.#ofService)));
    }
    return labels;
  }
}

function addExporters(inventory: Inventory, project: Project, shared: SharedLabels, add: (group: Group) => void): void {
  const hosts = hostsOf(inventory, project);
  if (hosts === undefined || hosts.count === 0) return;
  const parts = partsOf(hosts);
  const ownLabels = projectLabels(project, farmDocument(inventory, project));
  shardsOf(inventory, project).forEach((shard) => {
    const outer = mergeLabels(shared.of(project.service, shard), ownLabels);
    project.exporters.forEach((exporter) => {
      if (!exporter.isEnabled) return;
      const own = cachedExporterLabels(exporter, shard);
      parts.forEach((part) => {
        add({
          shard,
          labels: withHostLabels(outer, own, part),
          targets: { kind: "exporter", hosts, part, port: exporter.port ?? 0 },
        });
      });
    });
  });
}

function addProbes(inventory: Inventory, project: Project, shared: SharedLabels, add: (group: Group) => void): void {
  const probes = project.probes.filter((probe) => probe.isEnabled);
  if (probes.length === 0) return;
  const hosts = hostsOf(inventory, project);
  const ownLabels = probedProjectLabels(project, farmDocument(inventory, project));
  for (const shard of shardsOf(inventory, project)) {
    const outer = mergeLabels(shared.of(project.service, shard), ownLabels);
    for (const probe of probes) addProbe(shard, outer, probe, hosts, add);
  }
}

function addProbe(
  shard: Shard,
  shared: LabelList,
  probe: Probe,
  hosts: HostList | undefined,
  add: (group: Group) => void,
): void {
  const own = probeLabels(probe, shard);
  if (probe.targets.length > 0)
    add({ shard, labels: mergeToJson(shared, own), targets: { kind: "texts", texts: probe.targets } });
  if (!probe.usesHosts || hosts === undefined || hosts.count === 0) return;
  for (const part of partsOf(hosts))
    add({
      shard,
      labels: withHostLabels(shared, own, part),
      targets: { kind: "hosts", hosts, part, module: probe.module },
    });
}

function withHostLabels(shared: LabelList, own: LabelList, { labels }: HostPart): string {
  return labels === WITHOUT_LABELS ? mergeToJson(shared, own) : mergeToJson(mergeLabels(shared, own), labels);
}

/** An exporter that is only the name of a preset is one object for all projects; servers differ in few defaults. */
const exporterCache = new WeakMap<Exporter, Map<string, LabelList>>();

function cachedExporterLabels(exporter: Exporter, shard: Shard): LabelList {
  if (exporter.isMap) return exporterLabels(exporter, shard);
  let byTimeout = exporterCache.get(exporter);
  if (byTimeout === undefined) exporterCache.set(exporter, (byTimeout = new Map()));
  let labels = byTimeout.get(shard.prometheus.scrape_timeout);
  if (labels === undefined) byTimeout.set(shard.prometheus.scrape_timeout, (labels = exporterLabels(exporter, shard)));
  return labels;
}

/** Projects of one farm share its list. */
const partsCache = new WeakMap<HostList, readonly HostPart[]>();

function partsOf(list: HostList): readonly HostPart[] {
  if (list.labels.size === 0) return ALL_HOSTS;
  let parts = partsCache.get(list);
  if (parts === undefined) partsCache.set(list, (parts = partsByLabels(list)));
  return parts;
}

/** There may be as many parts as hosts: each has its names, for which it would have to take the whole list apart. */
function partsByLabels(list: HostList): readonly HostPart[] {
  const parts = new Map<string, { labels: LabelList; names: string[] }>();
  for (const [index, name] of list.names.entries()) {
    const own = hostLabels(list, index);
    const labels = own === undefined ? WITHOUT_LABELS : hostItemLabels(own);
    const key = labels.json.join("");
    const part = parts.get(key);
    if (part === undefined) parts.set(key, { labels, names: [name] });
    else part.names.push(name);
  }
  return [...parts.values()];
}

function namesOf(list: HostList, { names }: HostPart): readonly string[] {
  return names ?? list.names;
}

function writeOut(targets: TargetSource): { host: string; target: string }[] {
  switch (targets.kind) {
    case "exporter":
      return namesOf(targets.hosts, targets.part)
        .map(renderHost)
        .map((host) => ({ host, target: `${host}:${targets.port}` }));
    case "hosts":
      return namesOf(targets.hosts, targets.part)
        .map((name) => probedHost(targets.module, name))
        .map((host) => ({ host, target: host }));
    case "texts":
      return targets.texts.map((host) => ({ host, target: host }));
  }
}

/**
 * A host as a probe of all hosts gives it to a module of blackbox_exporter. The icmp and dns probers look a target up as it is,
 * and know no brackets around an address.
 */
export function probedHost(module: string, host: string): string {
  return asksUrls(module) ? renderHost(host) : host.replace(/^\[(.*)\]$/, "$1");
}
