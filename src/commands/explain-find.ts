/**
 * What somebody asks about, found in the inventory: one pass over the hosts and targets of probes, without an index.
 */
import { canonicalHost } from "../model/address.ts";
import { isCanonical } from "../check/canonical.ts";
import { expandRange, isRange } from "../model/host-range.ts";
import { splitHostPort } from "../model/host-port.ts";
import type { HostList } from "../model/host-list.ts";
import type { Farm, Inventory, Probe, Project, Server, Service, Shard } from "../model/inventory.ts";

/** A host, host:port or URL as asked for. */
export interface Query {
  readonly text: string;
  /** Canonical. */
  readonly host: string;
  readonly port: number | undefined;
  /** Normalised; `undefined` for what is no URL. */
  readonly url: string | undefined;
  /** The range that was asked for; `host` is its first, or the first that is known. */
  readonly range?: { readonly names: readonly string[]; readonly first: string; readonly known: number };
}

/** A host in a list of a farm document or of a project. */
export interface HostMatch {
  readonly owner: { readonly farm: Farm } | { readonly project: Project };
  readonly list: HostList;
  /** Index in `list.names`. */
  readonly index: number;
  /** As it is written there, its range expanded. */
  readonly name: string;
}

/** A target that a probe names itself. */
export interface ProbeMatch {
  readonly project: Project;
  readonly probe: Probe;
  /** Index in `project.probes`. */
  readonly index: number;
  /** Index in `probe.targets`. */
  readonly at: number;
}

export interface Found {
  readonly projects: readonly Project[];
  readonly services: readonly Service[];
  readonly farms: readonly Farm[];
  readonly shards: readonly Shard[];
  readonly hosts: readonly HostMatch[];
  readonly probes: readonly ProbeMatch[];
  readonly servers: readonly { readonly shard: Shard; readonly server: Server; readonly index: number }[];
}

export function readQuery(text: string): Query {
  if (text.includes("/")) {
    const url = readUrl(text);
    if (url !== undefined) return { text, ...url };
  }
  const { host, port } = splitHostPort(text);
  const query = { text, port: port === undefined ? undefined : Number(port), url: undefined };
  const expansion = isRange(host) ? expandRange(host) : undefined;
  const names = expansion !== undefined && "names" in expansion ? expansion.names : [];
  const [first] = names;
  if (first === undefined) return { ...query, host: canonicalHost(host) };
  return { ...query, host: canonicalHost(first), range: { names, first, known: 0 } };
}

/** Of a range, the first host that the inventory knows, and how many it knows. */
export function narrow(inventory: Inventory, query: Query): Query {
  const { range } = query;
  if (range === undefined) return query;
  const order = new Map(range.names.map((name, index) => [canonicalHost(name), index]));
  const known = new Set<number>();
  let start = range.names.length;
  for (const host of knownHosts(inventory)) {
    const index = order.get(isCanonical(host) ? host : canonicalHost(host));
    if (index === undefined) continue;
    known.add(index);
    start = Math.min(start, index);
  }
  const first = range.names[start];
  if (first === undefined) return query;
  return { ...query, host: canonicalHost(first), range: { ...range, first, known: known.size } };
}

/** All hosts that a query can find, some of them often. */
function* knownHosts(inventory: Inventory): Generator<string> {
  for (const { list } of hostLists(inventory)) for (const name of list.names) yield withoutPort(name);
  for (const { probes } of inventory.projects)
    for (const { targets } of probes) for (const target of targets) yield hostOfTarget(target);
  for (const { servers } of inventory.shards) for (const { host } of servers) yield host;
}

/** The host of what a probe names: of a URL, or of `host` or `host:port`. */
export function hostOfTarget(target: string): string {
  return target.includes("/") ? (readUrl(target)?.host ?? target) : splitHostPort(target).host;
}

/** A host that is written with a port is a mistake, and is looked for all the same. */
function withoutPort(name: string): string {
  return name.includes(":") ? splitHostPort(name).host : name;
}

/** Everything that goes by this name, host or URL. */
export function find(inventory: Inventory, query: Query): Found {
  const isNamed = ({ name }: { readonly name: string }): boolean => name === query.text;
  return {
    projects: inventory.projects.filter(isNamed),
    services: inventory.services.filter(isNamed),
    farms: inventory.farms.filter(isNamed),
    shards: inventory.shards.filter(isNamed),
    hosts: findHosts(inventory, query.host),
    probes: findProbes(inventory, query),
    servers: inventory.shards.flatMap((shard) =>
      shard.servers
        .map((server, index) => ({ shard, server, index }))
        .filter(({ server }) => isSame(server.host, query.host) && fits(query.port, server.port)),
    ),
  };
}

/** Every host list once, with who it belongs to. */
export function* hostLists(inventory: Inventory): Generator<{ owner: HostMatch["owner"]; list: HostList }> {
  for (const farm of inventory.farms) yield { owner: { farm }, list: farm.hosts };
  for (const project of inventory.projects) {
    if (project.ownHosts !== undefined) yield { owner: { project }, list: project.ownHosts };
  }
}

function findHosts(inventory: Inventory, wanted: string): HostMatch[] {
  const matches: HostMatch[] = [];
  for (const { owner, list } of hostLists(inventory)) {
    const { names } = list;
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? "";
      if (isSame(withoutPort(name), wanted)) matches.push({ owner, list, index, name });
    }
  }
  return matches;
}

function findProbes(inventory: Inventory, query: Query): ProbeMatch[] {
  const matches: ProbeMatch[] = [];
  for (const project of inventory.projects) {
    for (const [index, probe] of project.probes.entries()) {
      for (let at = 0; at < probe.targets.length; at++) {
        if (isAskedFor(probe.targets[at] ?? "", query)) matches.push({ project, probe, index, at });
      }
    }
  }
  return matches;
}

function isAskedFor(target: string, query: Query): boolean {
  if (target === query.text) return true;
  if (!target.includes("/")) {
    if (query.url !== undefined) return false;
    const { host, port } = splitHostPort(target);
    return isSame(host, query.host) && fits(query.port, port === undefined ? undefined : Number(port));
  }
  // To take a URL apart costs more than all else here; a plain host stands in its URL as it is.
  const isPlain = /^[\x20-\x7e]*$/.test(target) && !query.host.includes(":");
  if (isPlain && !target.toLowerCase().includes(query.host)) return false;
  const url = readUrl(target);
  if (url === undefined) return false;
  return query.url === undefined ? url.host === query.host && fits(query.port, url.port) : url.url === query.url;
}

/** http is meant where no scheme is given, as blackbox_exporter has it. */
function readUrl(text: string): { host: string; port: number | undefined; url: string } | undefined {
  const written = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  const usual = url.protocol === "https:" ? 443 : url.protocol === "http:" ? 80 : undefined;
  return { host: canonicalHost(url.hostname), port: url.port === "" ? usual : Number(url.port), url: url.href };
}

/** @param wanted canonical */
function isSame(host: string, wanted: string): boolean {
  return host === wanted || (!isCanonical(host) && canonicalHost(host) === wanted);
}

function fits(wanted: number | undefined, port: number | undefined): boolean {
  return wanted === undefined || wanted === port;
}
