/**
 * label/invalid-name: names that Prometheus before 3.0 refuses, and with them the whole file.
 * https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */
import type { LabelSet } from "./label-sets.ts";
import { forEachLabel, labelPlace } from "./label-sets.ts";
import type { Rule } from "./rule.ts";

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** What may follow `__param_` in a label name. */
const PARAM_NAME = /^[a-zA-Z0-9_]+$/;

/** The names of labels, of params, and of the parameters in a path's query. */
export const invalidName: Rule = {
  id: "label/invalid-name",
  check(context) {
    const good = new Set<string>();
    forEachLabel(context.inventory, (name, _, set) => {
      const isLabel = set.kind === "labels";
      if (isLabel && good.has(name)) return;
      // One mistake, one finding: what is reserved is label/reserved's.
      if ((isLabel ? LABEL_NAME : PARAM_NAME).test(name) || (isLabel && name.startsWith("__") && !name.startsWith("__tmp_"))) {
        if (isLabel) good.add(name);
        return;
      }
      context.report({ where: labelPlace(set, name, "key"), message: describe(name, set), help: advise(name, set) });
    });
  },
};

function describe(name: string, set: LabelSet): string {
  if (set.kind === "labels") return `${JSON.stringify(name)} is not a label name: Prometheus before 3.0 refuses the whole file for it`;
  return `the ${set.kind === "query" ? "query" : "URL"} parameter ${JSON.stringify(name)} would become the label "__param_${escape(name)}", for which Prometheus before 3.0 refuses the whole file`;
}

function advise(name: string, set: LabelSet): string {
  if (set.kind !== "labels") return "give this parameter in `params` of a scrape config of its own; here its name may have letters A to Z, digits and `_` only";
  let suggestion = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").trim().replaceAll(/[^a-zA-Z0-9_]+/g, "_");
  if (/^[0-9]/.test(suggestion)) suggestion = `_${suggestion}`;
  const isUseful = /[a-zA-Z0-9]/.test(suggestion) && !suggestion.startsWith("__");
  return isUseful ? `write \`${suggestion}\`` : "use letters A to Z, digits and `_`, with no digit first";
}

function escape(name: string): string {
  return JSON.stringify(name).slice(1, -1);
}
