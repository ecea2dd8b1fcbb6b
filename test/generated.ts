/**
 * Valid inventories for properties: a plan of what there is, made at random, and the documents that say it.
 */
import * as fc from "fast-check";

/** What a project is meant to have, without any of the program's own words. */
export interface PlannedProject {
  readonly name: string;
  readonly service: number;
  /** Indices of the shards that scrape it. */
  readonly shards: readonly number[];
  /** Says so itself, or leaves it to its service. */
  readonly saysShards: boolean;
  /** Number of hosts, and how they are written. */
  readonly hosts: number;
  readonly style: "names" | "range" | "maps" | "ipv6" | "farm";
  readonly exporters: readonly { readonly isEnabled: boolean; readonly isPreset: boolean }[];
  readonly probes: readonly { readonly isEnabled: boolean; readonly targets: number; readonly onHosts: boolean }[];
  readonly hasLabels: boolean;
}

export interface Plan {
  readonly shards: number;
  /** Names of the services, and in how many documents each is written. */
  readonly services: readonly {
    readonly name: string;
    readonly documents: number;
    readonly shards: readonly number[];
  }[];
  readonly projects: readonly PlannedProject[];
}

export type Document = Readonly<Record<string, unknown>>;

const WORDS = ["api", "ポイント", "Data Base", "é", "x.y", "_z"];

const exporters = fc.array(fc.record({ isEnabled: fc.boolean(), isPreset: fc.boolean() }), { maxLength: 3 });
const probes = fc.array(
  fc.record({ isEnabled: fc.boolean(), targets: fc.integer({ min: 0, max: 3 }), onHosts: fc.boolean() }),
  { maxLength: 2 },
);

const project = (services: number, shards: number): fc.Arbitrary<Omit<PlannedProject, "name">> =>
  fc.record({
    service: fc.integer({ min: 0, max: services - 1 }),
    shards: someOf(shards),
    saysShards: fc.boolean(),
    hosts: fc.integer({ min: 1, max: 5 }),
    style: fc.constantFrom("names", "range", "maps", "ipv6", "farm"),
    exporters,
    probes,
    hasLabels: fc.boolean(),
  });

export const PLAN: fc.Arbitrary<Plan> = fc
  .record({ shards: fc.integer({ min: 1, max: 4 }), services: fc.integer({ min: 1, max: 3 }) })
  .chain(({ shards, services }) =>
    fc.record({
      shards: fc.constant(shards),
      services: fc
        .array(fc.record({ documents: fc.integer({ min: 1, max: 3 }), shards: someOf(shards) }), {
          minLength: services,
          maxLength: services,
        })
        .map((list) =>
          list.map((service, index) => ({ ...service, name: `s${index} ${WORDS[index % WORDS.length]}` })),
        ),
      projects: fc
        .array(project(services, shards), { minLength: 1, maxLength: 6 })
        .map((list) => list.map((one, index) => ({ ...one, name: `p${index}-${WORDS[index % WORDS.length]}` }))),
    }),
  )
  .map(({ projects, ...rest }) => ({
    ...rest,
    projects: projects.map((one, index) => ({
      ...one,
      shards: one.saysShards ? one.shards : (rest.services[one.service]?.shards ?? []),
      // One exporter at least is on: everything else would be a finding, rightly.
      exporters: [{ isEnabled: true, isPreset: index % 2 === 0 }, ...one.exporters],
      probes: one.probes.map((probe) => ({ ...probe, onHosts: probe.onHosts || probe.targets === 0 })),
    })),
  }));

export const CONFIG = "labels: { org: acme }\nexporters: { e0: { port: 20000 }, e1: { port: 20001, interval: 5s } }\n";

/** The documents of a plan. Every shard that no project names is left out. */
export function documentsOf(plan: Plan): Document[] {
  const used = new Set(plan.projects.flatMap(({ shards }) => shards));
  const documents: Document[] = [...used].map((index) => ({
    shard: shardName(index),
    servers: [`prom${index}.example.com`],
    ...(index % 2 === 0 ? { labels: { site: `site${index}` } } : {}),
  }));
  for (const [index, { name, documents: count, shards }] of plan.services.entries()) {
    const own = plan.projects.flatMap((one, item) =>
      one.service === index ? [writeProject(one, item, documents)] : [],
    );
    // The shards of a service that no project needs are not there.
    const needed = plan.projects.some((one) => one.service === index && !one.saysShards);
    for (let part = 0; part < count; part++) {
      documents.push({
        service: name,
        ...(part === 0 ? { owner: "team-x", labels: { tier: "gold" } } : {}),
        ...(part === 0 && needed ? { shard: shards.map(shardName) } : {}),
        projects: own.filter((_, item) => item % count === part),
      });
    }
  }
  return documents;
}

export function shardName(index: number): string {
  return `shard-${index}`;
}

/** Adds a farm document where the project uses one. */
function writeProject(one: PlannedProject, index: number, documents: Document[]): Document {
  const hosts = writeHosts(one, index);
  const farm = `farm${index}`;
  if (one.style === "farm") documents.push({ farm, source: "cmdb", hosts });
  return {
    name: one.name,
    ...(one.saysShards
      ? { shard: one.shards.length === 1 ? shardName(one.shards[0] ?? 0) : one.shards.map(shardName) }
      : {}),
    ...(one.style === "farm" ? { farm } : { hosts }),
    ...(one.hasLabels ? { labels: { env: "prod" } } : {}),
    exporters: one.exporters.map(({ isEnabled, isPreset }, item) => ({
      job: isPreset && item < 2 ? `e${item}` : `job${item}`,
      ...(isPreset && item < 2 ? {} : { port: 21_000 + item, path: `/metrics${item}?x=${item}` }),
      ...(isEnabled ? {} : { enabled: false }),
    })),
    probes: one.probes.map(({ isEnabled, targets, onHosts }, item) => ({
      module: `m${item}`,
      ...(targets > 0 ? { targets: numbers(targets).map((target) => `https://p${index}-${target}.example.com/`) } : {}),
      ...(onHosts ? { hosts: true } : {}),
      ...(isEnabled ? {} : { enabled: false }),
    })),
  };
}

function writeHosts({ style, hosts }: PlannedProject, index: number): unknown[] {
  switch (style) {
    case "range":
      return [`h${index}-[01-${String(hosts).padStart(2, "0")}].example.com`];
    case "maps":
      return numbers(hosts).map((host) => ({
        host: `h${index}-${host}.example.com`,
        labels: { rack: `r${host % 2}` },
      }));
    case "ipv6":
      return numbers(hosts).map((host) => `2001:db8::${index + 1}:${host + 1}`);
    default:
      return numbers(hosts).map((host) => `h${index}-${host}.example.com`);
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function someOf(count: number): fc.Arbitrary<number[]> {
  return fc.subarray(numbers(count), { minLength: 1 });
}
