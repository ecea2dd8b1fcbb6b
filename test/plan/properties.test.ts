/** What holds for a plan between any two sides. */
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { makePlan } from "../../src/plan/diff.ts";
import { wasOf } from "../../src/plan/plan.ts";
import type { Counts, Operation, Plan } from "../../src/plan/plan.ts";
import type { PlanTarget, Side } from "../../src/plan/side.ts";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describe } from "../describe.ts";
import { GATE as DEFAULT_GATE, sha256, side } from "./sides.ts";
import type { GroupSpec, ShardSpec } from "./sides.ts";

/** The sides are small. */
const GATE = { ...DEFAULT_GATE, removed_min: 2 };
const RUNS = { seed: 20_260_103, numRuns: 100 } as const;

/** A target, from so few words that two sides meet in every way. */
interface Target {
  readonly shard: string;
  readonly isProbe: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
}

const SHARDS = ["a", "b", "c"];
const SERVICES: Readonly<Record<string, string>> = { p: "s", q: "s", r: "t" };

const TARGET: fc.Arbitrary<Target> = fc
  .record({
    shard: fc.constantFrom(...SHARDS),
    isProbe: fc.boolean(),
    project: fc.constantFrom("p", "q", "r"),
    job: fc.constantFrom("node", "app"),
    host: fc.constantFrom("web1", "WEB1.", "web2", "web3", "[2001:db8::1]"),
    port: fc.constantFrom("80", "81"),
    path: fc.constantFrom(undefined, "/metrics", "/x"),
    module: fc.constantFrom("icmp", "tcp"),
    env: fc.constantFrom(undefined, "prod", "test"),
    instance: fc.constantFrom(undefined, undefined, "i"),
    interval: fc.constantFrom(undefined, "5s"),
  })
  .map(({ shard, isProbe, project, job, host, port, path, module, env, instance, interval }) => {
    const own = isProbe
      ? { job: module, __param_module: module }
      : { job, ...(path === undefined ? {} : { __metrics_path__: path }) };
    return {
      shard,
      isProbe,
      labels: {
        ...own,
        project,
        service: SERVICES[project] ?? "",
        ...(env === undefined ? {} : { env }),
        ...(instance === undefined ? {} : { instance }),
        ...(interval === undefined ? {} : { __scrape_interval__: interval }),
      },
      address: `${host}:${port}`,
    };
  });

interface Sketch {
  readonly targets: readonly Target[];
  /** Empty shards are there or not. */
  readonly hasAll: boolean;
  readonly withoutServers: readonly string[];
}

const sketch = (minLength: number): fc.Arbitrary<Sketch> =>
  fc.record({
    targets: fc.uniqueArray(TARGET, { minLength, maxLength: 14, selector: (target) => JSON.stringify(target) }),
    hasAll: fc.boolean(),
    withoutServers: fc.subarray(SHARDS, { maxLength: 1 }),
  });

const SKETCH = fc.oneof(sketch(0), { weight: 4, arbitrary: sketch(8) });

/** Two sides, of which the second has much of the first, some of it elsewhere or with another label. */
const SKETCHES: fc.Arbitrary<readonly [Sketch, Sketch]> = fc
  .tuple(SKETCH, SKETCH, fc.nat({ max: 99 }))
  .map(([before, after, seed]) => {
    const kept = before.targets.flatMap((target, index): Target[] => {
      switch ((index * 3 + seed) % 7) {
        case 0:
          return [];
        case 1:
          return [{ ...target, shard: "c" }];
        case 2:
          return [{ ...target, labels: { ...target.labels, env: "new" } }];
        case 3:
          return [{ ...target, labels: { ...target.labels, ...(target.isProbe ? {} : { __metrics_path__: "/new" }) } }];
        case 4:
          return [{ ...target, labels: { ...target.labels, __scrape_interval__: "9s" } }];
        default:
          return [target];
      }
    });
    const others = after.targets.slice(0, seed % 10);
    const all = new Map([...kept, ...others].map((target) => [JSON.stringify(target), target]));
    return [before, { ...after, targets: [...all.values()] }];
  });

