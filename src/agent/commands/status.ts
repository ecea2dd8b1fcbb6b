/** `promgen-agent status`: what is in place, since when, and who has it. Asks nobody and changes nothing. */
import { openDisk } from "../disk/open-disk.ts";
import type { AgentExitCode } from "../failure.ts";
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
  const standing = standingOf(config, state, files, now);
  print(settings.json ? `${JSON.stringify(standing, undefined, 2)}\n` : standingText(standing, now));
  return standing.exit;
}
