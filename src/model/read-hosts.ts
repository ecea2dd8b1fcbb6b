/**
 * `hosts:` of a farm document or a project → its names, ranges expanded.
 */
import { HostList } from "./host-list.ts";
import type { RangeProblem } from "./host-list.ts";
import { expandRange, isRange } from "./host-range.ts";
import { below } from "./inventory.ts";
import type { Labels, Origin } from "./inventory.ts";
import { isMap, labels } from "./values.ts";

const NO_HOST_LABELS: ReadonlyMap<number, Labels> = new Map();

/** @param owner the place of the farm document or of the project */
export function readHosts(value: readonly unknown[], owner: Origin): HostList {
  const names: string[] = [];
  let items: number[] | undefined;
  let hostLabels: Map<number, Labels> | undefined;
  const problems: RangeProblem[] = [];
  for (const [item, entry] of value.entries()) {
    let host = entry;
    if (isMap(entry)) {
      host = entry["host"];
      (hostLabels ??= new Map()).set(item, labels(entry["labels"]));
    }
    const expanded = typeof host === "string" ? expandHost(host, item, problems) : [];
    if (expanded === undefined) names.push(host as string);
    else {
      items ??= Array.from(names, (_, index) => index);
      for (const name of expanded) names.push(name);
    }
    if (items === undefined) continue;
    while (items.length < names.length) items.push(item);
  }
  return new HostList(below(owner, "hosts"), names, items, hostLabels ?? NO_HOST_LABELS, problems);
}

/** The hosts of a range, none for a bad one; `undefined` for a host that is no range. */
function expandHost(host: string, item: number, problems: RangeProblem[]): readonly string[] | undefined {
  if (!isRange(host)) return undefined;
  const expansion = expandRange(host);
  if ("names" in expansion) return expansion.names;
  problems.push({ item, text: host, reason: expansion.reason });
  return [];
}