function toSide({ targets, hasAll, withoutServers }: Sketch): Side {
  const names = SHARDS.filter((name) => hasAll || targets.some(({ shard }) => shard === name));
  const specs = names.map((name): [string, ShardSpec] => {
    const of = (isProbe: boolean): GroupSpec[] =>
      targets.flatMap((target) =>
        target.shard === name && target.isProbe === isProbe ? [[target.labels, [target.address]] as const] : [],
      );
    return [name, { groups: of(false), urls: of(true), servers: withoutServers.includes(name) ? [] : ["prom"] }];
  });
  return side(Object.fromEntries(specs));
}

function planOf([before, after]: readonly [Sketch, Sketch]): Plan {
  return makePlan(toSide(before), toSide(after), GATE, sha256);
}

/** What is scraped how, and the labels of its series, as text; written without the program's own words. */
function scraped({ shard, isProbe, labels, address }: Target): string {
  const visible = Object.entries(labels).filter(([name]) => !name.startsWith("__"));
  const module = labels["__param_module"] ?? "";
  const path = isProbe ? "" : (labels["__metrics_path__"] ?? "/metrics");
  return [
    shard,
    isProbe,
    module,
    path,
    canonical(address),
    text({ instance: address, ...Object.fromEntries(visible) }),
  ].join("|");
}

function planned({ shard, kind, job, path, address, labels }: PlanTarget): string {
  const isProbe = kind === "probe";
  return [shard, isProbe, isProbe ? job : "", path, canonical(address), text({ instance: address, ...labels })].join(
    "|",
  );
}

function canonical(address: string): string {
  return address.toLowerCase().replace(".:", ":");
}

