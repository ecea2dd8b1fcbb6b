/**
 * label/inconsistent: one value in two cases, and (with the option `missing`) targets of a job that lack a label which
 * others of that job have.
 */
import type { Where } from "../diagnostic.ts";
import type { Inventory } from "../model/inventory.ts";
import { showText } from "../model/show-text.ts";
import { LabelCover, mayHideLabels } from "./label-cover.ts";
import type { LabelledTargets } from "./label-cover.ts";
import { labelPlace } from "./label-sets.ts";
import { labelUses, visitValues } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { CheckContext, Rule } from "./rule.ts";
import { showValue } from "../model/secret-shapes.ts";

interface Spelling {
  readonly value: string;
  /** Number of places. */
  readonly count: number;
}

/** Options: `missing: true` for the second half. */
export const inconsistent: Rule = {
  id: "label/inconsistent",
  check(context) {
    checkCases(context);
    if (context.options["missing"] === true) checkMissing(context);
  },
};

function checkCases(context: CheckContext): void {
  const { inventory } = context;
  /** Label → rarer spelling → the common one. */
  const rarer = new Map<string, Map<string, string>>();
  for (const { kind, name, values } of labelUses(inventory)) {
    const found = kind === "labels" ? findRarer(values) : undefined;
    if (found !== undefined) rarer.set(name, found);
  }
  if (rarer.size === 0) return;
  const firsts = firstPlaces(inventory, rarer);
  const judge = ({ kind, name }: LabelUse, value: string | null): string | undefined =>
    kind === "labels" && value !== null ? rarer.get(name)?.get(value) : undefined;
  visitValues(inventory, judge, (common, { name, value, set }) => {
    const usual = showValue(name, common);
    const first = firsts.get(name)?.get(common);
    context.report({
      severity: "warning",
      where: labelPlace(set, name, "value"),
      message: `the label ${showText(name)} has the value ${showValue(name, value ?? "")} here and ${usual} elsewhere`,
      help: `write ${usual}, or use this spelling everywhere`,
      ...(first === undefined ? {} : { related: [{ where: first, note: "the more common spelling" }] }),
    });
  });
}

/** Where the common spellings are first written. */
function firstPlaces(
  inventory: Inventory,
  rarer: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Map<string, Map<string, Where>> {
  const firsts = new Map<string, Map<string, Where>>();
  const isCommon = ({ kind, name }: LabelUse, value: string | null): true | undefined =>
    kind === "labels" && [...(rarer.get(name)?.values() ?? [])].some((common) => common === value) ? true : undefined;
  visitValues(inventory, isCommon, (_, { name, value, set }) => {
    let places = firsts.get(name);
    if (places === undefined) firsts.set(name, (places = new Map()));
    if (value !== null && !places.has(value)) places.set(value, labelPlace(set, name, "value"));
  });
  return firsts;
}

/** Rarer spelling → the most common one. Of two equally common ones, lower case is taken for the usual one. */
function findRarer(values: LabelUse["values"]): Map<string, string> | undefined {
  const usual = new Map<string, Spelling>();
  for (const [value, count] of values) {
    if (value === null) continue;
    const folded = value.toLowerCase();
    const other = usual.get(folded);
    if (other === undefined || isMoreUsual({ value, count }, other)) usual.set(folded, { value, count });
  }
  if (usual.size === values.size - (values.has(null) ? 1 : 0)) return undefined;
  const rarer = new Map<string, string>();
  for (const value of values.keys()) {
    const common = value === null ? undefined : usual.get(value.toLowerCase())?.value;
    if (value !== null && common !== undefined && common !== value) rarer.set(value, common);
  }
  return rarer;
}

function isMoreUsual(a: Spelling, b: Spelling): boolean {
  if (a.count !== b.count) return a.count > b.count;
  // Lower-case letters come last by code unit, so that the answer does not depend on the order of reading.
  return a.value > b.value;
}

function checkMissing(context: CheckContext): void {
  if (!context.inventory.isComplete) return;
  const cover = new LabelCover(context.inventory);
  const jobs = new Map<
    string,
    { readonly targets: LabelledTargets[]; readonly labels: Map<string, LabelledTargets> }
  >();
  for (const project of context.inventory.projects) {
    if (mayHideLabels(context.inventory, project)) continue;
    for (const targets of cover.of(project)) {
      let job = jobs.get(targets.job);
      if (job === undefined) jobs.set(targets.job, (job = { targets: [], labels: new Map() }));
      job.targets.push(targets);
      for (const name of targets.names()) if (!job.labels.has(name)) job.labels.set(name, targets);
    }
  }
  for (const [name, { targets, labels }] of jobs) {
    for (const one of targets) reportMissing(context, showText(name), labels, one);
  }
}

/** One finding for the targets of an exporter or probe, whatever they lack. */
function reportMissing(
  context: CheckContext,
  job: string,
  labels: ReadonlyMap<string, LabelledTargets>,
  targets: LabelledTargets,
): void {
  let isPart = true;
  const missing: string[] = [];
  for (const label of labels.keys()) {
    const cover = targets.coverOf(label);
    if (cover === "all") continue;
    missing.push(label);
    if (cover === "none") isPart = false;
  }
  const [first] = missing;
  if (first === undefined) return;
  const holder = labels.get(first);
  const list = missing.map((label) => showText(label)).join(", ");
  const they = missing.length === 1 ? `the label ${list}` : `the labels ${list}`;
  context.report({
    severity: "warning",
    where: targets.place,
    message: `${isPart ? "some" : "the"} targets of the job ${job} in the project ${showText(targets.project.name)} lack ${they}, which other targets of that job have`,
    help: `add ${they}, at the project for instance`,
    ...(holder === undefined || holder === targets
      ? {}
      : {
          related: [
            {
              where: holder.place,
              note: `targets of the project ${showText(holder.project.name)} have ${showText(first)}`,
            },
          ],
        }),
  });
}
