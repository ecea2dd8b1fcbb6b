/** What Prometheus and node_exporter get to read, in Prometheus' text format. */
import type { AgentState } from "../core/state.ts";
import type { Reason } from "../failure.ts";

/** What the state does not know. */
export interface Facts {
  readonly version: string;
  readonly shard: string;
  /** A label of every sample, where agents of one shard would be taken for one. */
  readonly state?: string | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  readonly maxAge: number;
  /** Nobody wants a proof, so there is nothing to be said about it. */
  readonly noProof?: boolean;
  /** The run that has just ended, where its end is not in the state: the disk was full, say. */
  readonly lastRun?: LastRun | undefined;
  /** Where messages of a queue are waited for. */
  readonly queue?: QueueFacts | undefined;
}

export interface QueueFacts {
  readonly isConnected: boolean;
  /** How many messages came to what end. */
  readonly messages: Readonly<Record<string, number>>;
}

export interface LastRun {
  readonly at: number;
  readonly exit: number;
  readonly reason?: Reason | undefined;
  readonly seconds: number;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | undefined];

/**
 * @param state undefined where there is none yet, or none that can be read
 * @returns the exposition; every sample has the label `shard`, so that files of several agents on one host fit together
 */
export function renderMetrics(state: AgentState | undefined, facts: Facts): string {
  const lines: string[] = [];
  const own = { shard: facts.shard, ...(facts.state === undefined ? {} : { state: facts.state }) };
  const family = (name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): void => {
    const known = samples.filter(([, value]) => value !== undefined);
    if (known.length === 0) return;
    lines.push(`# HELP promgen_agent_${name} ${help}`, `# TYPE promgen_agent_${name} ${type}`);
    for (const [labels, value] of known) lines.push(`promgen_agent_${name}${braced({ ...own, ...labels })} ${value}`);
  };
  const gauge = (name: string, help: string, value: number | boolean | undefined): void => {
    family(name, "gauge", help, [[{}, typeof value === "boolean" ? Number(value) : value]]);
  };

  family("info", "gauge", "What is at work, always 1.", [[infoLabels(state, facts), 1]]);
  runMetrics(state, facts, gauge);
  const reason = (facts.lastRun ?? state?.lastRun)?.reason;
  family(
    "last_run_reason",
    "gauge",
    "Why the last run did not do all that it should; where it did, there is none.",
    reason === undefined ? [] : [[{ reason }, 1]],
  );
  generationMetrics(state, facts, gauge);
  family(
    "targets",
    "gauge",
    "Targets in the file in place.",
    Object.entries(state?.applied?.targets ?? {}).map(([file, count]): Sample => [{ file }, count]),
  );
  family(
    "prometheus_confirmed",
    "gauge",
    "1 where this Prometheus has proven that it read the generation in place.",
    Object.entries(state?.applied?.servers ?? {}).map(([prometheus, { verdict }]): Sample => [
      { prometheus },
      Number(verdict === "confirmed" || verdict === "active"),
    ]),
  );
  gauge("queue_connected", "1 where the broker of --broker can send messages.", facts.queue?.isConnected);
  family(
    "queue_messages_total",
    "counter",
    "Messages from the queue, by what became of them.",
    Object.entries(facts.queue?.messages ?? {}).map(([result, count]): Sample => [{ result }, count]),
  );
  const { counters } = state ?? {};
  family("runs_total", "counter", "Runs.", [[{}, counters?.runs]]);
  family("swaps_total", "counter", "Generations that came into place.", [[{}, counters?.swaps]]);
  family("rollbacks_total", "counter", "Generations that were taken back.", [[{}, counters?.rollbacks]]);
  family("jobs_gone_total", "counter", "Jobs that a new generation left without targets.", [[{}, counters?.jobsGone]]);
  family(
    "failures_total",
    "counter",
    "Runs that did not do all that they should, by reason.",
    (Object.entries(counters?.failures ?? {}) as [Reason, number][]).map(([reason, count]): Sample => [
      { reason },
      count,
    ]),
  );
  return `${lines.join("\n")}\n`;
}

type Gauge = (name: string, help: string, value: number | boolean | undefined) => void;

function runMetrics(state: AgentState | undefined, { now, maxAge, lastRun }: Facts, gauge: Gauge): void {
  const last = lastRun ?? state?.lastRun;
  gauge(
    "last_success_timestamp_seconds",
    "When a run last ended with exit code 0, in seconds since 1970; 0 where none did.",
    state?.lastSuccess ?? 0,
  );
  gauge(
    "last_contact_timestamp_seconds",
    "When a source last answered and all was well with what it said, in seconds since 1970; 0 where none did.",
    state?.lastContact ?? 0,
  );
  gauge("last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.", last?.at);
  gauge("last_run_exit_code", "Exit code of the last run.", last?.exit);
  gauge("last_run_duration_seconds", "How long the last run took.", last && Math.round(last.seconds * 1000) / 1000);
  gauge("stale", "1 where no source was reached for --max-age.", isStale(state, now, maxAge));
}

function generationMetrics(state: AgentState | undefined, { now, noProof }: Facts, gauge: Gauge): void {
  const applied = state?.applied;
  gauge("generation", "The generation in place: when its commit was made, in seconds since 1970.", applied?.generation);
  gauge("applied_timestamp_seconds", "When it came into place, in seconds since 1970.", applied?.at);
  gauge(
    "confirmed",
    "1 where Prometheus has proven that it read the generation in place.",
    noProof === true ? undefined : applied?.confirmedAt !== undefined,
  );
  const held = heldBack(state, now);
  gauge("held", "1 where a newer generation is held back.", held !== undefined);
  gauge("held_generation", "The generation that is held back.", held?.generation);
  gauge("hold", "1 where an operator holds all generations back.", isOnHold(state, now));
}

function infoLabels(state: AgentState | undefined, { version }: Facts): Labels {
  const { applied, floor } = state ?? {};
  return {
    version,
    ...(applied?.commit === undefined ? {} : { commit: applied.commit }),
    ...(floor?.repository === undefined ? {} : { repository: floor.repository }),
  };
}

/** No source was reached for longer than `maxAge` seconds. Whoever never reached one is not stale, but without success. */
export function isStale(state: AgentState | undefined, now: number, maxAge: number): boolean {
  return state?.lastContact !== undefined && now - state.lastContact > maxAge;
}

/** A hold is in force. */
export function isOnHold(state: AgentState | undefined, now: number): boolean {
  const hold = state?.hold;
  return hold !== undefined && (hold.until === undefined || now < hold.until);
}

/** What waits: a hold that is over holds nothing, though no source was asked since. */
export function heldBack(state: AgentState | undefined, now: number): AgentState["held"] {
  return state?.held?.reason === "hold" && !isOnHold(state, now) ? undefined : state?.held;
}

function braced(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(",")}}`;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
