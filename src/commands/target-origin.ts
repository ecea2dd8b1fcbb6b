/**
 * Where a target is written: its host, or what names the port and path that are scraped there.
 */
import { renderHost } from "../model/address.ts";
import { groupBy } from "../model/group-by.ts";
import { hostOrigin } from "../model/host-list.ts";
import type { HostList } from "../model/host-list.ts";
import { below, hostsOf, shardsOf } from "../model/inventory.ts";
import type { Exporter, Inventory, Origin, Project } from "../model/inventory.ts";
import type { PlanTarget } from "../plan/side.ts";
import { paramsOf } from "../render/labels.ts";

/** Finds places in one inventory. What it needs for that is made when it is first asked. */
export class TargetOrigins {
  readonly #inventory: Inventory;
  #projects: ReadonlyMap<string, readonly Project[]> | undefined;
  readonly #hosts = new WeakMap<HostList, ReadonlyMap<string, number>>();

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /**
   * The place of a target; `undefined` for one that the inventory does not have.
   *
   * @param other the inventory that this one is compared with: where that has the host, it is the exporter or the probe
   *   that is told, unless it has that as well
   */
  find(target: PlanTarget, other?: TargetOrigins): Origin | undefined {
    const project = this.#projectOf(target);
    if (project === undefined) return undefined;
    if (target.kind === "probe") return this.#probe(project, target, other);
    const host = this.#host(project, hostPart(target.address));
    const exporter = exporterOf(project, target);
    const isKnownHost = other !== undefined && other.#hasHost(target) && !other.#hasExporter(target);
    return isKnownHost ? (exporter ?? host) : (host ?? exporter);
  }

  #probe(project: Project, target: PlanTarget, other: TargetOrigins | undefined): Origin | undefined {
    const { job: module, address } = target;
    for (const [index, probe] of project.probes.entries()) {
      if (probe.module !== module || !probe.isEnabled) continue;
      const origin = below(project.origin, "probes", index);
      const item = probe.targets.indexOf(address);
      if (item >= 0) return below(origin, "targets", item);
      const host = probe.usesHosts ? this.#host(project, address) : undefined;
      const isKnownHost = other !== undefined && other.#hasHost(target) && !other.#hasProbe(target);
      if (host !== undefined) return isKnownHost ? origin : host;
    }
    return undefined;
  }

  #hasHost(target: PlanTarget): boolean {
    const project = this.#projectOf(target);
    const host = target.kind === "probe" ? target.address : hostPart(target.address);
    return project !== undefined && this.#host(project, host) !== undefined;
  }

  #hasExporter(target: PlanTarget): boolean {
    const project = this.#projectOf(target);
    return project !== undefined && exporterOf(project, target) !== undefined;
  }

  #hasProbe(target: PlanTarget): boolean {
    const { probes = [] } = this.#projectOf(target) ?? {};
    return probes.some(({ module, isEnabled, usesHosts }) => module === target.job && isEnabled && usesHosts);
  }

  /** Of several projects with one name, which are a mistake, the one that the target is of. */
  #projectOf({ project, service, shard }: PlanTarget): Project | undefined {
    this.#projects ??= groupBy(this.#inventory.projects, ({ name }) => name);
    const named = this.#projects.get(project) ?? [];
    return (
      named.find(
        (one) => one.service.name === service && shardsOf(this.#inventory, one).some(({ name }) => name === shard),
      ) ?? named[0]
    );
  }

  /** @param host as it is rendered: an IPv6 address in brackets, or bare in a probe */
  #host(project: Project, host: string): Origin | undefined {
    const list = hostsOf(this.#inventory, project);
    if (list === undefined) return undefined;
    let indices = this.#hosts.get(list);
    if (indices === undefined) {
      const { names } = list;
      indices = new Map(names.map((name, index) => [bare(renderHost(name)), index]));
      this.#hosts.set(list, indices);
    }
    const index = indices.get(bare(host));
    return index === undefined ? undefined : hostOrigin(list, index);
  }
}

/** The place of the exporter that a target is of. */
function exporterOf(project: Project, target: PlanTarget): Origin | undefined {
  const index = project.exporters.findIndex((exporter) => exporter.isEnabled && fits(exporter, target));
  return index < 0 ? undefined : below(project.origin, "exporters", index);
}

function fits(exporter: Exporter, { job, address, scheme, path, params }: PlanTarget): boolean {
  const own = paramsOf(exporter);
  return (
    exporter.job === job &&
    address.endsWith(`:${exporter.port}`) &&
    exporter.scheme === scheme &&
    (exporter.path.path || "/metrics") === path &&
    own.length === Object.keys(params).length &&
    own.every(([name, value]) => params[name] === value)
  );
}

function hostPart(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf(":")));
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
