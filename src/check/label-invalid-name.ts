/**
 * label/invalid-name: names that Prometheus before 3.0 refuses, and with them the whole file.
 * https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */
import { showText } from "../model/show-text.ts";
import type { LabelKind } from "./label-sets.ts";
import { labelPlace } from "./label-sets.ts";
import type { LabelUse } from "./label-uses.ts";
import { visitNames } from "./label-uses.ts";
import type { Finding, Rule } from "./rule.ts";

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** What may follow `__param_` in a label name. */
const PARAM_NAME = /^[a-zA-Z0-9_]+$/;

/** The names of labels, of params, and of the parameters in a path's query. */
export const invalidName: Rule = {
  id: "label/invalid-name",
  check(context) {
    visitNames(context.inventory, judge, (fault, { name, set }) => {
      context.report({ where: labelPlace(set, name, "key"), ...fault });
    });
  },
};

function judge({ kind, name }: LabelUse): Pick<Finding, "message" | "help"> | undefined {
  if ((kind === "labels" ? LABEL_NAME : PARAM_NAME).test(name)) return undefined;
  // One mistake, one finding: what is reserved is label/reserved's.
  if (kind === "labels" && name.startsWith("__") && !name.startsWith("__tmp_")) return undefined;
  return { message: describe(kind, name), help: advise(kind, name) };
}

function describe(kind: LabelKind, name: string): string {
  const refusal = "Prometheus before 3.0 refuses the whole file for it";
  if (kind === "labels") return `${showText(name)} is not a label name: ${refusal}`;
  const what = kind === "query" ? "query parameter" : "parameter";
  return `the ${what} ${showText(name)} would become the label ${showText(`__param_${name}`)}: ${refusal}`;
}

function advise(kind: LabelKind, name: string): string {
  if (kind !== "labels") {
    return "name it with letters A to Z, digits and `_` only, or give it in `params` of a scrape config of its own";
  }
  let suggestion = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .trim()
    .replaceAll(/[^a-zA-Z0-9_]+/g, "_");
  if (/^[0-9]/.test(suggestion)) suggestion = `_${suggestion}`;
  const isUseful = /[a-zA-Z0-9]/.test(suggestion) && !suggestion.startsWith("__");
  return isUseful ? `write ${showText(suggestion)}` : "use letters A to Z, digits and `_`, with no digit first";
}
