/** plan/whole-files-removed, and what else changes in the files beside targets. */
import * as assert from "uvu/assert";
import { makePlan } from "../../src/plan/diff.ts";
import { planFindings } from "../../src/plan/findings.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Side } from "../../src/plan/side.ts";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describe } from "../describe.ts";
import { GATE, hosts, sha256, side } from "./sides.ts";
import type { Shards } from "./sides.ts";

const SAME: Shards = { a: [[{}, hosts(20)]] };
const ALL = { all: true, services: false, projects: true };
const NONE = { all: false, services: false, projects: false };

function planOf(before: Partial<Side>, after: Partial<Side>, shards: Shards = SAME): Plan {
  return makePlan(side(SAME, before), side(shards, after), GATE, sha256);
}

function found(plan: Plan, ...accepted: readonly string[]): string[] {
  return planFindings(plan, judgePlan(plan, new Set(accepted), sha256)).map(
    ({ severity, code }) => `${severity} ${code}`,
  );
}

describe("plan/whole-files-removed", (it) => {
  it("files of the whole inventory that go are held until that is accepted", () => {
    const plan = planOf({ artifacts: ALL }, { artifacts: NONE });
    assert.equal(plan.artifacts, { added: [], removed: ["all", "projects"], digest: plan.digest });
    assert.is(judgePlan(plan, new Set(), sha256).isRefused, true);
    assert.equal(found(plan), ["error plan/whole-files-removed"]);
    const digest = plan.digest ?? "";
    const verdict = judgePlan(plan, new Set([digest]), sha256);
    assert.equal([verdict.isRefused, verdict.artifacts, verdict.digests], [false, "accepted", [digest]]);
    assert.equal(found(plan, digest), ["info plan/whole-files-removed"]);
  });

  it("is at the list in promgen.yml, and says who ends how, and what to do until somebody has accepted it", () => {
    const plan = planOf({ artifacts: ALL }, { artifacts: NONE });
    const shown = (...accepted: readonly string[]): unknown[] =>
      planFindings(plan, judgePlan(plan, new Set(accepted), sha256)).map(({ where, message, help }) => [
        where,
        message,
        help?.split(";")[0],
        help?.includes(`--accept ${plan.digest}`),
      ]);
    const where = { file: "promgen.yml", path: [0, "artifacts"] };
    const help = "put `all` back among `artifacts` in promgen.yml as long as a host asks for all shards";
    const message =
      "targets.json and urls.json of the whole inventory are published no more, and every agent of all shards ends with 6";
    assert.equal(shown(), [[where, message, help, true]]);
    assert.equal(shown(plan.digest ?? ""), [[where, `${message}, which is accepted`, help, false]]);
  });

  it("others that go, and whatever comes, are a change that is not held", () => {
    for (const [before, after] of [
      [ALL, { ...ALL, projects: false }],
      [NONE, ALL],
      [{ all: false }, ALL],
    ] as const) {
      const plan = planOf({ artifacts: before }, { artifacts: after });
      assert.ok(plan.artifacts);
      assert.equal([plan.digest, judgePlan(plan, new Set(), sha256).isRefused, found(plan)], [undefined, false, []]);
    }
  });

  it("the same ones are no change, nor are those of which nobody knows", () => {
    for (const [before, after] of [
      [ALL, ALL],
      [{ all: true }, ALL],
      [{ all: true }, { ...ALL, services: true }],
      [undefined, ALL],
    ] as const) {
      const plan = planOf(before === undefined ? {} : { artifacts: before }, { artifacts: after });
      assert.is(plan.artifacts, undefined);
      assert.equal(found(plan), []);
    }
  });

  it("is accepted by itself, whatever else is held back, or with all of it", () => {
    const plan = planOf({ artifacts: ALL }, { artifacts: NONE }, { a: [[{}, hosts(5)]] });
    const own = plan.artifacts?.digest ?? "";
    const [removal = ""] = plan.trips.map(({ digest }) => digest);
    const isRefused = (...digests: readonly string[]): boolean => judgePlan(plan, new Set(digests), sha256).isRefused;
    assert.equal(
      [isRefused(own), isRefused(removal), isRefused(own, removal), isRefused(plan.digest ?? "")],
      [true, true, false, false],
    );
  });
});

describe("plan: scrape-config.yml", (it) => {
  const withConfig = (scrapeConfig: string | undefined): Side => {
    const made = side(SAME);
    const shards = [...made.shards].map(
      ([name, shard]) => [name, scrapeConfig === undefined ? shard : { ...shard, scrapeConfig }] as const,
    );
    return { ...made, shards: new Map(shards) };
  };
  const isOther = (before: Side, after: Side): true | undefined =>
    makePlan(before, after, GATE, sha256).shards.get("a")?.hasOtherConfig;

  it("that is another one is a change of its shard, which is not held", () => {
    const plan = makePlan(withConfig("1"), withConfig("2"), GATE, sha256);
    assert.equal([plan.shards.get("a")?.hasOtherConfig, plan.digest], [true, undefined]);
  });

  it("that is the same, or that nobody knows, is none; nor is that of a new shard", () => {
    assert.is(isOther(withConfig("1"), withConfig("1")), undefined);
    assert.is(isOther(withConfig(undefined), withConfig("1")), undefined);
    assert.is(isOther(side({}), withConfig("1")), undefined);
  });
});
