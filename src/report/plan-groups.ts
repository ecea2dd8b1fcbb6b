/**
 * Operations that say the same of several targets, as one: of a label that is renamed for ten thousand of them, a reader wants
 * to see the label once.
 */
import type { Where } from "../diagnostic.ts";
import type { Operation } from "../plan/plan.ts";
import type { PlanTarget } from "../plan/side.ts";
import type { LineOf, PlanSources } from "./plan-document.ts";

export type OperationName = Operation["op"];

/** What a reader has to see first comes first, wherever there is not room for everything. */
export const OPERATION_ORDER: readonly OperationName[] = ["remove", "move", "change", "relabel", "add"];

/** All that targets have in common but their address. */
type Setting = Omit<PlanTarget, "kind" | "address">;

export interface PlanGroup extends Setting {
  readonly op: OperationName;
  readonly kind: PlanTarget["kind"];
  /** What was different before. */
  readonly was?: Partial<Setting>;
  /** Sorted by address. */
  readonly targets: readonly PlanGroupTarget[];
}

export interface PlanGroupTarget {
  readonly address: string;
  /** Where it was another one. */
  readonly was?: string;
  /** Where it was written, in the base; unknown of what is only known as published. */
  readonly before?: Spot;
  readonly after?: Spot;
}

export interface Spot {
  /** Path below the inventory's root directory, with `/`. */
  readonly file: string;
  /** From 1; `undefined` where the file cannot be read. */
  readonly line?: number | undefined;
}

type Show = PlanSources["show"];

/**
 * Groups within one shard, project and job, in the order of these; then what goes before what comes.
 *
 * @param operations sorted by shard, project and job
 */
export function groupOperations(operations: readonly Operation[], sources: PlanSources): PlanGroup[] {
  const keyOf = createKeys();
  const groups: PlanGroup[] = [];
  for (const run of runsOf(operations)) {
    const byKey = new Map<string, [Operation, ...Operation[]]>();
    for (const operation of run) {
      const key = keyOf(operation);
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, [operation]);
      else same.push(operation);
    }
    const found = [...byKey.values()];
    for (const op of OPERATION_ORDER)
      for (const same of found) if (same[0].op === op) groups.push(describeGroup(same, sources));
  }
  return groups;
}

function* runsOf(operations: readonly Operation[]): Generator<readonly Operation[]> {
  let start = 0;
  for (const [index, { target }] of operations.entries()) {
    const next = operations[index + 1]?.target;
    if (next?.shard === target.shard && next.project === target.project && next.job === target.job) continue;
    yield operations.slice(start, index + 1);
    start = index + 1;
  }
}

/** Makes a function that says which operations of one shard, project and job go together. */
function createKeys(): (operation: Operation) => string {
  // Targets of one target group share their maps, and many groups have equal ones.
  const numberOf = new Map<object, number>();
  const numberOfText = new Map<string, number>();
  const number = (map: Readonly<Record<string, string>>): number => {
    let found = numberOf.get(map);
    if (found !== undefined) return found;
    const text = JSON.stringify(map);
    found = numberOfText.get(text) ?? numberOfText.size;
    numberOfText.set(text, found);
    numberOf.set(map, found);
    return found;
  };
  return (operation) => {
    const { kind, service, scheme, path, params, labels } = operation.target;
    const is = [operation.op, kind, service, scheme, path, number(params), number(labels)];
    const was = wasOf(operation);
    if (was === undefined) return JSON.stringify(is);
    const { shard, project, job } = was;
    const old = [shard, project, job, was.service, was.scheme, was.path, number(was.params), number(was.labels)];
    return JSON.stringify([...is, ...old]);
  };
}

function describeGroup(same: readonly [Operation, ...Operation[]], sources: PlanSources): PlanGroup {
  const [first] = same;
  const { kind, shard, service, project, job, scheme, path, params, labels } = first.target;
  const was = wasOf(first);
  return {
    op: first.op,
    kind,
    shard,
    service,
    project,
    job,
    scheme,
    path,
    params: showMap(params, sources.show),
    labels: showMap(labels, sources.show),
    ...(was === undefined ? {} : { was: describeDifferences(was, first.target, sources.show) }),
    targets: same.map((operation) => describeTarget(operation, sources)),
  };
}

function describeDifferences(was: PlanTarget, is: PlanTarget, show: Show): Partial<Setting> {
  const texts = (["shard", "service", "project", "job", "scheme", "path"] as const).filter(
    (name) => was[name] !== is[name],
  );
  const maps = (["params", "labels"] as const).filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
  return Object.fromEntries<string | Setting["labels"]>([
    ...texts.map((name) => [name, was[name]] as const),
    ...maps.map((name) => [name, showMap(was[name], show)] as const),
  ]);
}

function describeTarget(operation: Operation, { show, lineBefore, lineAfter }: PlanSources): PlanGroupTarget {
  const { address } = operation.target;
  const was = wasOf(operation)?.address;
  const before = "before" in operation ? operation.before : undefined;
  const after = "after" in operation ? operation.after : undefined;
  return {
    address: show("", address),
    ...(was === undefined || was === address ? {} : { was: show("", was) }),
    ...(before === undefined ? {} : { before: new LazySpot(before, lineBefore) }),
    ...(after === undefined ? {} : { after: new LazySpot(after, lineAfter) }),
  };
}

/** Knows its line only when it is asked for it. */
class LazySpot implements Spot {
  readonly #where: Where;
  readonly #lineOf: LineOf;

  constructor(where: Where, lineOf: LineOf) {
    this.#where = where;
    this.#lineOf = lineOf;
  }

  get file(): string {
    return this.#where.file;
  }

  get line(): number | undefined {
    return this.#lineOf(this.#where);
  }

  /** For JSON.stringify, which looks for properties of the object itself. */
  toJSON(): Spot {
    return { file: this.file, line: this.line };
  }
}

function showMap(map: Readonly<Record<string, string>>, show: Show): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).map(([name, text]) => [name, show(name, text)]));
}

function wasOf(operation: Operation): PlanTarget | undefined {
  return "was" in operation ? operation.was : undefined;
}
