/** What tells this host from others: its moment in the interval depends on it and is the same after a restart. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Machines cloned from one image share their machine-id, containers have none: the name tells them apart. */
export function identityOf(shard: string): string {
  let machine = "";
  try {
    machine = readFileSync("/etc/machine-id", "utf8").trim();
  } catch {
    // Not a system with systemd.
  }
  return [machine, hostname(), shard].join("\n");
}
