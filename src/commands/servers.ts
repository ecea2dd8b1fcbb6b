/** `servers`: who pulls which shard's artifacts, and the queue of each. */
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { fleetOf } from "../notify/fleet.ts";
import type { FleetServer } from "../notify/fleet.ts";
import { queueNames } from "../notify/queue-name.ts";
import { sortByBytes } from "../render/byte-order.ts";
import { tableLines } from "../report/table.ts";
import { visibleJson, visibleShort } from "../report/visible.ts";
import { judgeInventory } from "./judged.ts";
import { publishedFleet } from "./published-fleet.ts";
import { reportErrors } from "./report-errors.ts";

export interface ServersOptions {
  /** A URL, a directory or a branch; the inventory where it is left out. */
  readonly published: string | undefined;
  /** With `{host}`, `{port}` and `{shard}`. */
  readonly queueName: string | undefined;
  readonly format: "text" | "json";
}

const VERSION = 1;

/** A line for each server of each shard, on standard output. */
export async function servers(io: Io, { published, queueName, format }: ServersOptions): Promise<ExitCode> {
  const fleet = published === undefined ? await inventoryFleet(io) : (await publishedFleet(io, published)).servers;
  if (typeof fleet === "number") return fleet;
  const queues = queueNames(fleet, queueName);
  const rows = fleet.map(({ shard, text, host, port }, index) => {
    return { shard, server: text, host, port, queue: queues[index] ?? "" };
  });
  if (format === "json") {
    const lines = rows.map((row) => `\n${visibleJson(row)}`);
    io.stdout.write(`{\n"version": ${VERSION},\n"servers": [${lines.join(",")}\n]\n}\n`);
    return EXIT.ok;
  }
  if (rows.length === 0) io.stderr.write("no shard has servers: list them below `servers:` of a shard\n");
  else {
    const cells = rows.map(({ server, shard, queue }) => [server, shard, queue].map(visibleShort));
    for (const line of tableLines([["server", "shard", "queue"], ...cells])) io.stdout.write(`${line}\n`);
  }
  return EXIT.ok;
}

/** The exit code where there are errors that keep from it. */
async function inventoryFleet(io: Io): Promise<FleetServer[] | ExitCode> {
  const judged = await judgeInventory(io);
  const stopped = await reportErrors(io, judged, false, "no server was listed");
  if (stopped !== undefined) return stopped;
  const shards = sortByBytes([...judged.inventory.shardByName.values()], ({ name }) => name);
  return fleetOf(shards.map(({ name, servers: listed }) => [name, listed.map(({ text }) => text)]));
}
