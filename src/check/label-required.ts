/**
 * label/required: labels that every target must have.
 */
import type { Inventory, Project } from "../model/inventory.ts";
import { serviceLabels, shardNames } from "../model/inventory.ts";
import { showText } from "../model/show-text.ts";
import { hasLabel, LabelCover, mayHideLabels } from "./label-cover.ts";
import { optionText, settingsPlace } from "./label-options.ts";
import type { CheckContext, Rule } from "./rule.ts";

const ID = "label/required";
/** Every target has these: they are rendered. */
const ALWAYS: ReadonlySet<string> = new Set(["job", "service", "project", "farm"]);

/** Options: `labels`, a list of names. One finding a project. */
export const required: Rule = {
  id: ID,
  check(context) {
    const names = readNames(context).filter((name) => !hasLabel(context.inventory.config.labels, name));
    // What a file that cannot be read gives to a service or shard is unknown.
    if (names.length === 0 || !context.inventory.isComplete) return;
    const cover = new LabelCover(context.inventory);
    for (const project of context.inventory.projects) checkProject(context, cover, project, names);
  },
};

function checkProject(context: CheckContext, cover: LabelCover, project: Project, names: readonly string[]): void {
  const { inventory } = context;
  const service = serviceLabels(project.service);
  const open = names.filter(
    (name) => !hasLabel(project.labels, name) && !hasLabel(service, name) && !isInAllShards(inventory, project, name),
  );
  if (open.length === 0 || mayHideLabels(inventory, project)) return;
  const targets = cover.of(project);
  const missing = open.filter((name) => targets.some((one) => one.coverOf(name) !== "all"));
  if (missing.length === 0) return;
  const partly = missing.every((name) => targets.some((one) => one.coverOf(name) !== "none"));
  const list = missing.map((name) => showText(name)).join(", ");
  context.report({
    where: { file: project.origin.file, path: [...project.origin.path, "name"] },
    message: `${partly ? "some" : "the"} targets of the project ${showText(project.name)} lack the label${missing.length === 1 ? "" : "s"} ${list}`,
    help: `add ${missing.length === 1 ? "it" : "them"} below \`labels:\` of the project, or of its service, farm or shard`,
  });
}

function isInAllShards(inventory: Inventory, project: Project, name: string): boolean {
  return shardNames(project).every((shard) => hasLabel(inventory.shardByName.get(shard)?.labels ?? {}, name));
}

function readNames(context: CheckContext): string[] {
  const { labels } = context.options;
  const names = Array.isArray(labels) ? labels.map(optionText).filter((name) => name !== undefined) : [];
  if (names.length === 0) {
    const { config } = context.inventory;
    context.report({
      where: labels === undefined ? settingsPlace(config, ID) : settingsPlace(config, ID, "labels"),
      message: `${ID} is on, but names no label`,
      help: "write `labels: [env, team]` beside the severity below `lint`",
    });
  }
  return names.filter((name) => !ALWAYS.has(name));
}
