/** The limits of the gate: plan/mass-removal, plan/mass-relabel and plan/job-removed. */
import * as assert from "uvu/assert";
import type { Gate } from "../../src/model/inventory.ts";
import { makePlan } from "../../src/plan/diff.ts";
import { describe } from "../describe.ts";
import { GATE, hosts, plan, sha256, side, trips } from "./sides.ts";
import type { GroupSpec, Shards } from "./sides.ts";

/** So many targets that a limit of 20 % or 200 is far: those that a test is about are other ones. */
const MANY: GroupSpec = [{ job: "many", project: "many", service: "many" }, hosts(1000, 5000)];

function of(job: string, count: number, from = 0): GroupSpec {
  return [{ job }, hosts(count, from)];
}

describe("plan/mass-removal: a share of a shard", (it) => {
  const removed = (count: number): string[] =>
    trips(plan({ a: [of("node", 100), MANY] }, { a: [of("node", 100 - count), MANY] }, { removed_percent: 1 }));

  it("below and at the limit passes, above it trips", () => {
    const one: Shards = { a: [of("node", 100)], b: [of("node", 1000, 3000)] };
    const without = (count: number): string[] =>
      trips(plan(one, { ...one, a: [of("node", 100 - count)] }, { removed_percent: 20 }));
    assert.equal(without(19), []);
    assert.equal(without(20), []);
    assert.equal(without(21), ["shard a: removed_percent 21 of 100"]);
  });

  it("a share is one of all that the shard has", () => {
    assert.equal(
      removed(11).filter((trip) => trip.startsWith("shard")),
      [],
    );
    assert.equal(
      removed(12).filter((trip) => trip.startsWith("shard")),
      ["shard a: removed_percent 12 of 1100"],
    );
  });

  it("percentages count from removed_min removed targets on", () => {
    const without = (count: number): string[] =>
      trips(
        plan(
          { a: [of("node", 12), MANY], b: [of("node", 1, 99)] },
          { a: [of("node", 12 - count), MANY], b: [of("node", 1, 99)] },
        ),
      );
    assert.equal(without(4), []);
    assert.equal(without(5), ["job node: removed_percent 5 of 13"]);
  });

  it("removed_count trips by itself", () => {
    const gate = { removed_percent: 100, removed_count: 200 };
    const without = (count: number): string[] =>
      trips(plan({ a: [of("node", 2000)] }, { a: [of("node", 2000 - count)] }, gate));
    assert.equal(without(199), []);
    assert.equal(without(200), []);
    assert.equal(without(201), ["shard a: removed_count 201 of 2000", "job node: removed_count 201 of 2000"]);
    assert.equal(trips(plan({ a: [of("node", 3)] }, { a: [of("node", 2)] }, { removed_count: 0 })), [
      "shard a: removed_count 1 of 3",
      "job node: removed_count 1 of 3",
    ]);
  });

  it("what is added does not make up for what is removed", () => {
    const found = plan({ a: [of("node", 100)] }, { a: [of("node", 100, 50)] });
    assert.equal(trips(found), ["shard a: removed_percent 50 of 100", "job node: removed_percent 50 of 100"]);
  });

  it("says which limit it was", () => {
    const { trips: found } = plan({ a: [of("node", 100), MANY] }, { a: [of("node", 70), MANY] });
    assert.equal(
      found.map((trip) => ({ ...trip, digest: undefined })),
      [
        {
          rule: "plan/mass-removal",
          scope: { kind: "job", name: "node" },
          limit: "removed_percent",
          count: 30,
          before: 100,
          allowed: 20,
          digest: undefined,
        },
      ],
    );
  });
});

