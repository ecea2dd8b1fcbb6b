/** `promgen-agent release`: the end of a hold. */
import type { AgentConfig } from "../config.ts";
import type { Collaborators, RunResult } from "../core/collaborators.ts";
import { drive } from "../core/sync.ts";

/** Whoever calls it holds the lock. What waits is swapped in by the next sync. Nothing is thrown. */
export async function release(config: AgentConfig, collaborators: Collaborators): Promise<RunResult> {
  return await drive(config, collaborators, { kind: "release" });
}
