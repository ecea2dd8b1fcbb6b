/**
 * label/inconsistent: one value in two cases, and (with the option `missing`) targets of a job that lack a label which
 * others of that job have.
 */
import type { Where } from "../diagnostic.ts";
import { LabelCover, mayHideLabels } from "./label-cover.ts";
import type { LabelledTargets } from "./label-cover.ts";
import { forEachLabel, labelPlace } from "./label-sets.ts";
import type { CheckContext, Rule } from "./rule.ts";

interface Spelling {
  readonly value: string;
  readonly first: Where;
  count: number;
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
  const spellings = new Map<string, Map<string, Spelling>>();
  forEachLabel(context.inventory, (name, value, set) => {
    if (set.kind !== "labels" || value === null) return;
    let values = spellings.get(name);
    if (values === undefined) spellings.set(name, (values = new Map()));
    const known = values.get(value);
    if (known === undefined) values.set(value, { value, first: labelPlace(set, name, "value"), count: 1 });
    else known.count++;
  });
  const common = new Map<string, Map<string, Spelling>>();
  for (const [name, values] of spellings) {
    const rarer = findRarer([...values.values()]);
    if (rarer.size > 0) common.set(name, rarer);
  }
  if (common.size === 0) return;
  forEachLabel(context.inventory, (name, value, set) => {
    const other = set.kind === "labels" && value !== null ? common.get(name)?.get(value) : undefined;
    if (other === undefined) return;
    context.report({
      severity: "warning",
      where: labelPlace(set, name, "value"),
      message: `the label \`${name}\` has the value ${JSON.stringify(value)} here and ${JSON.stringify(other.value)} elsewhere`,
      help: `write \`${other.value}\`, or use this spelling everywhere`,
      related: [{ where: other.first, note: "the more common spelling" }],
    });
  });
}

/** Rarer spelling → the most common one. Of two equally common ones, lower case is taken for the usual one. */
function findRarer(spellings: readonly Spelling[]): Map<string, Spelling> {
  const rarer = new Map<string, Spelling>();
  const usual = new Map<string, Spelling>();
  for (const spelling of spellings) {
    const folded = spelling.value.toLowerCase();
    const other = usual.get(folded);
    if (other === undefined || isMoreUsual(spelling, other)) usual.set(folded, spelling);
  }
  if (usual.size === spellings.length) return rarer;
  for (const { value } of spellings) {
    const other = usual.get(value.toLowerCase());
    if (other !== undefined && other.value !== value) rarer.set(value, other);
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
  const jobs = new Map<string, { readonly targets: LabelledTargets[]; readonly labels: Map<string, LabelledTargets> }>();
  for (const project of context.inventory.projects) {
    if (mayHideLabels(context.inventory, project)) continue;
    for (const targets of cover.of(project)) {
      let job = jobs.get(targets.job);
      if (job === undefined) jobs.set(targets.job, (job = { targets: [], labels: new Map() }));
      job.targets.push(targets);
      for (const name of targets.names()) if (!job.labels.has(name)) job.labels.set(name, targets);
    }
  }
  for (const [name, { targets, labels }] of jobs) for (const [label, holder] of labels) reportMissing(context, name, label, holder, targets);
}

function reportMissing(context: CheckContext, job: string, label: string, holder: LabelledTargets, all: readonly LabelledTargets[]): void {
  for (const targets of all) {
    if (targets.coverOf(label) === "all") continue;
    const { project } = targets;
    const part = targets.coverOf(label) === "some" ? "some targets" : "the targets";
    context.report({
      severity: "warning",
      where: targets.place,
      message: `${part} of the job \`${job}\` in the project \`${project.name}\` lack the label \`${label}\`, which other targets of that job have`,
      help: `add the label \`${label}\`, at the project for instance`,
      ...(holder === targets ? {} : { related: [{ where: holder.place, note: `targets of the project \`${holder.project.name}\` have it` }] }),
    });
  }
}
