/**
 * A plan with what the reports say of it: findings judged, places with their lines, secrets hidden.
 */
import { judge } from "../check/judge.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Io } from "../io.ts";
import type { Config } from "../model/inventory.ts";
import { findNamedSecret, findSecret } from "../model/secret-shapes.ts";
import { planFindings } from "../plan/findings.ts";
import type { Plan } from "../plan/plan.ts";
import type { Verdict } from "../plan/verdict.ts";
import type { TextOf } from "../report/place.ts";
import { createPlaces } from "../report/place.ts";
import { describePlan } from "../report/plan-document.ts";
import type { LineOf, PlanDocument } from "../report/plan-document.ts";
import { globs } from "./judged.ts";

export interface PlanTexts {
  readonly config: Config;
  /** Files of the head. */
  readonly textAfter: TextOf;
  /** Files of the base, where they are known. */
  readonly textBefore?: TextOf | undefined;
  /** What the base was asked for by. */
  readonly baseName?: string | undefined;
}

/** What is shown of a plan, to people and to programs. */
export async function showPlan(io: Io, plan: Plan, verdict: Verdict, texts: PlanTexts): Promise<PlanDocument> {
  const { config, textAfter, textBefore, baseName } = texts;
  return describePlan(plan, verdict, {
    findings: await judgeEach(io, planFindings(plan, verdict), config),
    baseName: plan.base.commit === baseName ? undefined : baseName,
    lineAfter: findLines(textAfter),
    lineBefore: textBefore === undefined ? () => undefined : findLines(textBefore),
    show: (name, text) =>
      findSecret(text) === undefined && findNamedSecret(name, text) === undefined
        ? text
        : "(hidden: it looks like a secret)",
  });
}

/** In their order; no comment silences what a plan finds. */
async function judgeEach(io: Io, findings: readonly Diagnostic[], config: Config): Promise<Diagnostic[]> {
  const matches = await globs(config);
  const today = new Date(io.now()).toISOString().slice(0, 10);
  return findings.flatMap((finding) =>
    judge({
      diagnostics: [finding],
      config,
      suppressions: new Map(),
      lineOf: () => undefined,
      spotOf: String,
      matches,
      today,
    }),
  );
}

/** So many files are kept open for their lines: reading them again costs less than the memory for all of them. */
const MOST_FILES = 64;

/** Looks lines up, each place once as long as its file is open: a host is the place of a target for each exporter. */
function findLines(textOf: TextOf): LineOf {
  const linesOf = new Map<string, Map<string, number | undefined>>();
  let places = createPlaces(textOf);
  return (where) => {
    if (linesOf.size === MOST_FILES && !linesOf.has(where.file)) {
      linesOf.clear();
      places = createPlaces(textOf);
    }
    const lines = linesOf.get(where.file) ?? new Map<string, number | undefined>();
    linesOf.set(where.file, lines);
    const key = JSON.stringify(where.path);
    if (!lines.has(key)) lines.set(key, places.lineOf(where));
    return lines.get(key);
  };
}
