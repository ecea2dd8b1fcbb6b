/** Addresses of agents, by a pattern for all of them. */
import { EnvironmentError } from "../exit.ts";
import { showText } from "../model/show-text.ts";
import { bracketed } from "./fleet.ts";
import type { Server } from "./queue-name.ts";

const PLACEHOLDER = /\{([^{}]*)\}/g;

/**
 * Reads a pattern such as `http://{host}:9914/metrics`, with `{host}` and where they are wanted `{port}` (of Prometheus) and
 * `{shard}`.
 *
 * @param option that has it, for errors
 * @throws {EnvironmentError} where it cannot be the addresses of servers
 */
export function serverUrls(pattern: string, option: string): (server: Server) => URL {
  const wrong = (what: string): EnvironmentError =>
    new EnvironmentError(`${option} ${what}`, "write it as http://{host}:9914/…, with {port} and {shard} where needed");
  for (const [placeholder, name = ""] of pattern.matchAll(PLACEHOLDER))
    if (!["host", "port", "shard"].includes(name))
      throw wrong(`has ${showText(placeholder)}, which stands for nothing`);
  if (!pattern.includes("{host}")) throw wrong("is without {host}: all servers would have one address");
  const urlOf = (server: Server): URL | undefined => {
    const filled = pattern.replace(PLACEHOLDER, (_, name: string) => valueOf(server, name));
    return URL.canParse(filled) ? new URL(filled) : undefined;
  };
  const example = urlOf({ host: "host", port: 1, shard: "shard" });
  if (example?.protocol !== "http:" && example?.protocol !== "https:")
    throw wrong("is no address, http:// or https://");
  if (example.username !== "" || example.password !== "")
    throw wrong("holds credentials, which everybody on this machine can read");
  if (!example.hostname.includes("host")) throw wrong("has {host} elsewhere than in the place of the host");
  return (server) => {
    const url = urlOf(server);
    if (url === undefined) throw wrong(`makes no address of ${showText(server.host)}`);
    return url;
  };
}

function valueOf({ host, port, shard }: Server, name: string): string {
  if (name === "host") return bracketed(host);
  return name === "port" ? String(port) : encodeURIComponent(shard);
}
