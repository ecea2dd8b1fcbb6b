/**
 * label/near-miss-name: a label that is written a few times, and nearly the same name hundreds of times.
 */
import type { Related } from "../diagnostic.ts";
import { editDistance } from "../model/nearest.ts";
import { showText } from "../model/show-text.ts";
import { labelPlace } from "./label-sets.ts";
import { labelUses, visitNames } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { CheckContext, Rule } from "./rule.ts";

/** How many times as often the other name is written. */
const TIMES = 100;
const LEAST_LETTERS = 5;

/** Names of labels, counted by the places where they are written; at each place of the rare one. */
export const nearMissName: Rule = {
  id: "label/near-miss-name",
  check(context) {
    const meant = findMeant(
      labelUses(context.inventory).filter(({ kind, name }) => kind === "labels" && hasEnoughLetters(name)),
    );
    if (meant.size === 0) return;
    const firsts = firstPlaces(context, new Set(meant.values()));
    visitNames(
      context.inventory,
      (use) => (meant.has(use) ? use : undefined),
      (use, { name, set }) => {
        const other = meant.get(use) ?? use;
        const shown = showText(other.name);
        context.report({
          where: labelPlace(set, name, "key"),
          message: `the label ${showText(name)} is written ${times(use.count)}, ${shown} ${times(other.count)}`,
          help: `write ${shown}, if that is meant`,
          related: firsts.get(other) ?? [],
        });
      },
    );
  },
};

function firstPlaces(context: CheckContext, common: ReadonlySet<LabelUse>): Map<LabelUse, Related[]> {
  const firsts = new Map<LabelUse, Related[]>();
  visitNames(
    context.inventory,
    (use) => (common.has(use) ? use : undefined),
    (use, { name, set }) => {
      if (!firsts.has(use))
        firsts.set(use, [{ where: labelPlace(set, name, "key"), note: `${showText(name)} is first written here` }]);
    },
  );
  return firsts;
}

/** Rare name → the common one nearby; of several, the most common. */
function findMeant(uses: readonly LabelUse[]): Map<LabelUse, LabelUse> {
  const meant = new Map<LabelUse, LabelUse>();
  const common = uses.filter(({ count }) => count >= TIMES).toSorted((a, b) => b.count - a.count);
  if (common.length === 0) return meant;
  for (const rare of uses) {
    const other = common.find(
      (candidate) => candidate.count >= rare.count * TIMES && isNearMiss(rare.name, candidate.name),
    );
    if (other !== undefined) meant.set(rare, other);
  }
  return meant;
}

function isNearMiss(a: string, b: string): boolean {
  return editDistance(a, b, 1) === 1 && `${a}s` !== b && `${b}s` !== a;
}

function hasEnoughLetters(name: string): boolean {
  return name.length >= LEAST_LETTERS && name.replaceAll(/[^a-zA-Z]/g, "").length >= LEAST_LETTERS;
}

function times(count = 0): string {
  return count === 1 ? "once" : `${count} times`;
}
