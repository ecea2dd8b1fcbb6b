/**
 * Checked values → Inventory, one document at a time, so that no parsed file has to be kept.
 *
 * Values come from the schema room: a key that is there has the right type or was dropped with a finding. What is missing
 * where it must not be is skipped here, since the finding is made already.
 */
import { ExporterReader } from "./exporter-reader.ts";
import type { Faults } from "./faults.ts";
import { HostList } from "./host-list.ts";
import { listHosts, NO_HOSTS } from "./listed-hosts.ts";
import type { ListedHosts } from "./listed-hosts.ts";
import { below } from "./inventory.ts";
import { TextStore } from "./text-store.ts";
import { withSettings } from "./prometheus-settings.ts";
import { readServers } from "./read-servers.ts";
import type {
  Config,
  Farm,
  Inventory,
  Origin,
  Probe,
  Project,
  PrometheusSettings,
  Service,
  ServicePart,
  Shard,
} from "./inventory.ts";
import { forgetTexts, isMap, keep, labels, list, map, names, optional, text, texts } from "./values.ts";
import type { Value } from "./values.ts";

export type DocumentKind = "service" | "farm" | "shard";

interface OpenService extends Service {
  readonly parts: ServicePart[];
  readonly projects: Project[];
}

/** Collects documents in the order in which they are read. */
export class InventoryBuilder {
  readonly #config: Config;
  readonly #shards: Shard[] = [];
  readonly #farms: Farm[] = [];
  readonly #services = new Map<string, OpenService>();
  readonly #projects: Project[] = [];
  readonly #exporters: ExporterReader;
  readonly #texts = new TextStore();
  #documents = 0;
  #lastFile = "";
  #isInOrder = true;

  constructor(config: Config) {
    this.#config = config;
    this.#exporters = new ExporterReader(config.presets);
  }

