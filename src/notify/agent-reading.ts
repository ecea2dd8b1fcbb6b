/** What an agent's metrics say about one shard. */
import type { Sample } from "../model/sample.ts";

export interface AgentReading {
  /** In place; undefined where nothing is. */
  readonly generation: number | undefined;
  readonly commit: string | undefined;
  /** Of the agent. */
  readonly version: string | undefined;
  /** When it came into place: seconds since 1970. */
  readonly appliedAt: number | undefined;
  /** Prometheus has proven that it read it; undefined where nobody wants a proof. */
  readonly isConfirmed: boolean | undefined;
  /** A newer generation is held back. */
  readonly isHeld: boolean;
  /** Which one, where it is known. */
  readonly held: number | undefined;
  /** An operator holds all generations back. */
  readonly isOnHold: boolean;
  /** When a run last ended with exit code 0; undefined where none did. */
  readonly lastSuccess: number | undefined;
  readonly lastRun: number | undefined;
  readonly lastExit: number | undefined;
}

const PREFIX = "promgen_agent_";
/** The metrics that are read, without their prefix. */
export const READ = [
  "info",
  "generation",
  "applied_timestamp_seconds",
  "confirmed",
  "held",
  "held_generation",
  "hold",
  "last_success_timestamp_seconds",
  "last_run_timestamp_seconds",
  "last_run_exit_code",
] as const;

/** What samples of an agent say, all of one shard; undefined where none of them is an agent's. */
export function readingOf(samples: readonly Sample[]): AgentReading | undefined {
  const found = new Map(samples.map((sample) => [sample.name, sample]));
  const value = (name: (typeof READ)[number]): number | undefined => found.get(PREFIX + name)?.value;
  const labels = found.get(`${PREFIX}info`)?.labels;
  if (labels === undefined) return undefined;
  const confirmed = value("confirmed");
  return {
    generation: value("generation"),
    commit: labels["commit"],
    version: labels["version"],
    appliedAt: value("applied_timestamp_seconds"),
    isConfirmed: confirmed === undefined ? undefined : confirmed === 1,
    isHeld: value("held") === 1,
    held: value("held_generation"),
    isOnHold: value("hold") === 1,
    // 0 stands for never.
    lastSuccess: value("last_success_timestamp_seconds") || undefined,
    lastRun: value("last_run_timestamp_seconds"),
    lastExit: value("last_run_exit_code"),
  };
}

/** A metric that is read. */
export function isRead(name: string): boolean {
  return name.startsWith(PREFIX) && (READ as readonly string[]).includes(name.slice(PREFIX.length));
}

/** For PromQL: all that is read. */
export const SELECTOR = `{__name__=~"${PREFIX}(${READ.join("|")})"}`;

/** Has the generation, or a newer one, and nothing is known that keeps Prometheus from it. */
export function hasGeneration({ generation, isConfirmed }: AgentReading, wanted: number): boolean {
  return generation !== undefined && generation >= wanted && isConfirmed !== false;
}
