/** Metrics for node_exporter's textfile collector, for hosts where nobody can scrape the agent. */
import { closeSync, constants, fchmodSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeName } from "../../render/file-name.ts";
import { DEFAULT_STATE } from "../config.ts";

/**
 * `promgen-agent.prom`; with the shard in it where this agent has a state directory of its own, as several on one host
 * have.
 */
export function textfileName(state: string, shard: string): string {
  return state === DEFAULT_STATE ? "promgen-agent.prom" : `promgen-agent-${encodeName(shard)}.prom`;
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