  /** Adds one document, and takes it over. The documents of a file come in order, one after the other; files may come in any order. */
  add(kind: DocumentKind, value: Value, origin: Origin): void {
    this.#documents++;
    if (origin.file < this.#lastFile) this.#isInOrder = false;
    this.#lastFile = origin.file;
    // Where that was not done as the file was read.
    listHosts(kind, value);
    switch (kind) {
      case "shard":
        this.#shards.push(this.#shard(value, origin));
        break;
      case "farm":
        this.#farms.push(this.#farm(value, origin));
        break;
      case "service":
        this.#addService(value, origin);
        break;
    }
  }

  /**
   * Adds, after all others, the documents of files that another inventory has as well: it made of them what would be made
   * here.
   *
   * @param other with the same settings
   * @param isTaken whether a file is one of these
   */
  adopt(other: Inventory, isTaken: (file: string) => boolean): void {
    const isAdopted = ({ origin }: Placed): boolean => isTaken(origin.file);
    const shards = other.shards.filter(isAdopted);
    const farms = other.farms.filter(isAdopted);
    for (const shard of shards) this.#shards.push(shard);
    for (const farm of farms) this.#farms.push(farm);
    this.#documents += shards.length + farms.length;
    const copies = new Map<Project, Project>();
    for (const service of other.services) {
      const parts = service.parts.filter(isAdopted);
      this.#documents += parts.length;
      if (parts.length === service.parts.length && !this.#services.has(service.name))
        this.#services.set(service.name, service as OpenService);
      else if (parts.length > 0) this.#share(service, parts, isAdopted, copies);
    }
    for (const project of other.projects) if (isAdopted(project)) this.#projects.push(copies.get(project) ?? project);
    this.#isInOrder = false;
  }

  /** Adds parts of a service that is another one here. */
  #share(
    { name, projects }: Service,
    parts: readonly ServicePart[],
    isAdopted: (project: Project) => boolean,
    copies: Map<Project, Project>,
  ): void {
    const service = this.#service(name);
    service.parts.push(...parts);
    for (const project of projects.filter(isAdopted)) {
      const copy = { ...project, service };
      copies.set(project, copy);
      service.projects.push(copy);
    }
  }

  /**
   * @param isComplete false where a file could not be read wholly
   * @param faults what the schema found
   */
  finish(isComplete: boolean, faults: Faults): Inventory {
    forgetTexts();
    if (!this.#isInOrder) this.#putInOrder();
    return {
      config: this.#config,
      shards: this.#shards,
      farms: this.#farms,
      services: [...this.#services.values()],
      projects: this.#projects,
      shardByName: firstByName(this.#shards),
      farmByName: firstByName(this.#farms),
      isComplete,
      faults,
      documents: this.#documents,
    };
  }

  /** As if the files had come in the order of their names, on which it depends which of two by one name counts. */
  #putInOrder(): void {
    this.#shards.sort(byFile);
    this.#farms.sort(byFile);
    this.#projects.sort(byFile);
    for (const { parts, projects } of this.#services.values()) {
      parts.sort(byFile);
      projects.sort(byFile);
    }
    const services = [...this.#services].sort(([, a], [, b]) => byDocument(a.parts[0], b.parts[0]));
    this.#services.clear();
    for (const [name, service] of services) this.#services.set(name, service);
  }

  #shard(value: Value, origin: Origin): Shard {
    const limit = map(value["limits"])["targets"];
    const ownPrometheus = map(value["prometheus"]) as Partial<PrometheusSettings>;
    return {
      name: text(value["shard"]),
      origin,
      ...optional("description", value["description"]),
      servers: readServers(value["servers"]),
      labels: labels(value["labels"]),
      ...(typeof limit === "number" ? { targetLimit: limit } : {}),
      isEnabled: value["enabled"] !== false,
      prometheus: withSettings(this.#config.prometheus, ownPrometheus),
      ownPrometheus,
    };
  }

  #addService(value: Value, origin: Origin): void {
    const service = this.#service(text(value["service"]));
    const shard = value["shard"];
    const { texts: shards, items: shardItems } = names(shard);
    service.parts.push({
      origin,
      ...optional("description", value["description"]),
      ...optional("owner", value["owner"]),
      ...(shard === undefined ? {} : { shards }),
      shardItems,
      shardIsList: Array.isArray(shard),
      ...(isMap(value["labels"]) ? { labels: labels(value["labels"]) } : {}),
    });
    list(value["projects"]).forEach((item, index) => {
      if (!isMap(item) || typeof item["name"] !== "string") return;
      const project = this.#project(item, service, below(origin, "projects", index));
      service.projects.push(project);
      this.#projects.push(project);
    });
  }

  #service(name: string): OpenService {
    let service = this.#services.get(name);
    if (service === undefined) this.#services.set(name, (service = { name, parts: [], projects: [] }));
    return service;
  }

  #project(value: Value, service: Service, origin: Origin): Project {
    const shard = value["shard"];
    const { texts: shards, items: ownShardItems } = names(shard);
    return {
      name: text(value["name"]),
      origin,
      service,
      ownShards: shard === undefined ? undefined : shards,
      ownShardItems,
      shardIsList: Array.isArray(shard),
      farm: typeof value["farm"] === "string" ? keep(value["farm"]) : undefined,
      ownHosts: this.#hosts(value["hosts"], origin),
      labels: labels(value["labels"]),
      exporters: list(value["exporters"]).map((item) => this.#exporters.read(item)),
      // What is no map was a mistake; a probe stands for it, so that those behind it keep their places.
      probes: list(value["probes"]).map((item) => readProbe(isMap(item) ? item : { enabled: false })),
    };
  }

  #farm(value: Value, origin: Origin): Farm {
    return {
      name: text(value["farm"]),
      origin,
      source: typeof value["source"] === "string" ? value["source"] : "promgen",
      labels: labels(value["labels"]),
      hosts: this.#hosts(value["hosts"], origin) ?? new HostList(origin, NO_HOSTS, this.#texts),
    };
  }

  /** @param value of a document whose hosts are listed */
  #hosts(value: unknown, owner: Origin): HostList | undefined {
    return isMap(value) ? new HostList(owner, value as unknown as ListedHosts, this.#texts) : undefined;
  }
}

function readProbe(value: Value): Probe {
  const { texts: targets, items: targetItems } = texts(value["targets"]);
  return {
    module: text(value["module"]),
    targets,
    targetItems,
    usesHosts: value["hosts"] === true,
    ...optional("interval", value["interval"]),
    ...optional("timeout", value["timeout"]),
    labels: labels(value["labels"]),
    isEnabled: value["enabled"] !== false,
  };
}

interface Placed {
  readonly origin: Origin;
}

function byFile({ origin: a }: Placed, { origin: b }: Placed): number {
  return a.file === b.file ? 0 : a.file < b.file ? -1 : 1;
}

function byDocument(a: Placed | undefined, b: Placed | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return byFile(a, b) || Number(a.origin.path[0]) - Number(b.origin.path[0]);
}

function firstByName<T extends { readonly name: string }>(things: readonly T[]): Map<string, T> {
  const found = new Map<string, T>();
  for (const thing of things) if (!found.has(thing.name)) found.set(thing.name, thing);
  return found;
}
