/** Sides for the tests of plans, made of few words, and plans between them. */
import { createHash } from "node:crypto";
import type { Gate } from "../../src/model/inventory.ts";
import { makePlan } from "../../src/plan/diff.ts";
import type { Operation, Plan } from "../../src/plan/plan.ts";
import type { GroupLine, PlanTarget, ShardSide, Side } from "../../src/plan/side.ts";

export const GATE: Gate = { removed_percent: 20, removed_count: 200, removed_min: 5, relabelled_percent: 30 };

export function sha256(texts: Iterable<string>): string {
  return createHash("sha256")
    .update([...texts].join(""), "utf8")
    .digest("hex");
}

/** A group of an exporter: its labels beside those that all have, and its targets. */
export type GroupSpec = readonly [labels: Readonly<Record<string, string>>, targets: readonly string[]];

export interface ShardSpec {
  readonly groups?: readonly GroupSpec[];
  readonly urls?: readonly GroupSpec[];
  /** Default: one. */
  readonly servers?: readonly string[];
  readonly isEnabled?: boolean;
}

/** @param shards a shard that is a list has these groups of exporters, and a server */
export function side(
  shards: Readonly<Record<string, ShardSpec | readonly GroupSpec[]>>,
  more: Partial<Side> = {},
): Side {
  const entries = Object.entries(shards).map(([name, spec]): [string, ShardSide] => {
    const own: ShardSpec = "length" in spec ? { groups: spec } : spec;
    return [
      name,
      {
        name,
        servers: own.servers ?? [`prom-${name}`],
        isEnabled: own.isEnabled ?? true,
        targets: lines(name, own.groups ?? [], { __scheme__: "http", job: "node" }),
        urls: lines(name, own.urls ?? [], {}),
      },
    ];
  });
  return { kind: "worktree", shards: new Map(entries), isComplete: true, ...more };
}

function lines(
  shard: string,
  groups: readonly GroupSpec[],
  defaults: Readonly<Record<string, string>>,
): readonly GroupLine[] {
  const found = new Map<string, string[]>();
  for (const [own, targets] of groups) {
    const labels = { ...defaults, __shard: shard, project: "p", service: "s", ...own };
    const json = JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));
    found.set(json, [...(found.get(json) ?? []), ...targets]);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([labels, targets]) => ({ labels, targets: JSON.stringify([...targets].sort()).slice(1, -1) }));
}

/** `web0:9100`, `web1:9100` … */
export function hosts(count: number, from = 0, port = 9100): string[] {
  return Array.from({ length: count }, (_, index) => `web${from + index}:${port}`);
}

export type Shards = Parameters<typeof side>[0];

export function plan(before: Shards, after: Shards, gate: Partial<Gate> = {}): Plan {
  return makePlan(side(before), side(after), { ...GATE, ...gate }, sha256);
}

/** An operation in few words: `move a→b p/node web1:9100`. */
export function words(operation: Operation): string {
  const { op, target } = operation;
  const { shard, project, job, address } = target;
  if (!("was" in operation)) return `${op} ${shard} ${project}/${job} ${address}`;
  const show = (name: "shard" | "project" | "address"): string =>
    operation.was[name] === target[name] ? target[name] : `${operation.was[name]}→${target[name]}`;
  return `${op} ${show("shard")} ${show("project")}/${job} ${show("address")}`;
}

export function operations(before: Shards, after: Shards): string[] {
  return plan(before, after).operations.map(words);
}

/** A trip in few words: `shard a: removed_percent 21 of 100`. */
export function trips(found: Pick<Plan, "trips">): string[] {
  return found.trips.map(
    ({ scope, limit, count, before }) => `${scope.kind} ${scope.name}: ${limit} ${count} of ${before}`,
  );
}

/** For `locate`: a place that tells targets apart. */
export function locate(file: string): NonNullable<Side["locate"]> {
  return ({ shard, project, address }: PlanTarget) => ({ file, path: [0, shard, project, address] });
}
