/** `promgen-agent status`: what is in place, since when, and who has it. Asks nobody and changes nothing. */
import { withCollaborators } from "../assemble.ts";
import { readPointer } from "../core/pointer.ts";
import { readAgentState } from "../core/state-file.ts";
import type { AgentState } from "../core/state.ts";
import type { Disk } from "../disk/disk.ts";
import { openDisk } from "../disk/open-disk.ts";
import { lookAtMemory } from "../doctor/memory.ts";
import type { AgentExitCode } from "../failure.ts";
import { Failure } from "../failure.ts";
import type { Program } from "../program.ts";
import { standingOf } from "../watch/standing.ts";
import type { Beside, FileInPlace, Lost } from "../watch/standing.ts";
import { standingText } from "../watch/standing-text.ts";

/** Prints where the agent stands; ends as `sync` would. */
export async function showStatus(program: Program): Promise<AgentExitCode> {
  const { config, settings, clock, print } = program;
  const disk = openDisk(config.place, clock);
  const state = await usableState(disk);
  const files = await Promise.all(
    disk.names.map(async (name) => ({ name, path: disk.path(name), facts: await disk.look(name) })),
  );
  const lost = state === undefined ? await whyLost(program, files) : undefined;
  const now = clock.now();
  const standing = standingOf(config, state, files, now, await keptPointer(disk), lost);
  print(settings.json ? `${JSON.stringify(standing, undefined, 2)}\n` : standingText(standing, now));
  return standing.exit;
}

async function usableState(disk: Disk): Promise<AgentState | undefined> {
  const bytes = await disk.readState();
  const state = bytes === undefined ? undefined : readAgentState(bytes, await disk.readContact());
  return state === "damaged" ? undefined : state;
}

/** The next run makes a state of what is kept beside the targets, where that can be trusted: doctor knows. */
async function whyLost(program: Program, files: readonly FileInPlace[]): Promise<Lost | undefined> {
  const { source, prometheus, ...rest } = program.config;
  const alone = { ...rest, source: { ...source, urls: [] }, prometheus: { ...prometheus, urls: [] } };
  const found = files.flatMap(({ facts, ...file }) => (facts === undefined ? [] : [{ ...file, facts }]));
  return await withCollaborators(alone, program, async (collaborators) => {
    const { rows } = await lookAtMemory(alone, collaborators, found);
    return rows.find(({ id, level }) => id === "state" && level !== "ok");
  });
}

/** What is kept beside the targets, for who may look at it: the state alone says less, but is no reason to fail. */
async function keptPointer(disk: Disk): Promise<Beside> {
  try {
    const kept = await disk.keptPointer();
    return kept === undefined ? "none" : readPointer(kept.sums);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
