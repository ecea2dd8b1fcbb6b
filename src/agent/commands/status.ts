/** `promgen-agent status`: what is in place, since when, and who has it. Asks nobody and changes nothing. */
import { readPointer } from "../core/pointer.ts";
import type { Pointer } from "../core/pointer.ts";
import type { Disk } from "../disk/disk.ts";
import { openDisk } from "../disk/open-disk.ts";
import type { AgentExitCode } from "../failure.ts";
import { Failure } from "../failure.ts";
import type { Program } from "../program.ts";
import { readState } from "../watch/read-state.ts";
import { standingOf } from "../watch/standing.ts";
import { standingText } from "../watch/standing-text.ts";

/** Prints where the agent stands; ends as `sync` would. */
export async function showStatus({ config, settings, clock, print }: Program): Promise<AgentExitCode> {
  const disk = openDisk(config.place, clock);
  const state = await readState(config.place, clock);
  const files = await Promise.all(
    disk.names.map(async (name) => ({ name, path: disk.path(name), facts: await disk.look(name) })),
  );
  const now = clock.now();
  const standing = standingOf(config, state, files, now, await keptPointer(disk));
  print(settings.json ? `${JSON.stringify(standing, undefined, 2)}\n` : standingText(standing, now));
  return standing.exit;
}

/** What is kept beside the targets, for who may look at it: the state alone says less, but is no reason to fail. */
async function keptPointer(disk: Disk): Promise<Pointer | undefined> {
  try {
    const kept = await disk.keptPointer();
    return kept === undefined ? undefined : readPointer(kept.sums);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
