/**
 * label/shadows-builtin: labels that promgen-gen renders itself, or that Prometheus and histograms need.
 */
import { labelPlace } from "./label-sets.ts";
import { visitNames } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { Finding, Rule } from "./rule.ts";

type Clash = Pick<Finding, "message" | "help" | "severity">;

const RENDERED = "is rendered for every target, and cannot be set as a label";

const BUILTIN: ReadonlyMap<string, Clash> = new Map([
  [
    "job",
    {
      message: `\`job\` ${RENDERED}`,
      help: "remove it: the value is `job:` of the exporter, or `module:` of the probe",
    },
  ],
  ["service", { message: `\`service\` ${RENDERED}`, help: "remove it: the value is `service:` of the document" }],
  ["project", { message: `\`project\` ${RENDERED}`, help: "remove it: the value is `name:` of the project" }],
  ["farm", { message: `\`farm\` ${RENDERED}`, help: "remove it: the value is `farm:` of the project" }],
  [
    "instance",
    {
      severity: "info",
      message: "`instance` takes the place of the address by which Prometheus tells targets apart",
      help: "remove it: Prometheus sets `instance` to `host:port` where no label does",
    },
  ],
  ["le", histogramLabel("le", "histogram buckets")],
  ["quantile", histogramLabel("quantile", "summaries")],
]);

/** Labels `job`, `service`, `project`, `farm`; as information `instance`, `le`, `quantile`. */
export const shadowsBuiltin: Rule = {
  id: "label/shadows-builtin",
  check(context) {
    visitNames(context.inventory, judge, (clash, { name, set }) => {
      context.report({ where: labelPlace(set, name, "key"), ...clash });
    });
  },
};

function judge({ kind, name }: LabelUse): Clash | undefined {
  return kind === "labels" ? BUILTIN.get(name) : undefined;
}

/** With `honor_labels: false`, the default, Prometheus renames the scraped label to `exported_…`. */
function histogramLabel(name: string, what: string): Clash {
  return {
    severity: "info",
    message: `\`${name}\` is the label of ${what}: set on a target, it renames theirs to \`exported_${name}\``,
    help: "choose another name",
  };
}
