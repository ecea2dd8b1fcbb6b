/**
 * schema/missing-key, for what only the whole inventory can tell: a port that no preset gives, a shard that neither the
 * project nor any document of its service names.
 */
import type { Related } from "../diagnostic.ts";
import { below } from "../model/inventory.ts";
import type { Exporter, Inventory, Origin, Project, Service } from "../model/inventory.ts";
import { mayHidePreset, presetOrigin } from "./label-sets.ts";
import type { CheckContext, Finding, Rule } from "./rule.ts";

export const missingKey: Rule = {
  id: "schema/missing-key",
  check(context) {
    const { inventory } = context;
    const ofPresets: OfPresets = new Map();
    for (const project of inventory.projects) {
      for (let index = 0; index < project.exporters.length; index++) {
        const exporter = project.exporters[index];
        if (exporter !== undefined && exporter.port === undefined)
          checkPort(inventory, project, index, exporter, context, ofPresets);
      }
    }
    for (const [preset, findings] of ofPresets) reportPreset(preset, findings, context);
    for (const service of inventory.services) checkShard(inventory, service, context);
  },
};

/** More places than that tell nothing new. */
const MOST_SHOWN = 5;

/** What is said of exporters whose preset has no port either: of many, one preset is the mistake. */
type OfPresets = Map<string, Finding[]>;

function reportPreset(preset: string, findings: readonly Finding[], { inventory, report }: CheckContext): void {
  const [first, ...others] = findings;
  if (first === undefined) return;
  if (others.length === 0) return report(first);
  const { file } = inventory.config;
  report({
    where: { file, path: [0, "exporters", preset], part: "key" },
    message: `the preset "${preset}" has no \`port\`, and ${findings.length} exporters that take it have none of their own`,
    related: findings.slice(0, MOST_SHOWN).map(({ where }) => ({ where, note: "has none" })),
    help: "add `port:` to the preset, or to each of them",
  });
}

function checkPort(
  inventory: Inventory,
  project: Project,
  index: number,
  exporter: Exporter,
  context: CheckContext,
  ofPresets: OfPresets,
): void {
  const { faults, config } = inventory;
  const { job, preset, isMap } = exporter;
  // The name of a preset that is not there is topology/unknown-ref.
  if (!isMap && preset === undefined) return;
  const place = below(project.origin, "exporters", index);
  // What is missing may only be misspelt: here, or at the preset, which the job names.
  if (faults.mayHide(place, "port") || faults.mayHide(place, "job")) return;
  if (preset === undefined ? mayHidePreset(inventory, job) : faults.mayHide(presetOrigin(config, preset), "port"))
    return;
  const related: Related[] =
    preset === undefined
      ? []
      : [{ where: { file: config.file, path: [0, "exporters", job], part: "key" }, note: "nor has its preset" }];
  const finding: Finding = {
    where: isMap ? below(place, "job") : place,
    message: `exporter "${job}" of project "${project.name}" has no \`port\``,
    related,
    help:
      preset === undefined
        ? "add `port:`, the port that it has on every host of the project"
        : `add \`port:\` to the preset in ${config.file}, or here`,
  };
  if (preset === undefined) return context.report(finding);
  const findings = ofPresets.get(job) ?? [];
  ofPresets.set(job, findings);
  findings.push(finding);
}

function checkShard(inventory: Inventory, service: Service, context: CheckContext): void {
  // A document of the service that cannot be read may name one.
  if (!inventory.isComplete || service.parts.some(({ shards }) => shards !== undefined)) return;
  const mayHave = ({ origin }: { readonly origin: Origin }): boolean => inventory.faults.mayHide(origin, "shard");
  if (service.parts.some(mayHave)) return;
  const files = [...new Set(service.parts.map(({ origin }) => origin.file))];
  for (const project of service.projects) {
    if (project.ownShards !== undefined || mayHave(project)) continue;
    context.report({
      where: below(project.origin, "name"),
      message: `project "${project.name}" has no \`shard\`, and its service "${service.name}" names none, in ${inWords(files)}`,
      related: service.parts.map(({ origin }) => ({
        where: below(origin, "service"),
        note: `the service "${service.name}"`,
      })),
      help: "add `shard:` to the project, or to the service as the default of all its projects",
    });
  }
}

function inWords(files: readonly string[]): string {
  return files.length === 1 ? `${files[0]}` : `${files.slice(0, -1).join(", ")} or ${files.at(-1)}`;
}
