/** `promgen-agent sync`: once, for cron and systemd timers. */
import type { AgentConfig } from "../config.ts";
import type { Collaborators, RunResult } from "../core/collaborators.ts";
import { runSync } from "../core/sync.ts";

/** Whoever calls it holds the lock. Nothing is thrown. */
export async function sync(config: AgentConfig, collaborators: Collaborators): Promise<RunResult> {
  return await runSync(config, collaborators);
}
