/**
 * label/near-miss-name: a label that is written a few times, and nearly the same name hundreds of times.
 */
import type { Where } from "../diagnostic.ts";
import { editDistance } from "../model/nearest.ts";
import { forEachLabel, labelPlace } from "./label-sets.ts";
import type { Rule } from "./rule.ts";

/** How many times as often the other name is written. */
const TIMES = 100;
const LEAST_LETTERS = 5;

interface Use {
  readonly name: string;
  readonly first: Where;
  count: number;
}

/** Names of labels, counted by the places where they are written; at each place of the rare one. */
export const nearMissName: Rule = {
  id: "label/near-miss-name",
  check(context) {
    const uses = new Map<string, Use>();
    forEachLabel(context.inventory, (name, _, set) => {
      if (set.kind !== "labels") return;
      const use = uses.get(name);
      if (use === undefined) uses.set(name, { name, first: labelPlace(set, name, "key"), count: 1 });
      else use.count++;
    });
    const meant = findMeant([...uses.values()].filter(({ name }) => hasEnoughLetters(name)));
    if (meant.size === 0) return;
    forEachLabel(context.inventory, (name, _, set) => {
      const other = set.kind === "labels" ? meant.get(name) : undefined;
      if (other === undefined) return;
      context.report({
        where: labelPlace(set, name, "key"),
        message: `the label \`${name}\` is written ${times(uses.get(name)?.count)}, \`${other.name}\` ${times(other.count)}`,
        help: `write \`${other.name}\`, if that is meant`,
        related: [{ where: other.first, note: `\`${other.name}\` is first written here` }],
      });
    });
  },
};

/** Rare name → the common one nearby; of several, the most common. */
function findMeant(uses: readonly Use[]): Map<string, Use> {
  const meant = new Map<string, Use>();
  const common = uses.filter(({ count }) => count >= TIMES).toSorted((a, b) => b.count - a.count);
  if (common.length === 0) return meant;
  for (const rare of uses) {
    const other = common.find((candidate) => candidate.count >= rare.count * TIMES && isNearMiss(rare.name, candidate.name));
    if (other !== undefined) meant.set(rare.name, other);
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
