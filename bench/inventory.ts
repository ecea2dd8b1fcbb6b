import type { Prng } from "./prng.ts";
import { AREAS, DESCRIPTIONS, FUNCTIONS, ROLES, SHARDS } from "./words.ts";
import type { PRESETS } from "./words.ts";

export type Labels = Record<string, string>;

export interface Exporter {
  job: string;
  port?: number;
  path?: string;
  params?: Labels;
  scheme?: string;
  interval?: string;
  timeout?: string;
  labels?: Labels;
  enabled?: boolean;
}

export interface Probe {
  module: string;
  targets?: string[];
  hosts?: boolean;
}

export type Host = string | { host: string; labels: Labels };

export interface Project {
  name: string;
  shard?: string[];
  farm?: string;
  hosts?: Host[];
  /** How the host list is written; the meaning is the same. */
  layout?: "block" | "flow";
  labels?: Labels;
  exporters: Exporter[];
  probes?: Probe[];
}

export interface Service {
  service: string;
  description?: string;
  owner: string;
  shard: string;
  labels: Labels;
  projects: Project[];
}

export interface Farm {
  farm: string;
  source?: string;
  labels: Labels;
  hosts: string[];
}

export interface Shard {
  shard: string;
  description: string;
  servers: string[];
  labels: Labels;
}

export interface Inventory {
  shards: Shard[];
  farms: Farm[];
  services: Service[];
  /** Targets as rendered: host × enabled exporter × shard. */
  targets: number;
}

const APPLICATIONS: readonly Exporter[] = [
  { job: "app", port: 8080 },
  { job: "app", port: 8080, path: "/metrics" },
  { job: "spring", port: 8081, path: "/actuator/prometheus" },
  { job: "app", port: 8443, scheme: "https" },
  { job: "vault", port: 8200, path: "/v1/sys/metrics?format=prometheus", scheme: "https" },
  { job: "consul", port: 8500, path: "/v1/agent/metrics?format=prometheus" },
  { job: "batch", port: 8090, interval: "30s" },
  { job: "report", port: 8091, interval: "2m", timeout: "30s" },
  { job: "edge", port: 8092, path: "/metrics?format=prometheus&scope=all", scheme: "https" },
  { job: "snmp", port: 9116, path: "/snmp", params: { module: "if_mib" } },
];

/** What the functions below share while they add to one inventory. */
interface Draft {
  readonly random: Prng;
  readonly inventory: Inventory;
  readonly wanted: number;
  /** Takes a name; false where one is taken that differs in case, dashes, dots, spaces and underscores at most. */
  readonly claim: (name: string) => boolean;
}

/** Makes an inventory of exactly `wanted` rendered targets, without any duplicate, similar name or other finding. */
export function createInventory(random: Prng, wanted: number): Inventory {
  const taken = new Set<string>();
  const claim = (name: string): boolean => {
    const folded = name.replaceAll(/[ ._-]/gu, "").toLowerCase();
    return taken.has(folded) ? false : Boolean(taken.add(folded));
  };
  const inventory: Inventory = { shards: SHARDS.map(createShard), farms: [], services: [], targets: 0 };
  for (const { shard } of inventory.shards) claim(shard);
  const names = random.shuffle(AREAS.flatMap((area) => FUNCTIONS.map((work) => `${area}-${work}`)));
  for (let i = 0; inventory.targets < wanted; i += 1) {
    const round = Math.floor(i / names.length);
    const name = `${names[i % names.length]}${round === 0 ? "" : `-v${round + 1}`}`;
    if (claim(name)) addService({ random, inventory, wanted, claim }, name);
  }
  return inventory;
}

function createShard({ name, region, site }: (typeof SHARDS)[number]): Shard {
  const server = `prometheus-${site}${name.at(-1)}`;
  return {
    shard: name,
    description: `Prometheus pair ${name}`,
    servers: [`${server}1.example.com`, `${server}2.example.com:9091`],
    labels: { region },
  };
}

function addService(draft: Draft, name: string): void {
  const { random, inventory } = draft;
  // In turn, so that even the smallest inventory leaves no shard empty.
  const home = SHARDS[inventory.services.length % SHARDS.length] as (typeof SHARDS)[number];
  const team = `team-${name.split("-")[0]}`;
  const service: Service = {
    service: name,
    owner: team,
    shard: home.name,
    labels: { tier: random.pick(["gold", "silver", "bronze"]), team },
    projects: [],
  };
  if (random.chance(60)) service.description = random.pick(DESCRIPTIONS);
  inventory.services.push(service);
  for (const role of random.shuffle([...ROLES]).slice(0, random.integer(2, 4))) {
    if (!draft.claim(`${name}-${role.name}`)) continue;
    const project: Project = { name: `${name}-${role.name}`, exporters: exportersOf(random, role.name) };
    if (random.chance(3)) {
      const other = random.pick(SHARDS.filter((shard) => shard.name !== home.name));
      project.shard = [home.name, other.name];
    }
    if (random.chance(70)) project.labels = { env: random.pick(["prod", "staging", "canary"]), component: role.name };
    const hosts = nameHosts(random, `${name}.${home.site}.example.com`, role.host);
    addProject(draft, service, project, hosts);
    if (inventory.targets === draft.wanted) return;
  }
}

