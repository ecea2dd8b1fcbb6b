/** What an agent's metrics say about one shard. */
import type { Sample } from "../model/sample.ts";

export interface AgentReading {
  /** In place; undefined where nothing is. */
  readonly generation: number | undefined;
  readonly commit: string | undefined;
  /** Whose artifacts it takes; undefined where they do not say. */
  readonly repository: string | undefined;
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
  /** Why that was not 0, as the agent's metrics and log call it. */
  readonly lastReason: string | undefined;
}

/** What is published, as far as agents say whether they have it. */
export interface Wanted {
  readonly generation: number;
  readonly commit?: string | null | undefined;
  readonly repository?: string | null | undefined;
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
  "last_run_reason",
] as const;

/** What samples of one agent say, all of one shard; undefined where none of them is an agent's, or they make no sense. */
export function readingOf(samples: readonly Sample[]): AgentReading | undefined {
  const found = new Map(samples.map((sample) => [sample.name, sample]));
  const value = (name: (typeof READ)[number]): number | undefined => found.get(PREFIX + name)?.value;
  const labels = found.get(`${PREFIX}info`)?.labels;
  const [generation, held] = [value("generation"), value("held_generation")];
  if (labels === undefined || ![generation, held].every(isCount)) return undefined;
  const confirmed = value("confirmed");
  return {
    generation,
    commit: labels["commit"],
    repository: labels["repository"],
    version: labels["version"],
    appliedAt: value("applied_timestamp_seconds"),
    isConfirmed: confirmed === undefined ? undefined : confirmed === 1,
    isHeld: value("held") === 1,
    held,
    isOnHold: value("hold") === 1,
    // 0 stands for never.
    lastSuccess: value("last_success_timestamp_seconds") || undefined,
    lastRun: value("last_run_timestamp_seconds"),
    lastExit: value("last_run_exit_code"),
    lastReason: found.get(`${PREFIX}last_run_reason`)?.labels["reason"],
  };
}

function isCount(value: number | undefined): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= 0);
}

/** A metric that is read. */
export function isRead(name: string): boolean {
  return name.startsWith(PREFIX) && (READ as readonly string[]).includes(name.slice(PREFIX.length));
}

/** For PromQL: all that is read. */
export const SELECTOR = `{__name__=~"${PREFIX}(${READ.join("|")})"}`;

/**
 * Whose artifacts are in place, where these are others than what is published: what their generation is says nothing then.
 * undefined where they are not, or one of the two sides does not say whose.
 */
export function strangerOf({ generation, commit, repository }: AgentReading, wanted: Wanted): string | undefined {
  if (generation === undefined) return undefined;
  if (differ(repository, wanted.repository)) return "another repository";
  return generation === wanted.generation && differ(commit, wanted.commit) ? "another commit" : undefined;
}

function differ(a: string | undefined, b: string | null | undefined): boolean {
  return a !== undefined && b !== undefined && b !== null && a !== b;
}

/** Has what is published, or something newer, and nothing is known that keeps Prometheus from it. */
export function hasPublished(reading: AgentReading, wanted: Wanted): boolean {
  const { generation, isConfirmed } = reading;
  return (
    generation !== undefined &&
    generation >= wanted.generation &&
    isConfirmed !== false &&
    strangerOf(reading, wanted) === undefined
  );
}
