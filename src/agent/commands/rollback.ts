/** `promgen-agent rollback`: last-known-good back in place, until something newer is published. */
import type { AgentConfig } from "../config.ts";
import type { Collaborators, RunResult } from "../core/collaborators.ts";
import { drive } from "../core/sync.ts";

/**
 * Puts last-known-good back the way everything is put in place, and quarantines the generation that it leaves. Whoever
 * calls it holds the lock. Nothing is thrown.
 */
export async function rollback(config: AgentConfig, collaborators: Collaborators): Promise<RunResult> {
  return await drive(config, collaborators, { kind: "rollback" });
}