function addProject(draft: Draft, service: Service, project: Project, hosts: string[]): void {
  const { random, inventory } = draft;
  const left = draft.wanted - inventory.targets;
  const exporters = project.exporters.filter((exporter) => exporter.enabled !== false);
  let each = exporters.length * (project.shard?.length ?? 1);
  if (hosts.length * each > left) {
    // The last project makes up the number: one exporter, one shard, as many hosts as are missing.
    delete project.shard;
    project.exporters = [{ job: "node" }];
    each = 1;
    hosts.splice(left);
  }
  if (random.chance(2)) moveToFarm(draft, service, project, hosts);
  else placeHosts(random, project, hosts, inventory.targets + 1);
  if (random.chance(4)) project.probes = probesOf(random, project.name);
  service.projects.push(project);
  inventory.targets += hosts.length * each;
}

/** Gives the hosts a document of their own and, as that is what such documents are for, a second project that uses it. */
function moveToFarm(
  { inventory, wanted, claim, random }: Draft,
  service: Service,
  project: Project,
  hosts: string[],
): void {
  const [farm, other] = [`pool-${project.name}`, `${project.name}-audit`];
  if (!claim(farm)) throw new Error(`the name ${farm} is taken`);
  inventory.farms.push({ farm, labels: { pool: random.pick(["shared", "reserved"]) }, hosts });
  if (random.chance(30)) (inventory.farms.at(-1) as Farm).source = "cmdb";
  project.farm = farm;
  const left = wanted - inventory.targets - hosts.length * project.exporters.length * 2;
  if (left < hosts.length || !claim(other)) return;
  service.projects.push({ name: other, farm, exporters: [{ job: "audit", port: 8095 }] });
  inventory.targets += hosts.length;
}

function exportersOf(random: Prng, role: string): Exporter[] {
  const exporters: Exporter[] = [{ job: "node" }];
  if (!random.chance(15)) exporters.push(secondExporter(random, role));
  if (random.chance(15)) exporters.push(random.chance(70) ? { job: "process" } : { job: "process", interval: "5m" });
  if (random.chance(2)) exporters.push({ job: "trial", port: 9999, enabled: false });
  return exporters;
}

function secondExporter(random: Prng, role: string): Exporter {
  const presets: Partial<Record<string, (keyof typeof PRESETS)[]>> = {
    web: ["nginx"],
    storage: ["mysqld", "postgres"],
    cache: ["redis", "memcached"],
    queue: ["kafka"],
  };
  const preset = presets[role];
  if (preset && random.chance(70)) return { job: random.pick(preset) };
  const exporter = { ...random.pick(APPLICATIONS) };
  return random.chance(5) ? { ...exporter, labels: { runtime: random.pick(["jvm", "golang", "python"]) } } : exporter;
}

function nameHosts(random: Prng, domain: string, word: string): string[] {
  const count = random.integer(8, 32);
  const first = random.pick([1, 1, 1, 101, 201]);
  return Array.from({ length: count }, (_, i) => `${word}${String(first + i).padStart(3, "0")}.${domain}`);
}

/** Writes the hosts in one of the ways people do. `serial` is above that of every host placed before. */
function placeHosts(random: Prng, project: Project, hosts: string[], serial: number): void {
  const kind = random.integer(1, 100);
  project.hosts = hosts;
  if (kind <= 6) project.hosts = foldRange(hosts);
  else if (kind <= 9)
    project.hosts = hosts.map((host, i) => ({ host, labels: { rack: `r${10 + Math.floor(i / 8)}` } }));
  else if (kind <= 11) project.hosts = hosts.map((_, i) => ipv4(serial + i));
  else if (kind === 12) project.hosts = hosts.map((_, i) => ipv6(serial + i));
  if (kind <= 3 || kind > 94) project.layout = "flow";
  if (random.chance(5)) project.farm = `${project.name}-fleet`;
}

/** A run of numbered hosts as one range. */
function foldRange(hosts: string[]): string[] {
  const parts = hosts.map((host) => /^([a-z]+)(\d+)(.*)$/u.exec(host) as RegExpExecArray);
  const [, word, from, domain] = parts[0] as RegExpExecArray;
  const to = (parts.at(-1) as RegExpExecArray)[2];
  return from === to ? hosts : [`${word}[${from}-${to}]${domain}`];
}

/** Another address of 10.0.0.0/8 for every number below 16 million. */
function ipv4(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
}

/** Spelt as RFC 5952 wants it, as long as the number is not 0. */
function ipv6(number: number): string {
  return `2001:db8:a1:b1:c1:d1:${(number >>> 16).toString(16)}:${(number & 65535).toString(16)}`;
}

function probesOf(random: Prng, name: string): Probe[] {
  const url = `https://${name}.example.com/health`;
  const http: Probe = {
    module: "http_2xx",
    targets: random.chance(70) ? [url] : [url, `https://${name}.example.com/login`],
  };
  return random.chance(70) ? [http] : [http, { module: "icmp", hosts: true }];
}
