/** How far each server is: what it runs, against what is published. schema/status.schema.json says what is in it. */
import { hasPublished, strangerOf } from "./agent-reading.ts";
import type { AgentReading } from "./agent-reading.ts";
import { runTrouble } from "./agent-trouble.ts";
import type { FleetServer } from "./fleet.ts";
import type { Reading } from "./read-fleet.ts";

/** In the order in which people want to see them. */
export const STATES = ["held", "behind", "empty", "unconfirmed", "unknown", "current"] as const;

/**
 * `held`: something newer is held back there · `behind`: an older generation · `empty`: none · `unconfirmed`: the one that is
 * published, which Prometheus has not proven to have read · `unknown`: it cannot be asked, or runs something that was published
 * elsewhere · `current`: all is well
 */
export type State = (typeof STATES)[number];

export interface ServerStatus {
  readonly shard: string;
  /** As the shard names it. */
  readonly server: string;
  readonly host: string;
  readonly port: number;
  readonly state: State;
  /** Not current, and that for longer than `maxAge`. */
  readonly isLate: boolean;
  /** In place. */
  readonly generation: number | null;
  readonly commit: string | null;
  /** Whose artifacts it takes. */
  readonly repository: string | null;
  /** Seconds since the commit of that generation was made. */
  readonly age: number | null;
  /** Null where it is not known, or nobody wants a proof. */
  readonly isConfirmed: boolean | null;
  /** The generation that is held back. */
  readonly held: number | null;
  /** An operator holds all generations back. */
  readonly isOnHold: boolean;
  /** When a run of the agent last ended well, and how the last one ended: seconds since 1970, exit code. */
  readonly lastSuccess: number | null;
  readonly lastRun: number | null;
  readonly lastExit: number | null;
  /** Version of the agent. */
  readonly agent: string | null;
  /** In words. */
  readonly error: string | null;
}

export interface FleetStatus {
  readonly version: 1;
  /** Seconds since 1970. */
  readonly at: number;
  readonly published: {
    readonly where: string;
    readonly generation: number;
    readonly commit: string | null;
    readonly repository: string | null;
  };
  /** In seconds. */
  readonly maxAge: number;
  /** How many servers there are, how many are current, and how many late. */
  readonly counts: { readonly servers: number; readonly current: number; readonly late: number };
  /** Those first that are not current. */
  readonly servers: readonly ServerStatus[];
}

type Published = FleetStatus["published"];

/**
 * @param readings of the servers, in their order
 * @param at now, in seconds since 1970
 * @param maxAge how many seconds a server may take for what is published, from its commit on
 */
export function fleetStatus(
  servers: readonly FleetServer[],
  readings: readonly Reading[],
  published: Published,
  at: number,
  maxAge: number,
): FleetStatus {
  const rows = servers.map((server, index): ServerStatus => {
    const reading = readings[index] ?? { trouble: "was not asked" };
    const state = stateOf(reading, published);
    const base = { shard: server.shard, server: server.text, host: server.host, port: server.port, state };
    const isLate = state !== "current" && at - sinceOf(reading, state, published) > maxAge;
    return { ...base, isLate, ...factsOf(reading, state, published, at) };
  });
  const count = (isSo: (row: ServerStatus) => boolean): number => rows.filter(isSo).length;
  return {
    version: 1,
    at,
    published,
    maxAge,
    counts: {
      servers: rows.length,
      current: count(({ state }) => state === "current"),
      late: count(({ isLate }) => isLate),
    },
    servers: rows.toSorted(
      (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.generation ?? 0) - (b.generation ?? 0),
    ),
  };
}

function stateOf(reading: Reading, published: Published): State {
  if ("trouble" in reading || strangerOf(reading, published) !== undefined) return "unknown";
  const { generation, isHeld, isOnHold } = reading;
  if (hasPublished(reading, published)) return "current";
  if (generation !== undefined && generation >= published.generation) return "unconfirmed";
  if (isHeld || isOnHold) return "held";
  return generation === undefined ? "empty" : "behind";
}

/** Since when it is not current: seconds since 1970. When it was published is not known, but it was after its commit. */
function sinceOf(reading: Reading, state: State, { generation }: Published): number {
  const applied = state === "unconfirmed" && !("trouble" in reading) ? reading.appliedAt : undefined;
  return Math.max(generation, applied ?? generation);
}

type Facts = Omit<ServerStatus, "shard" | "server" | "host" | "port" | "state" | "isLate">;

function factsOf(reading: Reading, state: State, published: Published, at: number): Facts {
  const known: Partial<AgentReading> = "trouble" in reading ? {} : reading;
  const { generation } = known;
  return {
    generation: generation ?? null,
    commit: known.commit ?? null,
    repository: known.repository ?? null,
    age: generation === undefined ? null : Math.max(0, at - generation),
    isConfirmed: known.isConfirmed ?? null,
    held: known.held ?? null,
    isOnHold: known.isOnHold ?? false,
    lastSuccess: known.lastSuccess ?? null,
    lastRun: known.lastRun ?? null,
    lastExit: known.lastExit ?? null,
    agent: known.version ?? null,
    error: "trouble" in reading ? reading.trouble : (errorOf(reading, state, published) ?? null),
  };
}

function errorOf(reading: AgentReading, state: State, published: Published): string | undefined {
  const { held, isOnHold, lastExit = 0, lastReason } = reading;
  const stranger = strangerOf(reading, published);
  if (stranger !== undefined) return `it runs artifacts of ${stranger}`;
  if (isOnHold) return "an operator holds all generations back (promgen-agent release)";
  if (state === "held") return `generation ${held ?? "unknown"} is held back: too much would vanish`;
  return lastExit === 0 ? undefined : runTrouble(lastExit, lastReason);
}
