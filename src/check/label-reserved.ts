/**
 * label/reserved: names with `__` in front, which Prometheus gives a meaning or drops after relabelling.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
 */
import { showText } from "../model/show-text.ts";
import type { LabelLevel } from "./label-sets.ts";
import { labelPlace } from "./label-sets.ts";
import { visitNames } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { Rule } from "./rule.ts";

/** The field that does what people want from the label. */
const FIELDS: Readonly<Record<string, string>> = {
  __address__: "a target's address comes from `hosts:` and the exporter's `port:`; a probe's, from its `targets:`",
  __scheme__: "set `scheme:` at the exporter",
  __metrics_path__: "set `path:` at the exporter",
  __scrape_interval__: "set `interval:` at the exporter or probe",
  __scrape_timeout__: "set `timeout:` at the exporter or probe",
  __shard: "set `shard:` at the project or service",
  __farm_source: "set `source:` in the farm's document",
  __name__: "a metric's name is not a target's to set; choose another label name",
};

/** Any label `__*`, but for `__tmp_*`. */
export const reserved: Rule = {
  id: "label/reserved",
  check(context) {
    visitNames(context.inventory, isReserved, (_, { name, set }) => {
      context.report({
        where: labelPlace(set, name, "key"),
        message: `the label ${showText(name)} is reserved: names with \`__\` in front have a meaning to Prometheus, or are dropped`,
        help: fieldFor(name, set.level),
      });
    });
  },
};

function isReserved({ kind, name }: LabelUse): true | undefined {
  return kind === "labels" && name.startsWith("__") && !name.startsWith("__tmp_") ? true : undefined;
}

function fieldFor(name: string, level: LabelLevel): string {
  if (Object.hasOwn(FIELDS, name)) return FIELDS[name] ?? "";
  if (name.startsWith("__param_")) {
    if (level !== "probe")
      return `set \`params:\` at the exporter, with ${showText(name.slice("__param_".length) || "name")} in it`;
    return name === "__param_target"
      ? "set `targets:` at the probe"
      : "set `module:` at the probe; it has no other parameters";
  }
  if (name.startsWith("__meta_")) return "only service discovery sets such labels; choose a name without `__` in front";
  return `choose a name without \`__\` in front, or ${showText(`__tmp_${name.replace(/^_+/, "") || "name"}`)} for one that only relabelling sees`;
}