describe("plan/mass-removal: nothing left", (it) => {
  it("a shard of one target is held, though its job has enough elsewhere", () => {
    const found = plan({ a: [of("node", 1)], b: [of("node", 50, 100)] }, { a: [], b: [of("node", 50, 100)] });
    assert.equal(trips(found), ["shard a: zero 1 of 1"]);
  });

  it("a shard whose last target is a probe's is not empty", () => {
    const urls: readonly GroupSpec[] = [[{ job: "icmp", __param_module: "icmp" }, ["web1"]]];
    const before = { a: { groups: [of("node", 2)], urls }, b: [of("node", 20, 100)] };
    assert.equal(trips(plan(before, { ...before, a: { urls } })), []);
    assert.equal(trips(plan(before, { ...before, a: {} })), ["shard a: zero 3 of 3"]);
  });

  it("a shard that loses all by moves is held", () => {
    const found = plan(
      { a: [of("node", 3)], b: [of("node", 5, 100)] },
      { a: [], b: [of("node", 5, 100), of("node", 3)] },
    );
    assert.equal(trips(found), ["shard a: zero 3 of 3"]);
  });

  it("a shard that leaves the inventory is held, unless it was empty", () => {
    assert.equal(trips(plan({ a: [of("node", 1)], b: [MANY] }, { b: [MANY] })), ["shard a: zero 1 of 1"]);
    assert.equal(trips(plan({ a: [], b: [MANY] }, { b: [MANY] })), []);
  });

  it("a job 9 → 1 and 9 → 0 is held, 1 → 0 is plan/job-removed", () => {
    const rest = (count: number) => plan({ a: [of("node", 9), MANY] }, { a: [of("node", count), MANY] });
    const noService = (name: string): boolean => !name.startsWith("service");
    assert.equal(trips(rest(1)), ["job node: removed_percent 8 of 9"]);
    assert.equal(trips(rest(0)).filter(noService), ["job node: zero 9 of 9"]);
    assert.equal(rest(0).jobsRemoved, []);
    const last = plan({ a: [of("node", 1), MANY] }, { a: [MANY] });
    assert.equal(trips(last), []);
    assert.equal(last.jobsRemoved, ["node"]);
    assert.equal(last.digest, undefined);
  });

  it("a job or service is held from removed_min targets on", () => {
    const before = (count: number): Shards => ({ a: [of("node", count), MANY] });
    const four = plan(before(4), { a: [MANY] });
    assert.equal([trips(four), four.jobsRemoved, four.servicesRemoved], [[], ["node"], ["s"]]);
    const five = plan(before(5), { a: [MANY] });
    assert.equal(
      [trips(five), five.jobsRemoved, five.servicesRemoved],
      [["job node: zero 5 of 5", "service s: zero 5 of 5"], [], []],
    );
  });

  it("a service whose projects all go to another one is held, too", () => {
    const project = (service: string): GroupSpec => [{ service }, hosts(5)];
    const found = plan({ a: [project("old"), MANY] }, { a: [project("new"), MANY] }, { relabelled_percent: 100 });
    assert.equal(trips(found), ["service old: zero 5 of 5"]);
    assert.is(found.totals.relabelled, 5);
  });

  it("a job that was never there, and an empty base, are no matter", () => {
    assert.equal(trips(plan({}, { a: [of("node", 9)] })), []);
    assert.equal(trips(makePlan(side({}), side({ a: [MANY] }), GATE, sha256)), []);
    assert.equal(
      trips(
        plan({ a: [of("node", 9)] }, { a: [of("node", 9)] }, { removed_min: 0, removed_count: 0, removed_percent: 0 }),
      ),
      [],
    );
  });
});

describe("plan/mass-removal: moves", (it) => {
  const before: Shards = { a: [of("node", 10), MANY], b: [of("app", 50, 100)] };

  it("a project that goes from one shard to another trips nothing", () => {
    const found = plan(before, { a: [MANY], b: [of("app", 50, 100), of("node", 10)] });
    assert.equal(trips(found), []);
    assert.equal([found.totals.movedIn, found.totals.removed], [10, 0]);
  });

  it("to a shard without servers, its targets are lost", () => {
    const found = plan(before, { a: [MANY], b: { groups: [of("app", 50, 100), of("node", 10)], servers: [] } });
    assert.equal(trips(found), ["job node: removed_percent 10 of 10"]);
  });

  it("to a new shard, its targets are lost for the time being", () => {
    const found = plan(before, { a: [MANY], b: before["b"] ?? [], c: [of("node", 10)] });
    assert.equal(trips(found), ["job node: removed_percent 10 of 10"]);
  });

  it("to a new shard and to one that was there, its targets are not lost", () => {
    const to = { A: [of("node", 10)], a: [MANY], b: [of("app", 50, 100), of("node", 10)] };
    assert.equal(trips(plan(before, to)), []);
  });

  it("a shard with another name is held", () => {
    const found = plan({ a: [of("node", 10)], b: [MANY] }, { c: [of("node", 10)], b: [MANY] });
    assert.equal(trips(found), ["shard a: zero 10 of 10", "job node: removed_percent 10 of 10"]);
    assert.equal([found.totals.removed, found.totals.movedIn], [0, 10]);
  });

  it("what a shard loses, by moves into a new one and for good, is counted together", () => {
    const a = (count: number): GroupSpec => of("node", count);
    const lost = (count: number): string[] =>
      trips(
        plan(
          { a: [a(100)], b: [of("node", 1000, 300)] },
          { a: [a(80)], b: [of("node", 1000, 300)], c: [of("node", count, 80)] },
        ),
      );
    assert.equal(lost(10), []);
    const found = plan(
      { a: [a(100)], b: [of("node", 1000, 300)] },
      { a: [a(79)], b: [of("node", 1000, 300)], c: [of("node", 10, 90)] },
    );
    assert.equal(trips(found), ["shard a: removed_percent 21 of 100"]);
  });
});

