/**
 * How the queues of servers are called. Promgen names those of its workers after the bare host; ours begin otherwise, so
 * that both can use one broker while servers move from one to the other.
 */
import { EnvironmentError } from "../exit.ts";

export interface Server {
  readonly shard: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const PREFIX = "promgen-gen.";
const PLACEHOLDER = /\{([^{}]*)\}/g;
/** Of AMQP's short strings. */
const MOST_BYTES = 255;

/**
 * The queue of each server, in order. Without a pattern it is `promgen-gen.<host>`; `promgen-gen.<host>.<port>` where the
 * host is there more than once, and `promgen-gen.<host>.<port>.<shard>` where the server itself is, in several shards.
 *
 * @param pattern with `{host}`, `{port}` and `{shard}`
 * @throws {EnvironmentError} where the pattern cannot be a name, or gives two servers the same
 */
export function queueNames(servers: readonly Server[], pattern?: string): string[] {
  const names = pattern === undefined ? defaultNames(servers) : servers.map((server) => filled(pattern, server));
  const owners = new Map<string, Server>();
  for (const [index, server] of servers.entries()) {
    const name = names[index] ?? "";
    const trouble = queueNameTrouble(name);
    if (trouble !== undefined)
      throw new EnvironmentError(`the queue of ${shown(server)} ${trouble}`, "choose another --queue-name");
    const owner = owners.get(name);
    if (owner !== undefined)
      throw new EnvironmentError(
        `--queue-name gives ${shown(owner)} and ${shown(server)} the same queue`,
        "each server needs one of its own: use {host}, and {port} or {shard} where that is not enough",
      );
    owners.set(name, server);
  }
  return names;
}

/** What is wrong with the name of a queue, continuing its sentence; undefined where nothing is. */
export function queueNameTrouble(name: string): string | undefined {
  if (name === "") return "has no name";
  if (Buffer.byteLength(name) > MOST_BYTES) return `has a name of more than ${MOST_BYTES} bytes`;
  if (/\p{Cc}/u.test(name)) return "has a name with control characters";
  return name.startsWith("amq.") ? "has a name with amq. at its begin, which brokers keep to themselves" : undefined;
}

/** @param host of this machine, as it calls itself */
export function defaultQueueName(host: string): string {
  return PREFIX + host.toLowerCase();
}

function defaultNames(servers: readonly Server[]): string[] {
  const hosts = countBy(servers, (server) => server.host.toLowerCase());
  const ports = countBy(servers, place);
  return servers.map((server) => {
    const host = server.host.toLowerCase();
    if (hosts.get(host) === 1) return defaultQueueName(host);
    const name = `${defaultQueueName(host)}.${server.port}`;
    return ports.get(place(server)) === 1 ? name : `${name}.${server.shard}`;
  });
}

function countBy(servers: readonly Server[], keyOf: (server: Server) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const server of servers) counts.set(keyOf(server), (counts.get(keyOf(server)) ?? 0) + 1);
  return counts;
}

function place({ host, port }: Server): string {
  return `${host.toLowerCase()} ${port}`;
}

function filled(pattern: string, { host, port, shard }: Server): string {
  const values: Readonly<Record<string, string>> = { host: host.toLowerCase(), port: String(port), shard };
  return pattern.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined)
      throw new EnvironmentError(
        `--queue-name has ${JSON.stringify(placeholder)}, which stands for nothing`,
        "it takes {host}, {port} and {shard}",
      );
    return value;
  });
}

function shown({ host, port, shard }: Server): string {
  return `${host}:${port} (shard ${JSON.stringify(shard)})`;
}
