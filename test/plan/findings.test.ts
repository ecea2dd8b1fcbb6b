import * as assert from "uvu/assert";
import { makePlan } from "../../src/plan/diff.ts";
import { planFindings } from "../../src/plan/findings.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describe } from "../describe.ts";
import { GATE, hosts, locate, plan, sha256, side } from "./sides.ts";
import type { GroupSpec, Shards } from "./sides.ts";

const node = (count: number): GroupSpec => [{}, hosts(count)];
const app = (count: number): GroupSpec => [{ job: "app", project: "q", service: "t" }, hosts(count, 0, 80)];

function findings(of: Plan, accepted: readonly string[] = []): string[] {
  return planFindings(of, judgePlan(of, new Set(accepted), sha256)).map(
    ({ code, severity, message }) => `${severity} ${code} ${message}`,
  );
}

function located(before: Shards, after: Shards): Plan {
  return makePlan(
    side(before, { locate: locate("old.yml") }),
    side(after, { locate: locate("new.yml") }),
    GATE,
    sha256,
  );
}

describe("findings of a plan", (it) => {
  it("a plan without trips has none", () => {
    assert.equal(findings(plan({ a: [node(10)] }, { a: [node(10), app(1)] })), []);
  });

  it("one for each trip, which says how much of what, and the limit", () => {
    const of = plan(
      { a: [node(100)], b: [app(3000), node(10)], c: [app(1)] },
      { a: [node(79)], b: [app(2700), [{ env: "x" }, hosts(10)]] },
    );
    assert.equal(findings(of), [
      'error plan/mass-removal 21 of the 100 targets of shard "a" are removed, and the limit is 20 %',
      'error plan/mass-removal 300 of the 3010 targets of shard "b" are removed, and the limit is 200',
      'error plan/mass-removal nothing is left of shard "c", which had 1 target',
      'error plan/mass-removal 301 of the 3001 targets of job "app" are removed, and the limit is 200',
    ]);
    assert.equal(
      findings(plan({ a: [[{}, hosts(10)]] }, { a: [[{ env: "x" }, hosts(10)]] }))[0],
      'error plan/mass-relabel 10 of the 10 targets of shard "a" are changed or relabelled, and the limit is 30 %',
    );
  });

  it("says that what the plan shows as moves is lost as well, where nobody takes over", () => {
    const words = findings(
      plan({ a: [node(30)] }, { a: [[{}, hosts(10, 20)]], b: { groups: [node(20)], servers: [] } }),
    );
    assert.is(
      words[0],
      'error plan/mass-removal 20 of the 30 targets of shard "a" are removed or go to a shard that is new or has no servers, and the limit is 20 %',
    );
    const apart = plan(
      { a: [node(30)], b: [app(30)] },
      { a: [node(10)], b: [app(29)], c: [[{ job: "app", project: "q", service: "t" }, hosts(1, 29, 80)]] },
    );
    assert.match(findings(apart)[0] ?? "", 'shard "a" are removed, and');
  });

  it("says how to accept it, with its own digest", () => {
    const of = plan({ a: [node(100)], b: [app(100)] }, { a: [node(70)], b: [app(70)] });
    for (const [index, { help }] of planFindings(of, judgePlan(of, new Set(), sha256)).entries())
      assert.ok(help?.includes(`\`--accept ${of.trips[index]?.digest}\``), help);
  });

  it("what is accepted is an info, and nothing has to be done", () => {
    const of = plan(
      { a: [node(100)], b: [[{ job: "many" }, hosts(2000, 500)]] },
      { a: [node(70)], b: [[{ job: "many" }, hosts(2000, 500)]] },
    );
    assert.equal(findings(of, [of.digest ?? ""]), [
      'info plan/mass-removal 30 of the 100 targets of shard "a" are removed, and the limit is 20 %, which is accepted',
      'info plan/mass-removal 30 of the 100 targets of job "node" are removed, and the limit is 20 %, which is accepted',
    ]);
    assert.ok(
      planFindings(of, judgePlan(of, new Set([of.digest ?? ""]), sha256)).every(({ help }) => help === undefined),
    );
  });

  it("plan/job-removed warns of small jobs and services", () => {
    const of = plan({ a: [node(10), app(2)] }, { a: [node(10)] });
    assert.equal(findings(of), [
      'warning plan/job-removed nothing is left of job "app", which had 2 targets',
      'warning plan/job-removed nothing is left of service "t", which had 2 targets',
    ]);
  });

  it("plan/closed-shard is an error at the new target", () => {
    const of = located(
      { a: [node(1)], b: [] },
      { a: { groups: [node(2), app(1)], isEnabled: false }, A: [app(1)], b: [] },
    );
    const [finding, ...more] = planFindings(of, judgePlan(of, new Set(), sha256));
    assert.equal([finding?.code, finding?.severity, more], ["plan/closed-shard", "error", []]);
    assert.equal(finding?.where, { file: "new.yml", path: [0, "a", "q", "web0:80"] });
    assert.not.match(finding?.help ?? "", "merged before");
  });

  it("plan/closed-shard says what to do where both came since the last publication", () => {
    const after = side({ a: { groups: [node(2), app(1)], isEnabled: false } });
    const of = makePlan(side({ a: [node(1)] }, { kind: "published" }), after, GATE, sha256);
    const [finding] = planFindings(of, judgePlan(of, new Set(), sha256));
    assert.match(finding?.help ?? "", "check out the commit between the two and publish that first");
  });

  it("relabelled targets are found where they are, removed ones in the file where they were", () => {
    const where = (of: Plan): unknown => planFindings(of, judgePlan(of, new Set(), sha256))[0]?.where;
    assert.equal(where(located({ a: [node(9)] }, { a: [[{ env: "x" }, hosts(9)], app(1)] })), {
      file: "new.yml",
      path: [0, "a", "p", "web0:9100"],
    });
    assert.equal(where(located({ a: [app(3), node(9)] }, { a: [app(3)] })), { file: "old.yml", path: [] });
    assert.equal(where(plan({ a: [app(3), node(9)] }, { a: [app(3)] })), { file: "promgen.yml", path: [] });
  });
});
