/**
 * label/high-cardinality: labels with a value of its own for everything, each of which is a new time series.
 * https://prometheus.io/docs/practices/naming/#labels
 */
import type { Farm, Inventory, Service } from "../model/inventory.ts";
import { farmDocument } from "../model/inventory.ts";
import type { LabelSet } from "./label-sets.ts";
import { forEachLabel, labelPlace, visitFarmSets, visitLabels, visitServiceSets } from "./label-sets.ts";
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
  const known = new Map<string, string | undefined>();
  forEachLabel(context.inventory, (name, value, set) => {
    if (set.kind !== "labels" || value === null) return;
    let shape = known.get(value);
    if (shape === undefined && !known.has(value)) known.set(value, (shape = SHAPES.find(([pattern]) => pattern.test(value))?.[1]));
    if (shape === undefined && PID_NAME.test(name) && /^\d+$/.test(value)) shape = "a process id";
    if (shape === undefined) return;
    context.report({
      where: labelPlace(set, name, "value"),
      message: `the value of the label \`${name}\` looks like ${shape}: every change of it starts all series of its targets anew`,
      help: "keep such values in a metric of the application (`build_info`) or in the logs",
    });
  });
}

/** Counts what the documents of a service and the farms of its projects say; the first value too many is reported. */
function checkLimit(context: CheckContext, limit: number): void {
  for (const service of context.inventory.services) {
    const values = new Map<string, Set<string>>();
    const excess = new Map<string, LabelSet>();
    const count = (set: LabelSet): void => {
      if (set.kind === "labels") visitLabels(set, add);
    };
    const add = (name: string, value: string | null, set: LabelSet): void => {
      if (value === null) return;
      const distinct = values.get(name);
      if (distinct === undefined) values.set(name, new Set([value]));
      else distinct.add(value);
      if ((values.get(name)?.size ?? 0) > limit && !excess.has(name)) excess.set(name, set);
    };
    visitServiceSets(service, count);
    for (const farm of farmsOf(context.inventory, service)) visitFarmSets(farm, count);
    for (const [name, set] of excess) {
      context.report({
        where: labelPlace(set, name, "value"),
        message: `the label \`${name}\` has ${values.get(name)?.size} distinct values in the service \`${service.name}\`, which is more than ${limit}`,
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
