import * as assert from "uvu/assert";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describe } from "../describe.ts";
import { hosts, plan, sha256, trips } from "./sides.ts";
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
    assert.equal(trips({ trips: judgePlan(BOTH, NOTHING, sha256).refused }), trips(BOTH));
    assert.is(judgePlan(BOTH, NOTHING, sha256).isRefused, true);
    assert.equal(judgePlan(plan(BEFORE, BEFORE), NOTHING, sha256), {
      isRefused: false,
      refused: [],
      accepted: [],
      repository: undefined,
      artifacts: undefined,
      digests: [],
      refusedProjects: [],
    });
  });

  it("the digest of the plan releases all of it", () => {
    const verdict = judgePlan(BOTH, new Set([digestOf(BOTH)]), sha256);
    assert.equal([verdict.isRefused, verdict.refused, verdict.accepted.length], [false, [], 4]);
    assert.equal(verdict.digests, [digestOf(BOTH)]);
  });

  it("what was accepted for one change releases its part, for both changes both parts", () => {
    const one = judgePlan(BOTH, new Set([digestOf(FIRST)]), sha256);
    assert.equal(trips({ trips: one.refused }), [
      "shard b: removed_percent 30 of 100",
      "job app: removed_percent 30 of 100",
    ]);
    assert.equal(trips({ trips: one.accepted }), [
      "shard a: removed_percent 30 of 100",
      "job node: removed_percent 30 of 100",
    ]);
    const both = judgePlan(BOTH, new Set([digestOf(SECOND), digestOf(FIRST)]), sha256);
    assert.is(both.isRefused, false);
    assert.equal(both.digests, [digestOf(FIRST), digestOf(SECOND)].sort());
  });

  it("a digest that fits nothing releases nothing, and is not named", () => {
    const verdict = judgePlan(FIRST, new Set([digestOf(SECOND)]), sha256);
    assert.equal([verdict.isRefused, verdict.accepted, verdict.digests], [true, [], []]);
  });

  it("an accepted removal does not cover one more", () => {
    const more = plan(BEFORE, { ...BEFORE, a: [node(69)] });
    assert.is(judgePlan(more, new Set([digestOf(FIRST)]), sha256).isRefused, true);
  });

  it("it survives a merge that has nothing to do with it", () => {
    const merged = plan(BEFORE, { a: [node(70)], b: [app(99), [{ job: "new" }, ["x:1"]]] });
    assert.is(judgePlan(merged, new Set([digestOf(FIRST)]), sha256).isRefused, false);
  });

  it("it survives that so much is there by now that less of it is held back", () => {
    const other = (count: number): GroupSpec => [{ project: "r" }, hosts(count, 500)];
    const more = (count: number): GroupSpec => [{ project: "r" }, hosts(count, 900)];
    const rest = (count: number): GroupSpec => [{ job: "rest", project: "u", service: "u" }, hosts(count, 0, 82)];
    // As it is accepted, and as it is published: what was added, and published, makes limits hold that did not.
    const cases: Record<string, readonly [Shards, Shards, Shards, Shards, readonly string[]]> = {
      "a job": [
        { a: [node(100)], b: [other(50)] },
        { a: [node(70)], b: [other(45)] },
        { a: [node(100)], b: [other(50), more(40)] },
        { a: [node(70)], b: [other(45), more(40)] },
        ["shard a: removed_percent 30 of 100"],
      ],
      "all but one of what hangs together": [
        { a: [node(100), app(100)], b: [other(50)] },
        { a: [node(70), app(70)], b: [other(35)] },
        { a: [node(100), app(100)], b: [other(50), rest(800), more(200)] },
        { a: [node(70), app(70)], b: [other(35), rest(800), more(200)] },
        ["shard a: removed_percent 60 of 200", "job app: removed_percent 30 of 100"],
      ],
      "one of two that have nothing in common": [
        BEFORE,
        { a: [node(70)], b: [app(70)] },
        { a: [node(100)], b: [app(200)] },
        { a: [node(70)], b: [app(70), [{ job: "app", project: "q", service: "t" }, hosts(100, 100, 80)]] },
        ["shard a: removed_percent 30 of 100", "job node: removed_percent 30 of 100"],
      ],
      "a shard in which something is left": [
        { a: [node(10)], b: [app(100)] },
        { a: [], b: [app(100), node(2)] },
        { a: [node(10)], b: [app(100)] },
        { a: [rest(1)], b: [app(100), node(2)] },
        ["shard a: removed_percent 8 of 10", "job node: removed_percent 8 of 10"],
      ],
    };
    for (const [name, [before, after, published, now, held]] of Object.entries(cases)) {
      const seen = plan(before, after);
      const found = plan(published, now);
      assert.equal(trips(found), held, name);
      assert.is.not(found.digest, seen.digest, name);
      const verdict = judgePlan(found, new Set([digestOf(seen)]), sha256);
      assert.equal([verdict.isRefused, verdict.digests], [false, [digestOf(seen)]], name);
      // Who has seen the larger list has not seen another one.
      const [first = ""] = found.trips.map(({ digest }) => digest);
      assert.is(judgePlan(seen, new Set([first]), sha256).isRefused, true, name);
    }
  });

  it("it is not that of what goes with it and does not happen any more", () => {
    const other = (count: number): GroupSpec => [{ project: "r" }, hosts(count, 500)];
    const seen = plan({ a: [node(100)], b: [other(50)] }, { a: [node(70)], b: [other(45)] });
    const before: Shards = { a: [node(100)], b: [other(90)] };
    for (const b of [other(86), other(84)])
      assert.is(judgePlan(plan(before, { a: [node(70)], b: [b] }), new Set([digestOf(seen)]), sha256).isRefused, true);
  });

  it("a closed shard is not opened by any digest", () => {
    const closed = plan({ a: { groups: [node(100)] } }, { a: { groups: [node(70), app(1)], isEnabled: false } });
    const verdict = judgePlan(closed, new Set([digestOf(closed)]), sha256);
    assert.equal([verdict.isRefused, verdict.refused], [true, []]);
    assert.equal(verdict.refusedProjects, [{ project: "q", shard: "a" }]);
  });
});
