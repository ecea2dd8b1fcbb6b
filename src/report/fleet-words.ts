/** What servers run, in words that all formats for people share. */
import type { FleetStatus, ServerStatus } from "../notify/fleet-status.ts";
import { quantity } from "./summary.ts";

/** As `4 of 6 servers have generation 1767323105 of 0123456789ab`; nothing in it is somebody else's text. */
export function fleetHeadline({ published, counts }: FleetStatus): string {
  const commit = published.commit === null ? "" : ` of ${published.commit.slice(0, 12)}`;
  const have = counts.servers === 1 ? "has" : "have";
  return `${counts.current} of ${quantity(counts.servers, "server")} ${have} generation ${published.generation}${commit}`;
}

/** That some are late, or nothing. */
export function lateWords({ counts, maxAge }: FleetStatus): string | undefined {
  if (counts.late === 0) return undefined;
  return `${quantity(counts.late, "server")} without it for longer than ${shortSpan(maxAge)}`;
}

export const COLUMNS = ["server", "shard", "state", "generation", "age", "what is wrong"] as const;

/** What stands below {@link COLUMNS}; the first two and the last are somebody else's text. */
export function serverCells({
  server,
  shard,
  state,
  isLate,
  generation,
  age,
  isConfirmed,
  error,
}: ServerStatus): string[] {
  const shown = isLate ? `${state}, late` : state === "current" && isConfirmed === null ? "current, no proof" : state;
  return [
    server,
    shard,
    shown,
    generation === null ? "–" : String(generation),
    age === null ? "–" : shortSpan(age),
    error ?? "",
  ];
}

const UNITS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
] as const;

/** Seconds, as `45s`, `12m`, `3h`, `2d`: rounded down. */
export function shortSpan(seconds: number): string {
  const [size, unit] = UNITS.find(([length]) => seconds >= length) ?? [1, "s"];
  return `${Math.floor(seconds / size)}${unit}`;
}
