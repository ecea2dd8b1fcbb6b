/**
 * Digests by which somebody accepts what the gate holds back. They cover the operations that are held and nothing else: they
 * stay the same when something else is merged, and are others when one more target is concerned. Where less is held back by
 * then, those of what was held still count: see cover.ts.
 */
import { groupBy } from "../model/group-by.ts";
import { sortTexts } from "../render/byte-order.ts";
import { wasOf } from "./plan.ts";
import type { Operation } from "./plan.ts";
import type { PlanTarget } from "./side.ts";

/** Of the UTF-8 bytes of texts, one behind the other, in lower-case hex. */
export type Sha256 = (texts: Iterable<string>) => string;

export interface Digests {
  /** For each list: of all lists that hang together with it, since they share operations. */
  readonly ofLists: readonly string[];
  /** Of all lists. */
  readonly ofAll: string;
}

/**
 * The digests of lists of operations, `sha256:` and the hex digits. What two changes hold back keeps two digests as long as
 * they have nothing in common, so that what was accepted for each of them holds for both.
 */
export function digestsOf(lists: readonly (readonly Operation[])[], sha256: Sha256): Digests {
  const clusters = new Map<number, Set<Operation>>();
  const roots = findClusters(lists);
  for (const [index, list] of lists.entries()) {
    const root = roots[index] ?? index;
    const cluster = clusters.get(root);
    if (cluster === undefined) clusters.set(root, new Set(list));
    else for (const operation of list) cluster.add(operation);
  }
  const digests = new Map([...clusters].map(([root, cluster]) => [root, digestOf(cluster, sha256)]));
  const [only = ""] = digests.values();
  return {
    ofLists: roots.map((root) => digests.get(root) ?? ""),
    ofAll:
      digests.size === 1
        ? only
        : digestOf(
            [...clusters.values()].flatMap((cluster) => [...cluster]),
            sha256,
          ),
  };
}

/** The digest of operations, each of which is there once, in whichever order. */
export function digestOf(operations: Iterable<Operation>, sha256: Sha256): string {
  return `sha256:${sha256(sortedTexts(operations))}`;
}

/**
 * A line for each operation, sorted. Those that begin alike are written and sorted by themselves: all lines of a million
 * operations are a gigabyte.
 */
function* sortedTexts(operations: Iterable<Operation>): Generator<string> {
  const byBeginning = groupBy(operations, beginningOf);
  // None of them begins another one, so lines come in the order of their beginnings.
  for (const beginning of sortTexts([...byBeginning.keys()])) {
    const same = byBeginning.get(beginning) ?? [];
    yield* sortTexts(same.map((operation) => `${canonicalText(operation)}\n`));
  }
}

/** What the line of an operation begins with, up to the end of a name. */
function beginningOf(operation: Operation): string {
  const { kind, shard, service } = wasOf(operation) ?? operation.target;
  return `["${operation.op}",${JSON.stringify([kind, shard, service]).slice(0, -1)},`;
}

/** The digest of a repository that takes the place of another one. */
export function digestOfRepository(before: string, after: string | undefined, sha256: Sha256): string {
  return `sha256:${sha256([`${JSON.stringify(["repository", before, after ?? null])}\n`])}`;
}

/** The digest of the files of the whole inventory, where they go. */
export function digestOfWholeFiles(sha256: Sha256): string {
  return `sha256:${sha256([`${JSON.stringify(["artifacts", "all"])}\n`])}`;
}

/** What accepts all that several digests accept; of one it is that one. */
export function digestOfAll(digests: readonly (string | undefined)[], sha256: Sha256): string | undefined {
  const known = digests.filter((digest) => digest !== undefined);
  return known.length < 2 ? known[0] : `sha256:${sha256(sortTexts(known).map((digest) => `${digest}\n`))}`;
}

/** A number for each list, which is the same for lists that hang together. */
function findClusters(lists: readonly (readonly Operation[])[]): number[] {
  const parents = lists.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root] ?? root;
    return root;
  };
  const firstListOf = new Map<Operation, number>();
  for (const [index, list] of lists.entries()) {
    for (const operation of list) {
      const first = firstListOf.get(operation);
      if (first === undefined) firstListOf.set(operation, index);
      else parents[rootOf(index)] = rootOf(first);
    }
  }
  return lists.map((_, index) => rootOf(index));
}

/** What somebody wrote, as a digest is written here; `undefined` for what is none. */
export function readDigest(text: string): string | undefined {
  const hex = /^\s*(?:sha256:)?([0-9a-f]{64})\s*$/i.exec(text)?.[1];
  return hex === undefined ? undefined : `sha256:${hex.toLowerCase()}`;
}

/** A line for an operation. Of what goes it has no labels: it goes, whatever its labels were. */
function canonicalText(operation: Operation): string {
  const { op, target } = operation;
  switch (op) {
    case "add":
    case "remove":
      return `["${op}",${placeOf(target)}]`;
    case "move":
      return `["${op}",${placeOf(operation.was)},${placeOf(target)}]`;
    case "change":
    case "relabel": {
      const { was } = operation;
      return `["${op}",${placeOf(was)},${pairsOf(was.labels)},${placeOf(target)},${pairsOf(target.labels)}]`;
    }
  }
}

function placeOf({ kind, shard, service, project, job, scheme, address, path, params }: PlanTarget): string {
  const texts = JSON.stringify([kind, shard, service, project, job, scheme, address, path]);
  return `${texts.slice(0, -1)},${pairsOf(params)}]`;
}

/** Labels and parameters are one object for all targets of a group. */
const pairsCache = new WeakMap<object, string>();

function pairsOf(texts: Readonly<Record<string, string>>): string {
  let pairs = pairsCache.get(texts);
  if (pairs === undefined) {
    pairs = JSON.stringify(sortTexts(Object.keys(texts)).map((name) => [name, texts[name]]));
    pairsCache.set(texts, pairs);
  }
  return pairs;
}
