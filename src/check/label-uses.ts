/**
 * The distinct names and values of labels and parameters. There are few of them however large the inventory is: rules judge
 * these, and look for places only where there is something to report.
 */
import type { Inventory } from "../model/inventory.ts";
import type { LabelKind, LabelSet } from "./label-sets.ts";
import { forEachLabel } from "./label-sets.ts";

/** A name, and what the whole inventory gives it. */
export interface LabelUse {
  readonly kind: LabelKind;
  readonly name: string;
  /** Number of places where it is written. */
  readonly count: number;
  /** Value → number of places. */
  readonly values: ReadonlyMap<string | null, number>;
}

/** A label or parameter at one of its places. */
export interface FoundLabel {
  readonly name: string;
  readonly value: string | null;
  readonly set: LabelSet;
}

/** Ten rules ask the same of one inventory. */
const USES = new WeakMap<Inventory, readonly LabelUse[]>();

/** All names, in the order in which they are first written. */
export function labelUses(inventory: Inventory): readonly LabelUse[] {
  let uses = USES.get(inventory);
  if (uses === undefined) USES.set(inventory, (uses = collectUses(inventory)));
  return uses;
}

/** Visits the places of the names about which `judge` has something to say. */
export function visitNames<Verdict>(
  inventory: Inventory,
  judge: (use: LabelUse) => Verdict | undefined,
  visit: (verdict: Verdict, label: FoundLabel) => void,
): void {
  const verdicts = noVerdicts<Verdict>();
  let isEmpty = true;
  for (const use of labelUses(inventory)) {
    const verdict = judge(use);
    if (verdict === undefined) continue;
    verdicts[use.kind].set(use.name, verdict);
    isEmpty = false;
  }
  if (isEmpty) return;
  forEachLabel(inventory, (name, value, set) => {
    const verdict = verdicts[set.kind].get(name);
    if (verdict !== undefined) visit(verdict, { name, value, set });
  });
}

/** The same for names and values together. */
export function visitValues<Verdict>(
  inventory: Inventory,
  judge: (use: LabelUse, value: string | null) => Verdict | undefined,
  visit: (verdict: Verdict, label: FoundLabel) => void,
): void {
  const judgeName = (use: LabelUse): Map<string | null, Verdict> | undefined => {
    let verdicts: Map<string | null, Verdict> | undefined;
    for (const value of use.values.keys()) {
      const verdict = judge(use, value);
      if (verdict !== undefined) (verdicts ??= new Map()).set(value, verdict);
    }
    return verdicts;
  };
  visitNames(inventory, judgeName, (verdicts, label) => {
    const verdict = verdicts.get(label.value);
    if (verdict !== undefined) visit(verdict, label);
  });
}

interface OpenUse extends LabelUse {
  count: number;
  readonly values: Map<string | null, number>;
}

function collectUses(inventory: Inventory): LabelUse[] {
  const byKind = noVerdicts<OpenUse>();
  const uses: OpenUse[] = [];
  forEachLabel(inventory, (name, value, { kind }) => {
    let use = byKind[kind].get(name);
    if (use === undefined) {
      use = { kind, name, count: 0, values: new Map() };
      byKind[kind].set(name, use);
      uses.push(use);
    }
    use.count++;
    use.values.set(value, (use.values.get(value) ?? 0) + 1);
  });
  return uses;
}

function noVerdicts<T>(): Record<LabelKind, Map<string, T>> {
  return { labels: new Map(), params: new Map(), query: new Map() };
}
