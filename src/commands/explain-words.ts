/**
 * Phrases and rows that several pages of `explain` share.
 */
import type { HostList } from "../model/host-list.ts";
import type { Labels, Origin, Shard } from "../model/inventory.ts";
import { below } from "../model/inventory.ts";
import { withoutUserinfo } from "../model/show-text.ts";
import { placeCell, quiet } from "./explain-paper.ts";
import type { Paper, Row } from "./explain-paper.ts";

/** "1 host", "1,234 hosts". */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

/** "shard tokyo-a", "shards tokyo-a, osaka-a". */
export function shardList(shards: readonly Shard[]): string {
  return `${shards.length === 1 ? "shard" : "shards"} ${shards.map(({ name }) => name).join(", ")}`;
}

/** How many hosts a list has, the first and the last of them, and which labels some have of their own. */
export function hostListRows(list: HostList, whose: string): Row[] {
  const { names } = list;
  const rows: Row[] = [["hosts", names.length.toLocaleString("en-US"), whose, placeCell(list.origin)]];
  const [first] = names;
  const last = names.at(-1);
  if (first !== undefined && last !== undefined) {
    rows.push([
      "",
      quiet(names.length === 1 ? withoutUserinfo(first) : `${withoutUserinfo(first)} … ${withoutUserinfo(last)}`),
    ]);
  }
  const labels = new Set<string>();
  for (const own of list.labels.values()) for (const name of Object.keys(own)) labels.add(name);
  if (labels.size > 0) rows.push(["", quiet(`some have labels of their own: ${[...labels].sort().join(", ")}`)]);
  return rows;
}

/** Labels of a shard, farm or service document. */
export function documentLabelRows(paper: Paper, labels: Labels | undefined, owner: Origin): Row[] {
  return Object.entries(labels ?? {}).map(([name, value]): Row => {
    const where = below(owner, "labels", name);
    return ["label", `${name}: ${paper.guarded(value ?? "(no value)", where)}`, "", placeCell(where)];
  });
}
