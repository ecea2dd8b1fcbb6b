/**
 * Operations that say the same of several targets, as one: of a label that is renamed for ten thousand of them, a reader wants
 * to see the label once.
 */
import type { Where } from "../diagnostic.ts";
import type { Operation, Plan } from "../plan/plan.ts";
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
  readonly was?: string | undefined;
  /** Where it was written, in the base; unknown of what is only known as published. */
  readonly before?: Spot | undefined;
  readonly after?: Spot | undefined;
}

export interface Spot {
  /** Path below the inventory's root directory, with `/`. */
  readonly file: string;
  /** From 1; `undefined` where the file cannot be read. */
  readonly line?: number | undefined;
}

type Show = PlanSources["show"];

/** What operations are shown with. */
interface Planned extends Pick<Plan, "places"> {
  readonly sources: PlanSources;
}

/** Groups within one shard, project and job, in the order of these; then what goes before what comes. */
export function groupOperations({ operations, places }: Plan, sources: PlanSources): PlanGroup[] {
  const planned = { places, sources };
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
      for (const same of found) if (same[0].op === op) groups.push(describeGroup(same, planned));
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

function describeGroup(same: readonly [Operation, ...Operation[]], planned: Planned): PlanGroup {
  const [first] = same;
  const { show } = planned.sources;
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
    params: showMap(params, show),
    labels: showMap(labels, show),
    ...(was === undefined ? {} : { was: describeDifferences(was, first.target, show) }),
    targets: same.map((operation) => new PlannedTarget(operation, planned)),
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

/** What a target is told by; of a large plan most are not, so that nothing is looked up before it is asked for. */
class PlannedTarget implements PlanGroupTarget {
  readonly #operation: Operation;
  readonly #plan: Planned;

  constructor(operation: Operation, plan: Planned) {
    this.#operation = operation;
    this.#plan = plan;
  }

  get address(): string {
    return this.#plan.sources.show("", this.#operation.target.address);
  }

  get was(): string | undefined {
    const was = wasOf(this.#operation)?.address;
    return was === undefined || was === this.#operation.target.address ? undefined : this.#plan.sources.show("", was);
  }

  get before(): Spot | undefined {
    const { places, sources } = this.#plan;
    return spotOf(places.before(this.#operation), sources.lineBefore);
  }

  get after(): Spot | undefined {
    const { places, sources } = this.#plan;
    return spotOf(places.after(this.#operation), sources.lineAfter);
  }

  /** For JSON.stringify, which looks for properties of the object itself. */
  toJSON(): PlanGroupTarget {
    const { address, was, before, after } = this;
    return {
      address,
      ...(was === undefined ? {} : { was }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
  }
}

function spotOf(where: Where | undefined, lineOf: LineOf): Spot | undefined {
  return where && { file: where.file, line: lineOf(where) };
}

function showMap(map: Readonly<Record<string, string>>, show: Show): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).map(([name, text]) => [name, show(name, text)]));
}

function wasOf(operation: Operation): PlanTarget | undefined {
  return "was" in operation ? operation.was : undefined;
}
