/** `servers:` of a shard → the servers. */
import type { Server } from "./inventory.ts";
import { texts } from "./values.ts";

/** @param value the list as it is written; what is no text in it is left out */
export function readServers(value: unknown): Server[] {
  const { texts: written, items } = texts(value);
  return written.map((server, index) => readServer(server, items?.[index] ?? index));
}

/** `host` or `host:port`, port 9090 if left out. An address in brackets may have a port, a bare IPv6 address none. */
function readServer(written: string, item: number): Server {
  const match = /^(?<host>\[[^\]]*\]|[^:]*):(?<port>\d{1,5})$/.exec(written);
  return {
    text: written,
    host: match?.groups?.["host"] ?? written,
    port: Number(match?.groups?.["port"] ?? 9090),
    item,
  };
}
