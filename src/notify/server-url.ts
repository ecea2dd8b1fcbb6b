/** Addresses of agents, by a pattern for all of them. */
import { EnvironmentError } from "../exit.ts";
import { showText } from "../model/show-text.ts";
import { bracketed } from "./fleet.ts";
import type { Server } from "./queue-name.ts";

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** The pattern, filled in for one server. */
export interface ServerAddress {
  readonly text: string;
  /** Undefined where it is none: with `1{port}`, a port may be too large for one. */
  readonly url: URL | undefined;
}

/** Continues such a text. */
export const NO_ADDRESS = "is no address: ports go up to 65535";

/**
 * Reads a pattern such as `http://{host}:9914/metrics`, with `{host}` and where they are wanted `{port}` (of Prometheus) and
 * `{shard}`.
 *
 * @param option that has it, for errors
 * @throws {EnvironmentError} where it cannot be the addresses of servers
 */
export function serverAddresses(pattern: string, option: string): (server: Server) => ServerAddress {
  const wrong = (what: string): EnvironmentError =>
    new EnvironmentError(`${option} ${what}`, "write it as http://{host}:9914/…, with {port} and {shard} where needed");
  for (const [placeholder, name = ""] of pattern.matchAll(PLACEHOLDER))
    if (!["host", "port", "shard"].includes(name))
      throw wrong(`has ${showText(placeholder)}, which stands for nothing`);
  if (!pattern.includes("{host}")) throw wrong("is without {host}: all servers would have one address");
  const addressOf = (server: Server): ServerAddress => {
    const text = pattern.replace(PLACEHOLDER, (_, name: string) => valueOf(server, name));
    return { text, url: URL.canParse(text) ? new URL(text) : undefined };
  };
  const { url: example } = addressOf({ host: "host", port: 1, shard: "shard" });
  if (example?.protocol !== "http:" && example?.protocol !== "https:")
    throw wrong("is no address, http:// or https://");
  if (example.username !== "" || example.password !== "")
    throw wrong("holds credentials, which everybody on this machine can read");
  if (!example.hostname.includes("host")) throw wrong("has {host} elsewhere than in the place of the host");
  return addressOf;
}

function valueOf({ host, port, shard }: Server, name: string): string {
  if (name === "host") return bracketed(host);
  return name === "port" ? String(port) : encodeURIComponent(shard);
}
