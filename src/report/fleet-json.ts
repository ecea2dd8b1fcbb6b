/** What servers run, for scripts: schema/status.schema.json. */
import type { FleetStatus } from "../notify/fleet-status.ts";
import { visibleJson } from "./visible.ts";

/** The lines of the json format, one a server. */
export function* fleetJsonLines({ servers, ...head }: FleetStatus): Generator<string> {
  yield "{";
  for (const [key, value] of Object.entries(head)) yield `"${key}": ${visibleJson(value)},`;
  yield `"servers": [`;
  for (const [at, server] of servers.entries()) yield visibleJson(server) + (at < servers.length - 1 ? "," : "");
  yield "]";
  yield "}";
}