function text(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Takes what is named off the list, once. */
function take(list: string[], name: string): void {
  const at = list.indexOf(name);
  assert.ok(at >= 0, `${name} is not there`);
  list.splice(at, 1);
}

function apply(state: readonly string[], operations: readonly Operation[]): string[] {
  const now = [...state];
  for (const operation of operations) {
    const was = wasOf(operation);
    if (was !== undefined) take(now, planned(was));
  }
  for (const { op, target } of operations) if (op !== "remove") now.push(planned(target));
  return now.sort();
}

function countBy(targets: readonly Target[], nameOf: (target: Target) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const target of targets) {
    const name = nameOf(target) ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Identity without shard, project and labels. */
function identity({ kind, job, scheme, path, address, params }: PlanTarget): string {
  return JSON.stringify([kind, job, scheme, path, canonical(address), params]);
}

describe("plan: properties", (it) => {
  it("between a side and itself there is nothing", () => {
    fc.assert(
      fc.property(SKETCH, (one) => {
        const { operations, totals, trips, digest, jobsRemoved, servicesRemoved } = planOf([one, one]);
        assert.equal([operations, trips, digest, jobsRemoved, servicesRemoved], [[], [], undefined, [], []]);
        assert.is(totals.before, one.targets.length);
        assert.equal(totals, { ...totals, after: totals.before, added: 0, removed: 0, movedIn: 0, adjusted: 0 });
      }),
      RUNS,
    );
  });

  it("applied to one side it gives the other", () => {
    fc.assert(
      fc.property(SKETCHES, ([before, after]) => {
        const { operations } = planOf([before, after]);
        assert.equal(apply(before.targets.map(scraped), operations), after.targets.map(scraped).sort());
      }),
      RUNS,
    );
  });

  it("the counts of all scopes add up, and are what is there", () => {
    fc.assert(
      fc.property(SKETCHES, ([before, after]) => {
        const found = planOf([before, after]);
        const scopes = {
          shard: [found.shards, ({ shard }: Target) => shard],
          project: [found.projects, ({ labels }: Target) => labels["project"]],
          job: [found.jobs, ({ labels }: Target) => labels["job"]],
          service: [found.services, ({ labels }: Target) => labels["service"]],
        } as const;
        for (const [counts, nameOf] of Object.values(scopes)) {
          const [old, now] = [countBy(before.targets, nameOf), countBy(after.targets, nameOf)];
          assert.equal([...counts.keys()], [...counts.keys()].sort());
          for (const [name, own] of counts) {
            assert.equal([own.before, own.after], [old.get(name) ?? 0, now.get(name) ?? 0], name);
            assert.is(own.after, own.before + own.added - own.removed + own.movedIn - own.movedOut, name);
          }
          assert.equal(
            [...old.keys(), ...now.keys()].filter((name) => !counts.has(name)),
            [],
          );
          for (const name of ["before", "after", "added", "removed", "changed", "relabelled", "adjusted"] as const)
            assert.is(sum(counts, name), found.totals[name], name);
          assert.is(sum(counts, "movedIn"), sum(counts, "movedOut"));
        }
        for (const [op, name] of [
          ["add", "added"],
          ["remove", "removed"],
          ["move", "movedIn"],
          ["change", "changed"],
          ["relabel", "relabelled"],
        ] as const)
          assert.is(found.operations.filter((operation) => operation.op === op).length, found.totals[name], op);
      }),
      RUNS,
    );
  });

  it("nothing is removed that is added elsewhere, and every operation is what it says", () => {
    fc.assert(
      fc.property(SKETCHES, (sketches) => {
        const { operations } = planOf(sketches);
        const of = (wanted: string): Set<string> =>
          new Set(operations.flatMap(({ op, target }) => (op === wanted ? [identity(target)] : [])));
        const added = of("add");
        assert.equal(
          [...of("remove")].filter((name) => added.has(name)),
          [],
        );
        for (const operation of operations) {
          if (!("was" in operation)) continue;
          const { op, was, target } = operation;
          assert.is(was.shard !== target.shard, op === "move", op);
          assert.is(identity(was) !== identity(target), op === "change", op);
          if (op === "change")
            assert.equal([was.project, was.job, was.kind], [target.project, target.job, target.kind]);
          if (op === "relabel") assert.is.not(planned(was), planned(target));
        }
      }),
      RUNS,
    );
  });

  it("does not depend on the order of shards", () => {
    fc.assert(
      fc.property(SKETCHES, ([before, after]) => {
        const turned = (one: Side): Side => ({ ...one, shards: new Map([...one.shards].toReversed()) });
        const [a, b] = [toSide(before), toSide(after)];
        const { places: _, ...found } = makePlan(turned(a), turned(b), GATE, sha256);
        const { places: __, ...expected } = makePlan(a, b, GATE, sha256);
        assert.equal(found, expected);
      }),
      RUNS,
    );
  });

  it("what trips has a digest that releases it, and a shard that goes to zero always trips", () => {
    fc.assert(
      fc.property(SKETCHES, (sketches) => {
        const found = planOf(sketches);
        assert.is(found.digest === undefined, found.trips.length === 0);
        assert.is(judgePlan(found, new Set([found.digest ?? ""]), sha256).isRefused, false);
        assert.is(judgePlan(found, new Set(found.trips.map(({ digest }) => digest)), sha256).isRefused, false);
        for (const [name, { before, after }] of found.shards) {
          const isHeld = found.trips.some(
            ({ scope, limit }) => scope.kind === "shard" && scope.name === name && limit === "zero",
          );
          assert.is(isHeld, before > 0 && after === 0, name);
        }
      }),
      RUNS,
    );
  });

  it("sides are not all alike", () => {
    const all = fc.sample(SKETCHES, { seed: RUNS.seed, numRuns: RUNS.numRuns }).map(planOf);
    for (const op of ["add", "remove", "move", "change", "relabel"])
      assert.ok(all.filter(({ operations }) => operations.some((one) => one.op === op)).length > 40, op);
    assert.ok(all.filter(({ totals }) => totals.adjusted > 0).length > 40);
    const tripping = all.filter(({ trips }) => trips.length > 0).length;
    assert.ok(tripping > 20 && tripping < 80, String(tripping));
  });
});

function sum(counts: ReadonlyMap<string, Counts>, name: keyof Counts): number {
  return [...counts.values()].reduce((total, own) => total + own[name], 0);
}
