/** `promgen-agent hold`: nothing newer is swapped in, for a time or until `release`. */
import type { AgentConfig } from "../config.ts";
import type { Collaborators, RunResult } from "../core/collaborators.ts";
import { drive } from "../core/sync.ts";

/**
 * Damaged files are still put right meanwhile. Whoever calls it holds the lock. Nothing is thrown.
 *
 * @param seconds until it is over; without, until `release`
 * @param reason for whoever wonders later
 */
export async function hold(
  config: AgentConfig,
  collaborators: Collaborators,
  seconds?: number,
  reason?: string,
): Promise<RunResult> {
  return await drive(config, collaborators, { kind: "hold", seconds, reason });
}
