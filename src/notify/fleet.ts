/** The Prometheus servers that pull artifacts, as `servers:` of their shards name them. */
import { isIPv6 } from "node:net";
import { EnvironmentError } from "../exit.ts";
import { splitHostPort } from "../model/host-port.ts";
import { showText } from "../model/show-text.ts";
import type { Server } from "./queue-name.ts";

export interface FleetServer extends Server {
  /** As the shard names it. */
  readonly text: string;
}

const DEFAULT_PORT = 9090;
/** What a manifest calls a host goes into addresses: there it must not become anything else. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u;

/**
 * The servers of shards, in their order; one that a shard names twice is one.
 *
 * @param shards names and their servers, `host` or `host:port`
 * @throws {EnvironmentError} where something there is no server
 */
export function fleetOf(shards: Iterable<readonly [name: string, servers: readonly string[]]>): FleetServer[] {
  const fleet = new Map<string, FleetServer>();
  for (const [shard, texts] of shards)
    for (const text of texts) {
      const server = { shard, text, ...readServer(text, shard) };
      const key = JSON.stringify([shard, server.host.toLowerCase(), server.port]);
      if (!fleet.has(key)) fleet.set(key, server);
    }
  return [...fleet.values()];
}

/** The host as it stands in an address: IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function readServer(text: string, shard: string): { host: string; port: number } {
  const { host: written, port = String(DEFAULT_PORT) } = splitHostPort(text);
  const host = written.replace(/^\[(.*)\]$/s, "$1");
  if ((isIPv6(host) || NAME.test(host)) && /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535)
    return { host, port: Number(port) };
  throw new EnvironmentError(
    `shard ${showText(shard)} names ${showText(text)} as a server, which is neither host nor host:port`,
    "mend `servers:` of the shard, and publish again",
  );
}
