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
import { NO_ADDRESS, serverAddresses } from "./server-url.ts";

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
/** What an agent with `--all-shards` calls its shard. */
const ALL_SHARDS = "*";
/** Labels that one series of an agent has and the others do not: all other labels tell agents apart. */
const OF_ONE_SERIES = ["version", "commit", "repository", "reason"];
const NOT_OF_ALL = new RegExp(`^(__name__|(exported_)?(${OF_ONE_SERIES.join("|")}))$`);

/** Asks each agent. @param pattern of their /metrics, as {@link serverAddresses} takes it */
export function agentsReader(pattern: string): ReadFleet {
  const addressOf = serverAddresses(pattern, "--agents");
  return async (servers, seconds) =>
    await eachAtOnce(servers, async (server) => {
      const { text, url } = addressOf(server);
      if (url === undefined) return { trouble: `${text} ${NO_ADDRESS}` };
      const answer = await ask(url, { seconds: Math.min(seconds, MOST_SECONDS), limit: MOST_METRICS });
      const shown = `${url.origin}${url.pathname}`;
      if ("trouble" in answer) return { trouble: `${shown} ${answer.trouble}` };
      if (answer.status !== 200) return { trouble: `${shown} answers with status ${answer.status}` };
      return pick(samplesIn(answer.text), server.shard.normalize("NFC"), shown);
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
    const agents = byServer(agentsIn(samples));
    return servers.map(({ host, shard }): Reading => {
      const found = agents.get(keyOf(host, shard)) ?? agents.get(keyOf(host, ALL_SHARDS)) ?? [];
      return furthest(found) ?? { trouble: `${shown} has nothing of an agent of this shard on ${showText(host)}` };
    });
  };
}

function samplesIn(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const sample = line.startsWith("promgen_agent_") ? readSample(line) : undefined;
    return sample !== undefined && isRead(sample.name) ? [sample] : [];
  });
}

/** Agents name a shard in NFC. Several of one host may write into one exposition, each for a shard, or for all of them. */
function pick(samples: readonly Sample[], shard: string, shown: string): Reading {
  const shards = [...new Set(samples.map(({ labels }) => labels["shard"] ?? ""))];
  const own = [shard, ALL_SHARDS].find((one) => shards.includes(one));
  if (own === undefined)
    return {
      trouble: `${shown} is ${shards.length === 0 ? "no agent" : `an agent of ${shards.map(showText).join(", ")}`}`,
    };
  const found = agentsIn(samples.filter(({ labels }) => labels["shard"] === own)).flatMap(({ reading }) => reading);
  return furthest(found) ?? { trouble: `${shown} says of this shard what no agent does` };
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
    return data.result.map(({ metric, value: [, value] }) => {
      const labels = Object.fromEntries(Object.entries(metric).map(([name, text]) => [name, String(text)]));
      // Where the scraped target has a label of such a name itself, Prometheus calls the agent's otherwise.
      for (const name of ["shard", ...OF_ONE_SERIES]) {
        const own = labels[`exported_${name}`];
        if (own !== undefined) labels[name] = own;
      }
      return { name: labels["__name__"] ?? "", labels, value: Number(value) };
    });
  } catch {
    return undefined;
  }
}

interface Agent {
  /** That all of its series have. */
  readonly labels: Sample["labels"];
  readonly reading: AgentReading;
}

function agentsIn(samples: readonly Sample[]): Agent[] {
  const groups = new Map<string, { labels: Sample["labels"]; samples: Sample[] }>();
  for (const sample of samples) {
    const pairs = Object.entries(sample.labels).filter(([name]) => !NOT_OF_ALL.test(name));
    const key = JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key) ?? { labels: Object.fromEntries(pairs), samples: [] };
    group.samples.push(sample);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap((group) => {
    const reading = readingOf(group.samples);
    return reading === undefined ? [] : [{ labels: group.labels, reading }];
  });
}

function byServer(agents: readonly Agent[]): Map<string, AgentReading[]> {
  const found = new Map<string, AgentReading[]>();
  for (const { labels, reading } of agents) {
    const key = keyOf(splitHostPort(labels["instance"] ?? "").host, labels["shard"] ?? "");
    found.set(key, [...(found.get(key) ?? []), reading]);
  }
  return found;
}

function keyOf(host: string, shard: string): string {
  return JSON.stringify([host.replace(/^\[|\]$/g, "").toLowerCase(), shard.normalize("NFC")]);
}

/** The one that is furthest behind: a proof that is missing counts less than a generation. */
function furthest(readings: readonly AgentReading[]): AgentReading | undefined {
  const rank = ({ generation = 0, isConfirmed }: AgentReading): number =>
    generation - (isConfirmed === false ? 0.5 : 0);
  return readings.toSorted((a, b) => rank(a) - rank(b))[0];
}
