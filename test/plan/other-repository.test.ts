/** plan/other-repository. */
import * as assert from "uvu/assert";
import { makePlan } from "../../src/plan/diff.ts";
import { planFindings } from "../../src/plan/findings.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Side } from "../../src/plan/side.ts";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describe } from "../describe.ts";
import { GATE, hosts, sha256, side } from "./sides.ts";
import type { Shards } from "./sides.ts";

const [OLD, NEW] = ["https://github.com/acme/old", "https://github.com/acme/new"];
const SAME: Shards = { a: [[{}, hosts(20)]] };

function planOf(before: Partial<Side>, after: Partial<Side>, shards: Shards = SAME): Plan {
  return makePlan(side(SAME, before), side(shards, after), GATE, sha256);
}

/** The findings of a plan, in few words. */
function found(plan: Plan, ...accepted: readonly string[]): string[] {
  return planFindings(plan, judgePlan(plan, new Set(accepted), sha256)).map(
    ({ severity, code }) => `${severity} ${code}`,
  );
}

describe("plan/other-repository", (it) => {
  it("a repository that takes the place of another one, or is named no more, is held until it is accepted", () => {
    for (const after of [{ repository: NEW }, {}]) {
      const plan = planOf({ repository: OLD }, after);
      assert.equal(plan.repository, {
        before: OLD,
        ...(after.repository === undefined ? {} : { after: NEW }),
        digest: plan.digest,
      });
      assert.is(judgePlan(plan, new Set(), sha256).isRefused, true);
      assert.equal(found(plan), ["error plan/other-repository"]);
      const digest = plan.digest ?? "";
      const verdict = judgePlan(plan, new Set([digest]), sha256);
      assert.equal([verdict.isRefused, verdict.repository, verdict.digests], [false, "accepted", [digest]]);
      assert.equal(found(plan, digest), ["info plan/other-repository"]);
    }
  });

  it("is at the name in promgen.yml, says who refuses what, and how to accept it until somebody has", () => {
    const shown = (plan: Plan, ...accepted: readonly string[]): unknown[] => {
      const [found] = planFindings(plan, judgePlan(plan, new Set(accepted), sha256));
      return [found?.where, found?.message, found?.help?.includes("--accept")];
    };
    const [file, by] = ["promgen.yml", `and every host that has seen \`${OLD}\` refuses them`];
    const other = planOf({ repository: OLD }, { repository: NEW });
    const message = `the artifacts name the repository \`${NEW}\`, ${by}`;
    assert.equal(shown(other), [{ file, path: [0, "repository"] }, message, true]);
    assert.equal(shown(other, other.digest ?? ""), [
      { file, path: [0, "repository"] },
      `${message}, which is accepted`,
      false,
    ]);
    const none = shown(planOf({ repository: OLD }, {}));
    assert.equal(none.slice(0, 2), [{ file, path: [] }, `the artifacts name no repository any more, ${by}`]);
  });

  it("says what each host needs, and to leave it in where nothing helps there", () => {
    const helpOf = (plan: Plan): string => planFindings(plan, judgePlan(plan, new Set(), sha256))[0]?.help ?? "";
    assert.match(
      helpOf(planOf({ repository: OLD }, { repository: NEW })),
      "`promgen-agent sync --repository <the new one>`",
    );
    assert.match(helpOf(planOf({ repository: OLD }, {})), /^put `repository` back: /);
  });

  it("the same one, and none in both, are no change", () => {
    for (const both of [{ repository: OLD }, {}]) {
      const plan = planOf(both, both);
      assert.equal([plan.repository, plan.digest], [undefined, undefined]);
      assert.equal(found(plan), []);
    }
  });

  it("the first one is a change that every host takes", () => {
    const plan = planOf({}, { repository: NEW });
    assert.equal(plan.repository, { after: NEW });
    assert.equal([judgePlan(plan, new Set(), sha256).isRefused, found(plan)], [false, []]);
  });

  it("what a base with mistakes would have named is not known", () => {
    assert.is(planOf({ isComplete: false }, { repository: NEW }).repository, undefined);
    assert.ok(planOf({ isComplete: false, repository: OLD }, { repository: NEW }).digest);
  });

  it("is accepted by itself, whatever else is held back, or with all of it", () => {
    const plan = planOf({ repository: OLD }, { repository: NEW }, { a: [[{}, hosts(5)]] });
    const own = plan.repository?.digest ?? "";
    const [removal = ""] = plan.trips.map(({ digest }) => digest);
    assert.is(new Set([own, removal, plan.digest]).size, 3);
    assert.is(own, planOf({ repository: OLD }, { repository: NEW }).digest);
    const isRefused = (...digests: readonly string[]): boolean => judgePlan(plan, new Set(digests), sha256).isRefused;
    assert.equal(
      [isRefused(own), isRefused(removal), isRefused(own, removal), isRefused(plan.digest ?? "")],
      [true, true, false, false],
    );
    // Nor does it let another one pass.
    assert.is.not(own, planOf({ repository: OLD }, { repository: `${NEW}er` }).digest);
    assert.is.not(own, planOf({ repository: OLD }, {}).digest);
  });
});
