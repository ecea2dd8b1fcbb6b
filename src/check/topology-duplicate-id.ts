/**
 * topology/duplicate-id: a name that is defined twice, or a service that is described twice and not alike.
 */
import type { Where } from "../diagnostic.ts";
import { below } from "../model/inventory.ts";
import type { Inventory, Origin, Service, ServicePart } from "../model/inventory.ts";
import type { CheckContext, Rule } from "./rule.ts";

export const duplicateId: Rule = {
  id: "topology/duplicate-id",
  check(context) {
    const { inventory } = context;
    checkNames("shard", inventory.shards, "shard", context);
    checkNames("farm", inventory.farms, "farm", context);
    checkNames("project", inventory.projects, "name", context);
    const services = inventory.services.flatMap(({ name, parts }) =>
      parts.slice(0, 1).map(({ origin }) => ({ name, origin })),
    );
    checkNames("service", services, "service", context);
    checkServices(inventory, context);
  },
};

interface Named {
  readonly name: string;
  readonly origin: Origin;
}

function checkNames(kind: string, things: readonly Named[], key: string, context: CheckContext): void {
  const known = new Map<string, Named>();
  for (const thing of things) {
    // Directories are named by the normal form: both would be one directory.
    const normal = thing.name.normalize("NFC");
    const first = known.get(normal);
    if (first === undefined) {
      known.set(normal, thing);
      continue;
    }
    const inOtherLetters = first.name === thing.name ? "" : " in letters of other code points";
    context.report({
      where: below(thing.origin, key),
      message: `${kind} "${thing.name}" is defined already${inOtherLetters}, in ${first.origin.file}`,
      related: [{ where: below(first.origin, key), note: "first defined here" }],
      help:
        kind === "project"
          ? "rename one of them: a project's name is unique in the whole inventory"
          : "rename or remove one of them",
    });
  }
}

/** What a service has once, with the form in which two of it are compared. */
const ONCE: Readonly<Record<"description" | "owner" | "shard" | "labels", (part: ServicePart) => string | undefined>> =
  {
    description: (part) => part.description,
    owner: (part) => part.owner,
    shard: (part) => part.shards && JSON.stringify([...new Set(part.shards)].toSorted()),
    labels: (part) =>
      part.labels && JSON.stringify(Object.entries(part.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };

function checkServices({ services }: Inventory, context: CheckContext): void {
  for (const service of services) {
    if (service.parts.length < 2) continue;
    for (const key of Object.keys(ONCE) as (keyof typeof ONCE)[]) checkOnce(service, key, context);
  }
}

function checkOnce({ name, parts }: Service, key: keyof typeof ONCE, context: CheckContext): void {
  const first = parts.find((part) => ONCE[key](part) !== undefined);
  if (first === undefined) return;
  for (const part of parts) {
    const value = ONCE[key](part);
    if (value === undefined || value === ONCE[key](first)) continue;
    context.report({
      where: placeOf(part, key),
      message: `service "${name}" has another \`${key}\` already, in ${first.origin.file}`,
      related: [{ where: placeOf(first, key), note: "first given here" }],
      help: `give \`${key}\` of a service in one of its documents only`,
    });
  }
}

/** A map or a list is pointed to by its key. */
function placeOf({ origin, shardIsList }: ServicePart, key: string): Where {
  const place = below(origin, key);
  return key === "labels" || (key === "shard" && shardIsList) ? { ...place, part: "key" } : place;
}
