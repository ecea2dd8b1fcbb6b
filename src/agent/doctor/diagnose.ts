import type { AgentConfig } from "../config.ts";
import type { Collaborators } from "../core/collaborators.ts";
import { lookAtClock } from "./clock.ts";
import { lookAtMemory } from "./memory.ts";
import { lookAtPlace } from "./place.ts";
import type { Row } from "./row.ts";
import { failed } from "./row.ts";
import { lookAtServers } from "./servers.ts";
import { lookAtSources } from "./sources.ts";
import { lookAtTools } from "./tools.ts";

/**
 * Looks at everything between the sources and what Prometheus scrapes, and changes nothing of it. Does not take the lock:
 * a run that is at work meanwhile can make a row or two look odd.
 *
 * @returns rows in the order in which targets travel; never throws
 */
export async function diagnose(config: AgentConfig, collaborators: Collaborators): Promise<Row[]> {
  const [tools, place] = await Promise.all([
    guarded(async () => await lookAtTools(config)),
    lookAtPlace(config.place, collaborators.disk).catch((error: unknown) => ({
      rows: [failed("doctor", error)],
      files: [],
    })),
  ]);
  const memory = await lookAtMemory(config, collaborators, place.files).catch((error: unknown) => ({
    rows: [failed("doctor", error)],
    state: undefined,
    pointer: undefined,
  }));
  const { clock, signal } = collaborators;
  const [clocks, sources, servers] = await Promise.all([
    guarded(async () => await lookAtClock(config, () => clock.now(), signal)),
    guarded(async () => await lookAtSources(config, collaborators, memory)),
    guarded(async () => await lookAtServers(config, collaborators, place.files)),
  ]);
  return [...tools, ...clocks, ...sources, ...memory.rows, ...place.rows, ...servers];
}

async function guarded(look: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await look();
  } catch (error) {
    return [failed("doctor", error)];
  }
}
