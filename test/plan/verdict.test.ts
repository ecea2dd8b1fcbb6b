import * as assert from "uvu/assert";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describe } from "../describe.ts";
import { hosts, plan, trips } from "./sides.ts";
import type { GroupSpec, Shards } from "./sides.ts";

const node = (count: number): GroupSpec => [{}, hosts(count)];
const app = (count: number): GroupSpec => [{ job: "app", project: "q", service: "t" }, hosts(count, 0, 80)];
const BEFORE: Shards = { a: [node(100)], b: [app(100)] };
const BOTH = plan(BEFORE, { a: [node(70)], b: [app(70)] });
const FIRST = plan(BEFORE, { ...BEFORE, a: [node(70)] });
const SECOND = plan(BEFORE, { ...BEFORE, b: [app(70)] });
const NOTHING: ReadonlySet<string> = new Set();

function digestOf(of: typeof BOTH): string {
  assert.ok(of.digest);
  return of.digest;
}

describe("verdict", (it) => {
  it("refuses what trips, and nothing else", () => {
    assert.equal(trips({ trips: judgePlan(BOTH, NOTHING).refused }), trips(BOTH));
    assert.is(judgePlan(BOTH, NOTHING).isRefused, true);
    assert.equal(judgePlan(plan(BEFORE, BEFORE), NOTHING), {
      isRefused: false,
      refused: [],
      accepted: [],
      repository: undefined,
      digests: [],
      refusedProjects: [],
    });
  });

  it("the digest of the plan releases all of it", () => {
    const verdict = judgePlan(BOTH, new Set([digestOf(BOTH)]));
    assert.equal([verdict.isRefused, verdict.refused, verdict.accepted.length], [false, [], 4]);
    assert.equal(verdict.digests, [digestOf(BOTH)]);
  });

  it("what was accepted for one change releases its part, for both changes both parts", () => {
    const one = judgePlan(BOTH, new Set([digestOf(FIRST)]));
    assert.equal(trips({ trips: one.refused }), [
      "shard b: removed_percent 30 of 100",
      "job app: removed_percent 30 of 100",
    ]);
    assert.equal(trips({ trips: one.accepted }), [
      "shard a: removed_percent 30 of 100",
      "job node: removed_percent 30 of 100",
    ]);
    const both = judgePlan(BOTH, new Set([digestOf(SECOND), digestOf(FIRST)]));
    assert.is(both.isRefused, false);
    assert.equal(both.digests, [digestOf(FIRST), digestOf(SECOND)].sort());
  });

  it("a digest that fits nothing releases nothing, and is not named", () => {
    const verdict = judgePlan(FIRST, new Set([digestOf(SECOND)]));
    assert.equal([verdict.isRefused, verdict.accepted, verdict.digests], [true, [], []]);
  });

  it("an accepted removal does not cover one more", () => {
    const more = plan(BEFORE, { ...BEFORE, a: [node(69)] });
    assert.is(judgePlan(more, new Set([digestOf(FIRST)])).isRefused, true);
  });

  it("it survives a merge that has nothing to do with it", () => {
    const merged = plan(BEFORE, { a: [node(70)], b: [app(99), [{ job: "new" }, ["x:1"]]] });
    assert.is(judgePlan(merged, new Set([digestOf(FIRST)])).isRefused, false);
  });

  it("a closed shard is not opened by any digest", () => {
    const closed = plan({ a: { groups: [node(100)] } }, { a: { groups: [node(70), app(1)], isEnabled: false } });
    const verdict = judgePlan(closed, new Set([digestOf(closed)]));
    assert.equal([verdict.isRefused, verdict.refused], [true, []]);
    assert.equal(verdict.refusedProjects, [{ project: "q", shard: "a" }]);
  });
});
