/** `--wait` of `notify`: until all servers have what is published, or the time is over. */
import type { Io } from "../io.ts";
import { awaitFleet } from "../notify/await-fleet.ts";
import { fleetStatus } from "../notify/fleet-status.ts";
import type { ReadFleet } from "../notify/read-fleet.ts";
import { fleetTextLines } from "../report/fleet-text.ts";
import { shortSpan } from "../report/fleet-words.ts";
import { quantity } from "../report/summary.ts";
import type { PublishedFleet } from "./published-fleet.ts";
import { hasColor } from "./report-options.ts";

/**
 * How far it is stands on the terminal meanwhile; who is missing in the end, on standard error.
 *
 * @param seconds for all of it
 * @returns whether all have it
 */
export async function waitForFleet(
  io: Io,
  read: ReadFleet,
  { manifest, name, servers }: PublishedFleet,
  seconds: number,
): Promise<boolean> {
  const { generation, commit = null, repository = null } = manifest;
  const total = quantity(servers.length, "server");
  const start = performance.now();
  const progress = openProgress(io);
  progress.show(`waiting up to ${shortSpan(seconds)} until ${total} ${servers.length === 1 ? "has" : "have"} it`);
  const readings = await awaitFleet(read, servers, manifest, seconds, (have) =>
    progress.show(`${have} of ${total} have it after ${shortSpan((performance.now() - start) / 1000)}`),
  );
  progress.end();
  const now = Math.floor(io.now() / 1000);
  const published = { where: name, generation, commit, repository };
  const status = fleetStatus(servers, readings, published, now, Number.POSITIVE_INFINITY);
  const missing = status.servers.filter(({ state }) => state !== "current");
  if (missing.length === 0) {
    const unproven = status.servers.filter(({ isConfirmed }) => isConfirmed === null).length;
    const without = unproven === 0 ? "" : `, ${unproven} without a proof of Prometheus`;
    const took = ((performance.now() - start) / 1000).toFixed(1);
    io.stdout.write(
      `${servers.length === 1 ? "it has it" : `all ${servers.length} have it`}${without}, after ${took} s\n`,
    );
    return true;
  }
  for (const line of fleetTextLines({ ...status, servers: missing }, hasColor(io, io.stderr)))
    io.stderr.write(`${line}\n`);
  return false;
}

/** A line that is written over on a terminal; elsewhere the first one alone. */
function openProgress(io: Io): { show(text: string): void; end(): void } {
  if (io.stderr.isTerminal)
    return {
      show: (text) => io.stderr.write(`\r\u001B[2K${text}`),
      end: () => io.stderr.write("\r\u001B[2K"),
    };
  let isFirst = true;
  return {
    show(text) {
      if (isFirst) io.stderr.write(`${text}\n`);
      isFirst = false;
    },
    end() {},
  };
}
