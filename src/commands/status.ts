/** `status`: what every server runs, against what is published. */
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { fleetStatus } from "../notify/fleet-status.ts";
import type { FleetStatus } from "../notify/fleet-status.ts";
import { agentsReader, prometheusReader } from "../notify/read-fleet.ts";
import type { ReadFleet } from "../notify/read-fleet.ts";
import { fleetJsonLines } from "../report/fleet-json.ts";
import { fleetMarkdown } from "../report/fleet-markdown.ts";
import { fleetTextLines } from "../report/fleet-text.ts";
import { publishedFleet } from "./published-fleet.ts";
import { hasColor } from "./report-options.ts";

/** How agents are asked: their own /metrics by a pattern, or a Prometheus that scrapes them. */
export type Through = { readonly agents: string } | { readonly prometheus: string };

export interface StatusOptions {
  /** A URL, a directory or a branch. */
  readonly published: string;
  readonly through: Through;
  readonly format: "text" | "json" | "markdown";
  /** In seconds. */
  readonly maxAge: number;
}

/** For a Prometheus, or for one agent after the other: seconds. */
const SECONDS = 20;

export function fleetReader(through: Through): ReadFleet {
  return "agents" in through ? agentsReader(through.agents) : prometheusReader(through.prometheus);
}

/** Exit code 1 where a server has not had what is published for longer than `maxAge`. */
export async function status(io: Io, options: StatusOptions): Promise<ExitCode> {
  const read = fleetReader(options.through);
  const { manifest, name, servers } = await publishedFleet(io, options.published);
  const readings = await read(servers, SECONDS);
  const { generation, commit = null, repository = null } = manifest;
  const published = { where: name, generation, commit, repository };
  const now = Math.floor(io.now() / 1000);
  const found = fleetStatus(servers, readings, published, now, options.maxAge);
  io.stdout.write(shown(io, found, options.format));
  return found.counts.late > 0 ? EXIT.findings : EXIT.ok;
}

function shown(io: Io, found: FleetStatus, format: StatusOptions["format"]): string {
  if (format === "markdown") return fleetMarkdown(found);
  const lines = format === "json" ? fleetJsonLines(found) : fleetTextLines(found, hasColor(io, io.stdout));
  return `${[...lines].join("\n")}\n`;
}
