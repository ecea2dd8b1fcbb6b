/** Plans as documents, for the tests of how they are shown. */
import { planFindings } from "../../src/plan/findings.ts";
import { makePlan } from "../../src/plan/diff.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Side } from "../../src/plan/side.ts";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describePlan } from "../../src/report/plan-document.ts";
import type { PlanDocument, PlanSources } from "../../src/report/plan-document.ts";
import { planTextLines } from "../../src/report/plan-text.ts";
import { GATE, locate, sha256, side } from "../plan/sides.ts";
import type { Shards } from "../plan/sides.ts";

export const COMMIT = "1a2b3c4d5e6f".padEnd(40, "0");

interface Case {
  readonly before?: Partial<Side>;
  readonly after?: Partial<Side>;
  /** What is accepted, told from the plan. */
  readonly accept?: (plan: Plan) => readonly string[];
  readonly sources?: Partial<PlanSources>;
}

/** From revision COMMIT to the working tree. Every target is written in line 7 of old.yml, and in line 9 of new.yml. */
export function documentOf(before: Shards, after: Shards, more: Case = {}): PlanDocument {
  const old = side(before, { kind: "revision", commit: COMMIT, locate: locate("old.yml"), ...more.before });
  const now = side(after, { locate: locate("new.yml"), ...more.after });
  return describe(makePlan(old, now, GATE, sha256), more);
}

export function describe(plan: Plan, { accept = () => [], sources = {} }: Case = {}): PlanDocument {
  const verdict = judgePlan(plan, new Set(accept(plan)), sha256);
  return describePlan(plan, verdict, {
    findings: planFindings(plan, verdict),
    baseName: "main",
    lineBefore: () => 7,
    lineAfter: () => 9,
    show: (_, text) => text,
    ...sources,
  });
}

export function textOf(plan: PlanDocument, { verbose = false, color = false } = {}): string {
  return [...planTextLines(plan, { verbose, color })].join("\n");
}
