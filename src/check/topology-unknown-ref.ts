/**
 * topology/unknown-ref: the name of a shard, a farm or a preset that nothing defines.
 */
import { portReason, splitHostPort } from "../model/host-port.ts";
import { below, farmDocument, shardNameOrigin } from "../model/inventory.ts";
import type { Inventory, Items, Origin } from "../model/inventory.ts";
import { writeName } from "../model/name.ts";
import { didYouMean, inOtherCodePoints } from "../model/nearest.ts";
import { COMMENT, beforeRemark } from "../model/remark.ts";
import { FILL_IN, templateIn } from "../model/template.ts";
import { mayHidePreset } from "./label-sets.ts";
import type { CheckContext, Rule } from "./rule.ts";

/** For more unknown names than that, the nearest known one is not looked for: with thousands of each it would take seconds. */
const MOST_GUESSES = 50;

export const unknownRef: Rule = {
  id: "topology/unknown-ref",
  check(context) {
    const { inventory } = context;
    if (inventory.isComplete) {
      checkShards(inventory, context);
      checkFarms(inventory, context);
    }
    checkPresets(inventory, context);
  },
};

function checkShards(inventory: Inventory, context: CheckContext): void {
  const { shardByName, config } = inventory;
  const guess = guesser([...shardByName.keys()]);
  const check = (names: readonly string[] | undefined, items: Items, isList: boolean, origin: Origin): void => {
    if (names === undefined) return;
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? "";
      if (shardByName.has(name)) continue;
      context.report({
        where: shardNameOrigin(origin, isList, items, index),
        message: `there is no shard "${name}"`,
        help:
          meantOtherwise(name, shardByName, (several) =>
            isList ? `put a comma between them: \`${several}\`` : `write a list: \`shard: [${several}]\``,
          ) ??
          guess(name).say(`a shard is defined by a document \`shard: ${writeName(name)}\` in ${config.inventory}/`),
      });
    }
  };
  for (const service of inventory.services) {
    for (const part of service.parts) check(part.shards, part.shardItems, part.shardIsList, part.origin);
  }
  for (const { ownShards, ownShardItems, shardIsList, origin } of inventory.projects)
    check(ownShards, ownShardItems, shardIsList, origin);
}

function checkFarms(inventory: Inventory, context: CheckContext): void {
  const guess = guesser([...inventory.farmByName.keys()]);
  for (const project of inventory.projects) {
    if (project.farm === undefined || project.ownHosts !== undefined) continue;
    if (farmDocument(inventory, project) !== undefined) continue;
    const { isNear, say } = guess(project.farm);
    const meant = meantOtherwise(
      project.farm,
      inventory.farmByName,
      () => "name one: write a project for each of them, or a farm with the hosts of all",
    );
    // A mistake may be in `hosts:`, beside which `farm:` is only the value of a label.
    if (!isNear && meant === undefined && inventory.faults.mayHide(project.origin, "hosts")) continue;
    context.report({
      where: below(project.origin, "farm"),
      message: `there is no farm "${project.farm}"`,
      help:
        meant ??
        say(
          `a farm is defined by a document \`farm: ${writeName(project.farm)}\` in ${inventory.config.inventory}/, or give the project \`hosts:\` of its own`,
        ),
    });
  }
}

/** Only promgen.yml defines presets, so that other files that cannot be read do not matter. */
function checkPresets(inventory: Inventory, context: CheckContext): void {
  const { presets, file } = inventory.config;
  const guess = guesser([...presets.keys()]);
  const advise = (text: string): string => {
    const { host: job, port } = splitHostPort(text);
    if (port !== undefined && portReason(port) === undefined)
      return `write \`{ job: ${writeName(job)}, port: ${port} }\``;
    return guess(text).say(
      `presets are defined in ${file} below \`exporters:\`, and without one write \`{ job: ${writeName(text)}, port: … }\``,
    );
  };
  for (const project of inventory.projects) {
    for (let index = 0; index < project.exporters.length; index++) {
      const exporter = project.exporters[index];
      if (exporter === undefined || exporter.isMap || exporter.preset !== undefined) continue;
      if (mayHidePreset(inventory, exporter.job)) continue;
      context.report({
        where: below(project.origin, "exporters", index),
        message: `there is no preset "${exporter.job}" for an exporter`,
        help:
          meantOtherwise(exporter.job, presets, (several) => `write each as an item of its own: \`${several}\``) ??
          advise(exporter.job),
      });
    }
  }
}

/**
 * The help where a name is none that anybody would define: a template, a name with a remark, several names; `undefined` where
 * it may be one.
 *
 * @param advise gets the several names, with commas between them
 */
function meantOtherwise(
  name: string,
  known: ReadonlyMap<string, unknown>,
  advise: (several: string) => string,
): string | undefined {
  if (templateIn(name) !== undefined) return FILL_IN;
  const alone = beforeRemark(name);
  if (alone !== undefined && known.has(alone)) return `write \`${writeName(alone)} # …\`: ${COMMENT}`;
  // Names may hold spaces.
  for (const between of [/[,;|+&/]|\sand\s/, /[\s,;|+&/]+/]) {
    const names = name.split(between).map((one) => one.trim());
    if (names.length > 1 && names.every((one) => known.has(one))) return advise(names.map(writeName).join(", "));
  }
  return undefined;
}

interface Guess {
  readonly isNear: boolean;
  /** The whole help. @param otherwise where a name is defined */
  readonly say: (otherwise: string) => string;
}

/** didYouMean that remembers, and that gives up after many names. */
function guesser(known: readonly string[]): (name: string) => Guess {
  const guesses = new Map<string, Guess>();
  return (name) => {
    let guess = guesses.get(name);
    if (guess === undefined) {
      const mayLook = guesses.size < MOST_GUESSES;
      const same = mayLook ? inOtherCodePoints(name, known) : undefined;
      const text = mayLook ? didYouMean(name, known) : `${known.length} defined ones are others`;
      const isNear = same !== undefined || text.endsWith("?");
      const say = (otherwise: string): string => same ?? `${text}${isNear ? " Else:" : ";"} ${otherwise}`;
      guesses.set(name, (guess = { isNear, say }));
    }
    return guess;
  };
}
