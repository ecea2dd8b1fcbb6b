import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readGroups } from "./dataset.ts";
import type { Group } from "./dataset.ts";

/**
 * Compares what two programs rendered, the whole and each shard: as bytes, and where these differ as sets of groups.
 * Returns "bytes" or "groups", whichever is equal everywhere; throws where a group differs.
 */
export function compareRendered(ours: string, theirs: string): "bytes" | "groups" {
  const shards = (root: string): string[] => readdirSync(join(root, "shards")).sort();
  if (shards(ours).join() !== shards(theirs).join()) throw new Error(`${ours} and ${theirs} have different shards`);
  let equal: "bytes" | "groups" = "bytes";
  for (const folder of ["", ...shards(ours).map((shard) => join("shards", shard))]) {
    for (const name of ["targets.json", "urls.json"]) {
      const [mine, other] = [join(ours, folder, name), join(theirs, folder, name)];
      if (!existsSync(mine)) throw new Error(`${mine} is missing`);
      if (readFileSync(mine).equals(readFileSync(other))) continue;
      compareGroups(mine, other);
      equal = "groups";
    }
  }
  return equal;
}

function compareGroups(ours: string, theirs: string): void {
  const [mine, other] = [index(readGroups(ours)), index(readGroups(theirs))];
  for (const labels of new Set([...mine.keys(), ...other.keys()])) {
    if (mine.get(labels) === other.get(labels)) continue;
    throw new Error(
      `the group ${labels} differs:\n  ${ours}: ${mine.get(labels) ?? "absent"}\n  ${theirs}: ${other.get(labels) ?? "absent"}`,
    );
  }
}

/** The targets of each set of labels, in one spelling. */
function index(groups: readonly Group[]): Map<string, string> {
  const byLabels = new Map<string, string[]>();
  for (const { labels = {}, targets } of groups) {
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = byLabels.get(key);
    if (known === undefined) byLabels.set(key, [...targets]);
    else known.push(...targets);
  }
  return new Map([...byLabels].map(([key, targets]) => [key, JSON.stringify(targets.sort())]));
}
