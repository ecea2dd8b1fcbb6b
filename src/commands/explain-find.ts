/**
 * What somebody asks about, found in the inventory: one pass over the hosts and targets of probes, without an index.
 */
import { canonicalHost } from "../model/address.ts";
import { isCanonical } from "../check/canonical.ts";
import { expandRange, isRange } from "../model/host-range.ts";
import { splitHostPort } from "../model/host-port.ts";
import type { Diagnostic, Where } from "../diagnostic.ts";
import { hostOrigin } from "../model/host-list.ts";
import type { HostList } from "../model/host-list.ts";
import { hostsOf } from "../model/inventory.ts";
import type { Farm, Inventory, Probe, Project, Server, Service, Shard } from "../model/inventory.ts";

/** A host, host:port or URL as asked for. */
export interface Query {
  readonly text: string;
  /** Canonical. */
  readonly host: string;
  readonly port: number | undefined;
  /** Normalised; `undefined` for what is no URL. */
  readonly url: string | undefined;
  /** The range that was asked for; `host` is its first, or the first that is known, with the port if one has it. */
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
  /** The rule by which `validate` refuses it. */
  readonly refusedBy: string | undefined;
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
  const { host, port } = readHostPort(text);
  const query = { text, port, url: undefined };
  const expansion = isRange(host) ? expandRange(host) : undefined;
  const names = expansion !== undefined && "names" in expansion ? expansion.names : [];
  const [first] = names;
  if (first === undefined) return { ...query, host: canonicalHost(host) };
  return { ...query, host: canonicalHost(first), range: { names, first, known: 0 } };
}

/** Of a range, the first host that the inventory knows, and how many it knows: those with the port, if there are any. */
export function narrow(inventory: Inventory, query: Query): Query {
  const { range } = query;
  if (range === undefined) return query;
  const order = new Map(range.names.map((name, index) => [canonicalHost(name), index]));
  const known = new Set<number>();
  const withPort = new Set<number>();
  for (const { host, hasPort } of knownHosts(inventory, query.port)) {
    const index = order.get(isCanonical(host) ? host : canonicalHost(host));
    if (index === undefined) continue;
    known.add(index);
    if (hasPort) withPort.add(index);
  }
  const meant = withPort.size > 0 ? withPort : known;
  const first = range.names.find((_, index) => meant.has(index));
  if (first === undefined) return query;
  return { ...query, host: canonicalHost(first), range: { ...range, first, known: meant.size } };
}

/** All hosts that a query can find, some of them often, and whether something is scraped or probed at the port there. */
function* knownHosts(
  inventory: Inventory,
  port: number | undefined,
): Generator<{ readonly host: string; readonly hasPort: boolean }> {
  const scraped = new Set<HostList | undefined>();
  for (const project of inventory.projects)
    if (project.exporters.some((exporter) => fits(port, exporter.port))) scraped.add(hostsOf(inventory, project));
  for (const { list } of hostLists(inventory)) {
    const hasPort = port === undefined || scraped.has(list);
    for (const name of list.names) yield { host: withoutPort(name), hasPort };
  }
  for (const { probes } of inventory.projects)
    for (const { targets } of probes)
      for (const target of targets) {
        const { host, port: own } = readTarget(target);
        yield { host, hasPort: fits(port, own) };
      }
  for (const { servers } of inventory.shards)
    for (const server of servers) yield { host: server.host, hasPort: fits(port, server.port) };
}

/** The host of what a probe names: of a URL, or of `host` or `host:port`. */
export function hostOfTarget(target: string): string {
  return readTarget(target).host;
}

function readTarget(target: string): { host: string; port: number | undefined } {
  if (target.includes("/")) return readUrl(target) ?? { host: target, port: undefined };
  return readHostPort(target);
}

function readHostPort(text: string): { host: string; port: number | undefined } {
  const { host, port } = splitHostPort(text);
  return { host, port: port === undefined ? undefined : Number(port) };
}

/** A host that is written with a port is a mistake, and is looked for all the same. */
function withoutPort(name: string): string {
  return name.includes(":") ? splitHostPort(name).host : name;
}

/**
 * Everything that goes by this name, host or URL.
 *
 * @param diagnostics what `validate` says of the inventory
 */
export function find(inventory: Inventory, query: Query, diagnostics: readonly Diagnostic[]): Found {
  const isNamed = ({ name }: { readonly name: string }): boolean => name === query.text;
  return {
    projects: inventory.projects.filter(isNamed),
    services: inventory.services.filter(isNamed),
    farms: inventory.farms.filter(isNamed),
    shards: inventory.shards.filter(isNamed),
    hosts: findHosts(inventory, query.host, diagnostics),
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

function findHosts(inventory: Inventory, wanted: string, diagnostics: readonly Diagnostic[]): HostMatch[] {
  const rules = new Map<string, string>();
  for (const { code, severity, where } of diagnostics)
    if (severity === "error" && code.startsWith("address/")) rules.set(placeKey(where), code);
  const matches: HostMatch[] = [];
  for (const { owner, list } of hostLists(inventory)) {
    const { names } = list;
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? "";
      if (!isSame(withoutPort(name), wanted)) continue;
      matches.push({ owner, list, index, name, refusedBy: rules.get(placeKey(hostOrigin(list, index))) });
    }
  }
  return matches;
}

function placeKey({ file, path }: Where): string {
  return JSON.stringify([file, ...path]);
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
    const { host, port } = readHostPort(target);
    return isSame(host, query.host) && fits(query.port, port);
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
