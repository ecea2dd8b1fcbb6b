/**
 * One pass over all hosts. Nearly every host is a plain lower-case name or a private IPv4 address about which no rule has
 * anything to say; the rules about addresses look only at the rest.
 */
import type { HostList, Inventory, Origin } from "../model/inventory.ts";
import { hostOrigin } from "../model/inventory.ts";

export interface OddHost {
  /** As written, after expansion of ranges. */
  readonly name: string;
  readonly origin: Origin;
}

export interface HostFacts {
  /** Every host list once: those of farm documents, then those of projects. */
  readonly lists: readonly HostList[];
  /** Hosts that are not plainly fine. Of a range, only the first odd name of an item. */
  readonly odd: readonly OddHost[];
}

/** Lower-case labels of at most 63, no leading or trailing dash; the last label starts with a letter, so that it is no address. */
const PLAIN_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** 10/8, the private part of 172.16/12 and 192.168/16, in canonical form. */
const PRIVATE_IPV4 = /^(?:10\.(?:0|[1-9]\d{0,2})|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])\.(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;

/** Collects the facts. */
export function collectHostFacts(inventory: Inventory): HostFacts {
  const lists: HostList[] = inventory.farms.map((farm) => farm.hosts);
  for (const project of inventory.projects) if (project.ownHosts !== undefined) lists.push(project.ownHosts);
  const odd: OddHost[] = [];
  for (const list of lists) {
    let lastItem = -1;
    for (let index = 0; index < list.names.length; index++) {
      const name = list.names[index] ?? "";
      if (isPlainlyFine(name)) continue;
      const item = list.items?.[index] ?? index;
      if (item === lastItem) continue;
      lastItem = item;
      odd.push({ name, origin: hostOrigin(list, index) });
    }
  }
  return { lists, odd };
}

function isPlainlyFine(name: string): boolean {
  if (name.length > 200) return false;
  const first = name.charCodeAt(0);
  if (first >= 48 && first <= 57 && PRIVATE_IPV4.test(name)) return !name.startsWith("10.") || Number(name.slice(3, name.indexOf(".", 3))) < 256;
  return PLAIN_NAME.test(name) && !name.endsWith("localhost") && !name.endsWith(".local");
}
