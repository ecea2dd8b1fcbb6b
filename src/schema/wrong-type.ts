/**
 * schema/wrong-type: a value of another type than the key wants.
 */
import type { Path } from "../diagnostic.ts";
import { COMMENT, beforeRemark } from "../model/remark.ts";
import { FILL_IN, templateIn } from "../model/template.ts";
import type { Shape } from "./shape.ts";
import { code, valueInWords } from "./words.ts";

/** Message and help of a finding. */
export interface Words {
  readonly message: string;
  readonly help: string;
}

/** Keys that stand beside `labels:`, and have a list or a map. */
const NO_LABELS: ReadonlySet<string> = new Set([
  "projects",
  "hosts",
  "exporters",
  "probes",
  "targets",
  "params",
  "servers",
]);

/** The text of a scalar at a route in its file, as it is written; `undefined` where nobody can tell. */
export type SourceAt = (path: Path) => string | undefined;

/**
 * @param steps route of the value in its document
 * @param types the types of JSON Schema that fit
 * @param source gives its text as it is written, where that is known
 */
export function wrongType(
  shape: Shape | undefined,
  steps: Path,
  node: unknown,
  types: readonly string[],
  source?: () => string | undefined,
): Words {
  const subject = subjectAt(shape, steps);
  const wants = shape?.wants ?? "something else";
  if (node === null) return nothing(subject, shape, steps);
  const message = `${subject} must be ${wants}, not ${valueInWords(node)}`;
  if (typeof node === "string" && templateIn(node) !== undefined)
    return { message: `${message}, and nothing fills in the template`, help: FILL_IN };
  const last = String(steps.at(-1));
  if (shape?.called === "the label" && typeof node === "object" && NO_LABELS.has(last))
    return { message, help: `move ${code(`${last}:`)} out of \`labels:\`, to the column of that key: it is no label` };
  const meant = shape?.mend?.(node);
  if (meant !== undefined) return { message, help: meant };
  const value = typeof node === "string" ? beforeRemark(node) : undefined;
  if (value !== undefined && /^(?:\d+|true|false)$/.test(value))
    return { message, help: `write ${code(`${steps.at(-1)}: ${value} # …`)}: ${COMMENT}` };
  if (types.includes("string") && isFreeText(wants) && (typeof node === "number" || typeof node === "boolean"))
    return { message, help: quote(steps, source?.()) };
  return { message, help: exampleOf(shape) };
}

/** The help of last resort. */
export function exampleOf(shape: Shape | undefined): string {
  return `write ${shape?.wants ?? "something else"}, such as \`${shape?.example}\``;
}

/** What a finding is about: a key, an item of a list, a label. */
export function subjectAt(shape: Shape | undefined, steps: Path): string {
  const last = steps.at(-1);
  if (typeof last === "number")
    return `an item of ${code(steps.findLast((step) => typeof step === "string") ?? "the list")}`;
  return `${shape?.called === undefined ? "" : `${shape.called} `}${code(String(last))}`;
}

function nothing(subject: string, shape: Shape | undefined, steps: Path): Words {
  return typeof steps.at(-1) === "number"
    ? { message: `${subject} is empty`, help: `write ${shape?.wants} after the \`- \`, or remove it` }
    : { message: `${subject} has no value`, help: giveOrRemove(shape) };
}

/** What to do with a key that says nothing. */
export function giveOrRemove(shape: Shape | undefined): string {
  return `${exampleOf(shape)}${shape?.isNeeded === true ? "" : ", or remove the key"}`;
}

/** False for a duration, an address or a path: a number in quotes is none either. */
function isFreeText(wants: string): boolean {
  return /^(?:text|a name|the name of .*)$/.test(wants);
}

/** It may be written otherwise than it prints: `1.0` is the number 1, `True` is `true`. */
function quote(steps: Path, source: string | undefined): string {
  const last = steps.at(-1);
  if (source === undefined) return "put it in quotes as it is written";
  return `put it in quotes: ${code(`${typeof last === "number" ? "" : `${last}: `}"${source}"`)}`;
}
