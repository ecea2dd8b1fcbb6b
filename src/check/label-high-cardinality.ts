/**
 * label/high-cardinality: labels with a value of its own for everything, each of which is a new time series.
 * https://prometheus.io/docs/practices/naming/#labels
 */
import type { Farm, Inventory, Service } from "../model/inventory.ts";
import { farmDocument } from "../model/inventory.ts";
import { showText } from "../model/show-text.ts";
import type { LabelSet } from "./label-sets.ts";
import { forEachSetOf, labelPlace, visitLabels } from "./label-sets.ts";
import { labelUses, visitValues } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { CheckContext, Rule } from "./rule.ts";

const SHAPES: readonly (readonly [shape: RegExp, name: string])[] = [
  [/^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i, "a UUID"],
  [/^(?:sha\d*[:-])?(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,128}$/i, "a hash or an id in hexadecimal digits"],
  [/^\d{4}-\d\d-\d\d[T _]\d\d:?\d\d/i, "a point in time"],
  [/^1\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})?$/, "a point in time"],
  [/^\d{4}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[T_-]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?Z?$/, "a point in time"],
  [/^[a-z][a-z0-9+.-]*:\/\//i, "a URL"],
  [/^(?:pid|process)[ _:=#-]?\d+$|^[\w.-]+[[(]\d{2,}[\])]:?$/i, "a process id"],
];
/** Labels whose numbers are ids of processes or of something as short-lived. */
const PID_NAME = /(?:^|_)(?:pid|ppid|tid|process_id|thread_id|session_id|request_id|trace_id)$/i;

/** Option: `limit`, the largest number of distinct values that a label may have in one service. */
export const highCardinality: Rule = {
  id: "label/high-cardinality",
  check(context) {
    checkShapes(context);
    const limit = context.options["limit"];
    if (typeof limit === "number") checkLimit(context, limit);
  },
};

function checkShapes(context: CheckContext): void {
  visitValues(context.inventory, findShape, (shape, { name, set }) => {
    context.report({
      where: labelPlace(set, name, "value"),
      message: `the value of the label ${showText(name)} looks like ${shape}: every change of it starts all series of its targets anew`,
      help: "keep such values in a metric of the application (`build_info`) or in the logs",
    });
  });
}

function findShape({ kind, name }: LabelUse, value: string | null): string | undefined {
  if (kind !== "labels" || value === null) return undefined;
  const shape = SHAPES.find(([pattern]) => pattern.test(value))?.[1];
  return shape ?? (PID_NAME.test(name) && /^\d+$/.test(value) ? "a process id" : undefined);
}

/** Counts what the documents of a service and the farms of its projects say; the first value too many is reported. */
function checkLimit(context: CheckContext, limit: number): void {
  const { inventory } = context;
  // Only what has more values in the whole inventory can have more in a service.
  const many = new Set<string>();
  for (const { kind, name, values } of labelUses(inventory))
    if (kind === "labels" && values.size > limit) many.add(name);
  if (many.size === 0) return;
  for (const service of inventory.services) {
    const counts = new Map<string, { readonly values: Set<string>; excess?: LabelSet }>();
    const count = (name: string, value: string | null, set: LabelSet): void => {
      if (set.kind !== "labels" || value === null || !many.has(name)) return;
      let distinct = counts.get(name);
      if (distinct === undefined) counts.set(name, (distinct = { values: new Set() }));
      if (distinct.values.add(value).size > limit) distinct.excess ??= set;
    };
    forEachSetOf(service, farmsOf(inventory, service), (set) => visitLabels(set, count));
    for (const [name, { values, excess }] of counts) {
      if (excess === undefined) continue;
      context.report({
        where: labelPlace(excess, name, "value"),
        message: `the label ${showText(name)} has ${values.size} distinct values in the service ${showText(service.name)}, which is more than ${limit}`,
        help: "use fewer values, or raise `limit` of label/high-cardinality",
      });
    }
  }
}

function farmsOf(inventory: Inventory, service: Service): Set<Farm> {
  const farms = new Set<Farm>();
  for (const project of service.projects) {
    const farm = farmDocument(inventory, project);
    if (farm !== undefined) farms.add(farm);
  }
  return farms;
}