describe("plan/mass-relabel", (it) => {
  const node = (labelled: number, all = 100): readonly GroupSpec[] => [
    [{ env: "prod" }, hosts(labelled)],
    [{}, hosts(all - labelled, labelled)],
  ];

  it("below and at the limit passes, above it trips", () => {
    const found = (count: number): string[] => trips(plan({ a: node(0) }, { a: node(count) }));
    assert.equal(found(29), []);
    assert.equal(found(30), []);
    assert.equal(found(31), ["shard a: relabelled_percent 31 of 100", "job node: relabelled_percent 31 of 100"]);
  });

  it("changes count with it", () => {
    const found = plan(
      { a: [[{}, hosts(100)]] },
      {
        a: [
          [{}, [...hosts(20, 0, 9101), ...hosts(60, 40)]],
          [{ env: "x" }, hosts(20, 20)],
        ],
      },
    );
    assert.equal([found.totals.changed, found.totals.relabelled], [20, 20]);
    assert.equal(trips(found), ["shard a: relabelled_percent 40 of 100", "job node: relabelled_percent 40 of 100"]);
  });

  it("counts from removed_min targets on", () => {
    assert.equal(trips(plan({ a: node(0, 4) }, { a: node(4, 4) })), []);
    assert.equal(trips(plan({ a: node(0, 5) }, { a: node(5, 5) })).length, 2);
  });

  it("a job is held where its shards are not", () => {
    const found = plan(
      { a: [MANY, [{}, hosts(10)]], b: [MANY, [{}, hosts(10, 50)]] },
      { a: [MANY, [{ env: "x" }, hosts(10)]], b: [MANY, [{}, hosts(10, 50)]] },
    );
    assert.equal(trips(found), ["job node: relabelled_percent 10 of 20"]);
  });

  it("other intervals trip nothing", () => {
    assert.equal(trips(plan({ a: [[{}, hosts(100)]] }, { a: [[{ __scrape_interval__: "5s" }, hosts(100)]] })), []);
  });

  it("moves are no relabels", () => {
    const found = plan({ a: [of("node", 10), MANY], b: [MANY] }, { a: [MANY], b: [MANY, [{ env: "x" }, hosts(10)]] });
    assert.equal(trips(found), []);
  });
});

describe("plan/mass-removal: limits that are loosened", (it) => {
  const before = { a: [of("node", 100)] };
  const after = { a: [of("node", 50)] };
  const found = (now: Partial<Gate>, was: Partial<Gate>): string[] =>
    trips(makePlan({ ...side(before), gate: { ...GATE, ...was } }, side(after), { ...GATE, ...now }, sha256)).filter(
      (trip) => trip.startsWith("shard"),
    );

  it("do not hold for the change that loosens them", () => {
    const held = ["shard a: removed_percent 50 of 100"];
    assert.equal(found({ removed_percent: 100 }, {}), held);
    assert.equal(found({ removed_min: 1000 }, {}), held);
    assert.equal(found({ removed_percent: 100, removed_count: 1000 }, { removed_percent: 100, removed_count: 49 }), [
      "shard a: removed_count 50 of 100",
    ]);
  });

  it("hold at once where they are tightened, and for the next change where they were loosened", () => {
    assert.equal(found({ removed_percent: 49 }, { removed_percent: 100 }), ["shard a: removed_percent 50 of 100"]);
    assert.equal(found({ removed_percent: 100 }, { removed_percent: 100 }), []);
  });
});
