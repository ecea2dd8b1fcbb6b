/**
 * label/empty-or-control: values that are no value to Prometheus, or that no query and no terminal can show.
 * https://prometheus.io/docs/concepts/data_model/: a label with an empty value is a label that does not exist.
 */
import type { Origin } from "../model/inventory.ts";
import { below } from "../model/inventory.ts";
import { isVisibleAscii, showText } from "../model/show-text.ts";
import { FILL_IN, templateIn } from "../model/template.ts";
import { labelPlace, presetOrigin } from "./label-sets.ts";
import type { LabelKind } from "./label-sets.ts";
import { visitValues } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { CheckContext, Rule } from "./rule.ts";

/** UTF-8 bytes; far above any sensible value, far below what slows a server down. */
const MOST_BYTES = 1024;
/** What decoding puts in the place of bytes that are none. */
const NOT_DECODED = "\ufffd";
const KINDS: Readonly<Record<LabelKind, string>> = { labels: "label", params: "parameter", query: "query parameter" };

/** What is wrong with a value, for the end of a sentence. */
type Problem = string;

/** The values of labels and parameters, and the texts that become some: jobs, modules, the source of a farm. */
export const emptyOrControl: Rule = {
  id: "label/empty-or-control",
  check(context) {
    visitValues(context.inventory, judge, (problem, { name, value, set }) => {
      context.report({
        where: labelPlace(set, name, "value"),
        message: `the value of the ${KINDS[set.kind]} ${showText(name)} ${problem}`,
        ...(isTemplate(set, value) ? { help: FILL_IN, severity: "warning" } : { help: advise(value, KINDS[set.kind]) }),
      });
    });
    checkTexts(context);
  },
};

function judge({ kind }: LabelUse, value: string | null): Problem | undefined {
  const problem = findProblem(value);
  if (problem !== undefined) return problem;
  if (isTemplate({ kind }, value)) return "is a template, or has one in it, and nothing fills it in here";
  if (kind !== "query") return undefined;
  return value?.includes(NOT_DECODED) === true ? "is not UTF-8, or says U+FFFD, which stands for that" : undefined;
}

/** A value without another problem: a parameter may mean something by it, and the path of a query has a rule of its own. */
function isTemplate({ kind }: { readonly kind: LabelKind }, value: string | null): boolean {
  return kind === "labels" && value !== null && findProblem(value) === undefined && templateIn(value) !== undefined;
}

function checkTexts(context: CheckContext): void {
  const { inventory } = context;
  const fine = new Set<string>();
  const check = (text: string, what: string, place: () => Origin, part: "key" | "value" = "value"): void => {
    if (fine.has(text)) return;
    const problem = findProblem(text);
    if (problem === undefined) fine.add(text);
    if (problem === undefined) return;
    const { file, path } = place();
    // What the schema took out because it is no text is empty here, too.
    if (text === "" && inventory.faults.mayHide({ file, path: path.slice(0, -1) }, path.at(-1) ?? "")) return;
    context.report({ where: { file, path, part }, message: `the ${what} ${problem}`, help: advise(text, what) });
  };
  for (const preset of inventory.config.presets.values())
    check(preset.name, "job name", () => presetOrigin(inventory.config, preset), "key");
  for (const farm of inventory.farms) check(farm.source, "source of a farm", () => below(farm.origin, "source"));
  for (const { origin, exporters, probes } of inventory.projects) {
    for (let index = 0; index < exporters.length; index++) {
      const exporter = exporters[index];
      if (exporter !== undefined)
        check(exporter.job, "job name", () => below(origin, "exporters", index, ...(exporter.isMap ? ["job"] : [])));
    }
    for (let index = 0; index < probes.length; index++)
      check(probes[index]?.module ?? "-", "module name", () => below(origin, "probes", index, "module"));
  }
}

function findProblem(value: string | null): Problem | undefined {
  if (value === null || value === "") return "is empty, which is the same as absent to Prometheus";
  const bad = unsendable(value);
  if (bad !== undefined) return `contains ${nameOf(bad)}`;
  if (value.length * 3 <= MOST_BYTES) return undefined;
  const bytes = new TextEncoder().encode(value).length;
  return bytes > MOST_BYTES ? `has ${bytes} bytes; more than ${MOST_BYTES} are a mistake or a burden` : undefined;
}

/** C0 and C1 controls, and halves of surrogate pairs, which UTF-8 cannot encode. */
function unsendable(text: string): string | undefined {
  return isVisibleAscii(text) ? undefined : /[\p{Cc}\p{Cs}]/u.exec(text)?.[0];
}

function nameOf(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 10) return "a line break";
  if (code === 9) return "a tab";
  const codePoint = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return code >= 0xd800 ? `half of a surrogate pair (${codePoint})` : `a control character (${codePoint})`;
}

function advise(value: string | null, what: string): string {
  if (what === KINDS.query && value?.includes(NOT_DECODED) === true)
    return "write it in UTF-8, of which `é` is `%C3%A9`";
  if (value === null || value === "")
    return what.endsWith("name") ? `give the ${what}` : `give the ${what} a value, or remove it`;
  return unsendable(value) !== undefined
    ? "write the value as one line of printable text"
    : "shorten the value; long texts belong into a description";
}
