/** Metrics for node_exporter's textfile collector, for hosts where nobody can scrape the agent. */
import { closeSync, constants, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_STATE } from "../config.ts";
import { sha256 } from "../sha256.ts";

/**
 * `promgen-agent.prom`; one of its own for each state directory that is not the usual one, as several agents on one host
 * have them, for one shard as well. It stays where the shard becomes another one.
 */
export function textfileName(state: string): string {
  return state === DEFAULT_STATE ? "promgen-agent.prom" : `promgen-agent-${sha256(state).slice(0, 12)}.prom`;
}

/**
 * The label `state` of all samples in it; undefined where they need none. Of two files with the same series, node_exporter
 * shows nothing at all.
 */
export function textfileState(state: string): string | undefined {
  return state === DEFAULT_STATE ? undefined : state;
}

/**
 * Replaces the file in one step: the collector reads all files that end in `.prom` whenever it likes. Throws what the
 * disk says. Must be called under the agent's lock, for what a killed run left is deleted first.
 */
export function writeTextfile(directory: string, name: string, metrics: string): void {
  const staged = join(directory, `.${name}.new`);
  rmSync(staged, { force: true });
  try {
    const file = openSync(
      staged,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      writeFileSync(file, metrics);
      // node_exporter runs as another user, whatever the umask is.
      fchmodSync(file, 0o644);
    } finally {
      closeSync(file);
    }
    renameSync(staged, join(directory, name));
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
}
