/**
 * topology/similar-id: names that differ in nothing but case, spaces, dashes, underscores and dots. They are taken for one
 * another by people, and by file systems that do not tell `API` from `api`.
 */
import { below } from "../model/inventory.ts";
import type { Origin } from "../model/inventory.ts";
import type { CheckContext, Rule } from "./rule.ts";

interface Named {
  readonly name: string;
  readonly origin: Origin;
}

export const similarId: Rule = {
  id: "topology/similar-id",
  check(context) {
    const { inventory } = context;
    const services = inventory.services.flatMap(({ name, parts }) =>
      parts.slice(0, 1).map(({ origin }) => ({ name, origin })),
    );
    compare("shard", inventory.shards, "shard", context);
    compare("farm", inventory.farms, "farm", context);
    compare("service", services, "service", context);
    compare("project", inventory.projects, "name", context);
  },
};

function compare(kind: string, things: readonly Named[], key: string, context: CheckContext): void {
  const names = new Set<string>();
  const known = new Map<string, Named>();
  for (const thing of things) {
    // The same name twice is topology/duplicate-id.
    const normal = thing.name.normalize("NFC");
    if (names.has(normal)) continue;
    names.add(normal);
    const folded = fold(thing.name);
    const first = known.get(folded);
    if (first === undefined) {
      known.set(folded, thing);
      continue;
    }
    context.report({
      where: below(thing.origin, key),
      message: `${kind} "${thing.name}" has nearly the same name as ${kind} "${first.name}"`,
      related: [{ where: below(first.origin, key), note: `the ${kind} "${first.name}"` }],
      help: `write both alike if they are meant to be the same, else give one of them another name`,
    });
  }
}

/** What is left of a name without its case and separators. Between digits a separator counts: `web-1-1` is not `web-11`. */
function fold(name: string): string {
  return name
    .normalize("NFC")
    .toLowerCase()
    .replace(/(\d)[ ._-]+(?=\d)/g, "$1:")
    .replace(/[ ._-]+/g, "");
}
