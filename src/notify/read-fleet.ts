/** What the servers of a fleet run: from their agents, or from a Prometheus that scrapes these. */
import { EnvironmentError } from "../exit.ts";
import { splitHostPort } from "../model/host-port.ts";
import { readSample } from "../model/sample.ts";
import type { Sample } from "../model/sample.ts";
import { showText } from "../model/show-text.ts";
import { isRead, readingOf, SELECTOR } from "./agent-reading.ts";
import type { AgentReading } from "./agent-reading.ts";
import { ask } from "./ask.ts";
import { eachAtOnce } from "./at-once.ts";
import type { FleetServer } from "./fleet.ts";
import { serverUrls } from "./server-url.ts";

/** What a server runs, or why that is not known. */
export type Reading = AgentReading | { readonly trouble: string };

/**
 * Reads what servers run, in their order.
 *
 * @param seconds for all of it
 * @throws {EnvironmentError} where nothing can be known of any of them
 */
export type ReadFleet = (servers: readonly FleetServer[], seconds: number) => Promise<Reading[]>;

/** A node_exporter that serves them too has some 200 kB. */
const MOST_METRICS = 16 * 2 ** 20;
const MOST_ANSWER = 64 * 2 ** 20;
/** For one agent. */
const MOST_SECONDS = 5;

/** Asks each agent. @param pattern of their /metrics, as {@link serverUrls} takes it */
export function agentsReader(pattern: string): ReadFleet {
  const urlOf = serverUrls(pattern, "--agents");
  return async (servers, seconds) =>
    await eachAtOnce(servers, async (server) => {
      const url = urlOf(server);
      const answer = await ask(url, { seconds: Math.min(seconds, MOST_SECONDS), limit: MOST_METRICS });
      const shown = `${url.origin}${url.pathname}`;
      if ("trouble" in answer) return { trouble: `${shown} ${answer.trouble}` };
      if (answer.status !== 200) return { trouble: `${shown} answers with status ${answer.status}` };
      return pick(samplesIn(answer.text), server.shard, shown);
    });
}

/**
 * Asks a Prometheus that scrapes the agents, once for all. An agent is that of the server on whose host it was scraped, by
 * the label `instance`; where there are several, the one that is furthest behind counts.
 */
export function prometheusReader(text: string): ReadFleet {
  const url = queryUrl(text);
  const shown = showText(text);
  const failure = (what: string, hint: string): EnvironmentError => new EnvironmentError(`${shown} ${what}`, hint);
  return async (servers, seconds) => {
    const answer = await ask(url, { seconds, limit: MOST_ANSWER });
    if ("trouble" in answer) throw failure(answer.trouble, "see that it runs, and that the address is right");
    if (answer.status !== 200)
      throw failure(`answers a query with status ${answer.status}`, "see that it is the address of a Prometheus");
    const samples = readVector(answer.text);
    if (samples === undefined)
      throw failure("answers a query otherwise than Prometheus does", "see that it is the address of a Prometheus");
    const agents = agentsIn(samples);
    return servers.map(({ host, shard }) => {
      const found = agents.get(keyOf(host, shard)) ?? [];
      const [furthest] = found.toSorted((a, b) => rank(a) - rank(b));
      return furthest ?? { trouble: `${shown} has nothing of an agent of this shard on ${showText(host)}` };
    });
  };
}

function samplesIn(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const sample = line.startsWith("promgen_agent_") ? readSample(line) : undefined;
    return sample !== undefined && isRead(sample.name) ? [sample] : [];
  });
}

/** Several agents of one host may write into one exposition, each for a shard. */
function pick(samples: readonly Sample[], shard: string, shown: string): Reading {
  const reading = readingOf(samples.filter(({ labels }) => labels["shard"] === shard));
  if (reading !== undefined) return reading;
  const others = [...new Set(samples.map(({ labels }) => labels["shard"] ?? ""))];
  return {
    trouble: `${shown} is ${others.length === 0 ? "no agent" : `an agent of ${others.map(showText).join(", ")}`}`,
  };
}

function queryUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new EnvironmentError("--prometheus is no address, http:// or https://", "write http://prometheus001:9090");
  if (url.username !== "" || url.password !== "")
    throw new EnvironmentError(
      "--prometheus holds credentials, which everybody on this machine can read",
      "name a Prometheus that answers without, or ask the agents themselves with --agents",
    );
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v1/query`;
  url.search = String(new URLSearchParams({ query: SELECTOR }));
  url.hash = "";
  return url;
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
function readVector(text: string): Sample[] | undefined {
  try {
    const { data } = JSON.parse(text) as {
      data: { result: readonly { metric: Readonly<Record<string, unknown>>; value: [number, string] }[] };
    };
    return data.result
      .map(({ metric, value: [, value] }) => {
        const labels = Object.fromEntries(Object.entries(metric).map(([name, text]) => [name, String(text)]));
        return { name: labels["__name__"] ?? "", labels, value: Number(value) };
      })
      .filter(({ value }) => !Number.isNaN(value));
  } catch {
    return undefined;
  }
}

function agentsIn(samples: readonly Sample[]): Map<string, AgentReading[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { instance = "" } = sample.labels;
    const key = JSON.stringify([instance, shardOf(sample)]);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  const agents = new Map<string, AgentReading[]>();
  for (const group of groups.values()) {
    const [first] = group;
    const reading = readingOf(group);
    if (first === undefined || reading === undefined) continue;
    const key = keyOf(splitHostPort(first.labels["instance"] ?? "").host, shardOf(first));
    agents.set(key, [...(agents.get(key) ?? []), reading]);
  }
  return agents;
}

/** Where the scraped target has a label `shard` of its own, Prometheus calls the agent's otherwise. */
function shardOf({ labels }: Sample): string {
  return labels["exported_shard"] ?? labels["shard"] ?? "";
}

function keyOf(host: string, shard: string): string {
  return JSON.stringify([host.replace(/^\[|\]$/g, "").toLowerCase(), shard]);
}

/** How far an agent is: a proof that is missing counts less than a generation. */
function rank({ generation = 0, isConfirmed }: AgentReading): number {
  return generation - (isConfirmed === false ? 0.5 : 0);
}
