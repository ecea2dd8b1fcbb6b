/**
 * Digests by which somebody accepts what the gate holds back. They cover the operations that are held and nothing else: they
 * stay the same when something else is merged, and are others when one more target is concerned.
 */
import { sortTexts } from "../render/byte-order.ts";
import type { Operation } from "./plan.ts";
import type { PlanTarget } from "./side.ts";

/** Of the UTF-8 bytes of a text, in lower-case hex. */
export type Sha256 = (text: string) => string;

/** `sha256:` and the hex digits; the order of the operations makes no difference, nor whether one is there twice. */
export function digestOf(operations: Iterable<Operation>, sha256: Sha256): string {
  const lines = sortTexts([...new Set(operations)].map(canonicalText));
  return `sha256:${sha256(lines.map((line) => `${line}\n`).join(""))}`;
}

/**
 * A digest for each list of operations, of all lists that hang together, since they share operations. What two changes have
 * nothing in common keeps two digests, so that what was accepted for each holds for both.
 */
export function digestsOf(lists: readonly (readonly Operation[])[], sha256: Sha256): string[] {
  const clusters = lists.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (clusters[root] !== root) root = clusters[root] ?? root;
    return root;
  };
  const firstListOf = new Map<Operation, number>();
  for (const [index, list] of lists.entries()) {
    for (const operation of list) {
      const first = firstListOf.get(operation);
      if (first === undefined) firstListOf.set(operation, index);
      else clusters[rootOf(index)] = rootOf(first);
    }
  }
  const digests = new Map<number, string>();
  return lists.map((_, index) => {
    const root = rootOf(index);
    let digest = digests.get(root);
    if (digest === undefined) {
      digest = digestOf(
        lists.flatMap((list, other) => (rootOf(other) === root ? list : [])),
        sha256,
      );
      digests.set(root, digest);
    }
    return digest;
  });
}

/** What somebody wrote, as a digest is written here; `undefined` for what is none. */
export function readDigest(text: string): string | undefined {
  const hex = /^\s*(?:sha256:)?([0-9a-f]{64})\s*$/i.exec(text)?.[1];
  return hex === undefined ? undefined : `sha256:${hex.toLowerCase()}`;
}

/**
 * A line for an operation. Of what goes it has no labels: it goes, whatever its labels were.
 */
function canonicalText(operation: Operation): string {
  const { op, target } = operation;
  switch (op) {
    case "add":
    case "remove":
      return JSON.stringify([op, placeOf(target)]);
    case "move":
      return JSON.stringify([op, placeOf(operation.was), placeOf(target)]);
    case "change":
    case "relabel":
      return JSON.stringify([op, ...[operation.was, target].flatMap((side) => [placeOf(side), pairsOf(side.labels)])]);
  }
}

function placeOf({ kind, shard, service, project, job, scheme, address, path, params }: PlanTarget): unknown {
  return [kind, shard, service, project, job, scheme, address, path, pairsOf(params)];
}

function pairsOf(texts: Readonly<Record<string, string>>): unknown {
  return sortTexts(Object.keys(texts)).map((name) => [name, texts[name]]);
}
