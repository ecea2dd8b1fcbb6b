/**
 * Clones for who only looks. That in the agent's state belongs to the run that has the lock, and its files to the agent's
 * user: doctor has no lock and may be run by root, and git writes even where it is only asked something.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentConfig } from "../config.ts";
import type { Source } from "../source/source.ts";

/**
 * Calls `act` with the same sources, those of git with clones of their own, which are deleted then; and with what turns
 * paths of theirs into those of the agent's state.
 *
 * @throws {Failure} of the disk's reasons
 */
export async function withPrivateClones<T>(
  { source, shard, place }: AgentConfig,
  sources: readonly Source[],
  act: (sources: readonly Source[], inState: (words: string) => string) => Promise<T>,
): Promise<T> {
  const isGit = (at: number): boolean => source.urls[at]?.startsWith("git+") === true;
  if (!sources.some((_, at) => isGit(at))) return await act(sources, (words) => words);
  const { openSource } = await import("../source/open-source.ts");
  const { onDisk } = await import("../source/git-directory.ts");
  const directory = await onDisk(`create a directory in ${tmpdir()}`, () => mkdtemp(join(tmpdir(), "promgen-agent-")));
  try {
    // Which commit was taken last comes along: a branch that was rewritten since is to be told of. The clone does not: a
    // run may be changing it.
    const filter = (path: string): boolean => !path.endsWith("clone.git");
    await cp(join(place.state, "clones"), join(directory, "clones"), { recursive: true, filter }).catch(() => {});
    const own = sources.map(async (one, at) =>
      isGit(at) ? await openSource(source.urls[at] ?? "", source, shard, directory) : one,
    );
    return await act(await Promise.all(own), (words) => words.replaceAll(directory, place.state));
  } finally {
    await rm(directory, { recursive: true, force: true }).catch(() => {});
  }
}
