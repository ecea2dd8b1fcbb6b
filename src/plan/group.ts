/** A line of targets.json or urls.json taken apart. */
import { canonicalHost } from "../model/address.ts";
import { splitHostPort } from "../model/host-port.ts";
import { canonicalTarget } from "../model/probe-target.ts";
import type { GroupLine, PlanTarget } from "./side.ts";

/** What all targets of a line share. */
export interface Group extends Omit<PlanTarget, "address"> {
  /** What tells targets on one host apart, as text; no exporter has that of a probe. */
  readonly endpoint: string;
  /** JSON of `labels`. */
  readonly series: string;
  /** JSON of all labels. */
  readonly json: string;
}

/** A target of a group, before it is known what becomes of it. */
export interface GroupTarget {
  readonly group: Group;
  readonly address: string;
  /**
   * The address in its canonical form. With the endpoint of the group it is the identity of the target: (job, scheme, canonical
   * host, port, path, params) or (module, target).
   */
  readonly canonical: string;
}

/** Whose targets a line holds: enough to count them. */
export interface Owner {
  readonly shard: string;
  readonly project: string;
  readonly job: string;
  readonly service: string;
}

type Labels = Readonly<Record<string, string>>;

/** @param json labels of a line */
export function readOwner(shard: string, json: string): Owner {
  return ownerOf(shard, JSON.parse(json) as Labels);
}

function ownerOf(shard: string, labels: Labels): Owner {
  return { shard, project: labels["project"] ?? "", job: labels["job"] ?? "", service: labels["service"] ?? "" };
}

/** @param json labels of a line */
export function readGroup(kind: PlanTarget["kind"], shard: string, json: string): Group {
  const labels = JSON.parse(json) as Labels;
  const names = Object.entries(labels);
  const module = kind === "probe" ? (labels["__param_module"] ?? "") : "";
  const params = names
    .filter(([name]) => name.startsWith("__param_") && !(kind === "probe" && name === "__param_module"))
    .map(([name, value]) => [name.slice("__param_".length), value] as const);
  const visible = names.filter(([name]) => !name.startsWith("__"));
  const owner = ownerOf(shard, labels);
  const scheme = kind === "probe" ? "" : (labels["__scheme__"] ?? "http");
  const path = kind === "probe" ? "" : (labels["__metrics_path__"] ?? "/metrics");
  return {
    ...owner,
    kind,
    scheme,
    path,
    // Not by assignment: a parameter may be called `__proto__`.
    params: Object.fromEntries(params),
    labels: Object.fromEntries(visible),
    endpoint: JSON.stringify(kind === "probe" ? [module] : [owner.job, scheme, path, ...params]),
    series: JSON.stringify(visible),
    json,
  };
}

export function readTarget(group: Group, address: string): GroupTarget {
  return { group, address, canonical: canonicalTarget(address) };
}

/** What targets of one identity must have in common besides the labels of their groups, for their series to be the same. */
export function seriesOf({ group, address, canonical }: GroupTarget): string {
  // Prometheus makes `instance` of the address, where no label of that name is given.
  return Object.hasOwn(group.labels, "instance") ? canonical : address;
}

export function toPlanTarget({ group, address }: GroupTarget): PlanTarget {
  const { kind, shard, project, service, job, scheme, path, params, labels } = group;
  return { kind, shard, project, service, job, address, scheme, path, params, labels };
}

/** The canonical host that a target is on: of a probe's URL the host in it. */
export function hostOf({ address }: GroupTarget): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(?<host>[^/?#]*)/i.exec(address)?.groups?.["host"];
  return canonicalHost(splitHostPort(authority ?? address).host);
}

/** How many targets a line has, one that is listed twice in it counted once: Prometheus scrapes it once. */
export function countTargets(targets: string): number {
  const list = splitTargets(targets);
  // Lists are sorted: the same ones are neighbours.
  return list.reduce((count, target, index) => (target === list[index - 1] ? count : count + 1), 0);
}

/** The targets of a line, each once. */
export function readTargets(targets: string): Set<string> {
  return new Set(splitTargets(targets));
}

function splitTargets(targets: GroupLine["targets"]): readonly string[] {
  if (targets === "") return [];
  // Without escapes, quotes are only where a text ends: this is several times as fast as JSON.parse.
  return targets.includes("\\") ? (JSON.parse(`[${targets}]`) as string[]) : targets.slice(1, -1).split('","');
}
