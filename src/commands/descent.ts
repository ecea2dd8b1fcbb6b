/**
 * What is published comes from a commit that this one descends from: nobody publishes an older state by accident. And the
 * commits since then are those that may accept something.
 */
import { EnvironmentError } from "../exit.ts";
import type { Repository } from "../publish/repository.ts";

/** A shorter part of an id may fit several commits. */
const SHORTEST = 7;

/**
 * @param published id of the commit that is published, as its manifest has it; `-dirty` may follow
 * @param rewritten `--accept-rewrite`: its id, or a part of it, where it is meant that this one does not descend from it
 * @returns the published commit, where this one descends from it
 * Throws EnvironmentError where the commit that is checked out does not descend from the published one, or nobody can tell.
 */
export async function checkDescent(
  repository: Repository,
  published: string,
  rewritten: string | undefined,
): Promise<string | undefined> {
  const commit = withoutDirty(published);
  const descent = await repository.descentFrom(commit);
  if (descent === "descends") return commit;
  const isMeant = rewritten !== undefined && rewritten.length >= SHORTEST && commit.startsWith(rewritten.toLowerCase());
  // What was published is in another history, and so is all that came before it: nobody can tell which commits are new.
  if (isMeant) return undefined;
  const short = commit.slice(0, 12);
  const asked =
    rewritten === undefined ? "" : `; --accept-rewrite names ${JSON.stringify(rewritten)}, which is another commit`;
  switch (descent) {
    case "cut off by a shallow clone":
      throw new EnvironmentError(
        `this clone is shallow, and nobody can tell whether the commit that is checked out descends from ${short}, which is published${asked}`,
        "run `git fetch --unshallow` (in GitHub Actions: `fetch-depth: 0` for actions/checkout)",
      );
    case "unknown here":
      throw new EnvironmentError(
        `this repository does not have ${short}, which is published, so the commit that is checked out does not descend from it${asked}`,
        `\`git pull\`: what is published may come from a newer commit; only where the history was rewritten on purpose, and that one is gone, add \`--accept-rewrite ${commit}\``,
      );
    case "does not descend":
      throw new EnvironmentError(
        `the commit that is checked out does not descend from ${short}, which is published${asked}`,
        `to go back to what was before, revert the commit and publish that; where the history was rewritten on purpose, add \`--accept-rewrite ${commit}\``,
      );
  }
}

/**
 * The published commit, where the one that is checked out descends from it.
 *
 * @param published id of a commit, as `checkDescent` takes it
 */
export async function descendedFrom(repository: Repository, published: string): Promise<string | undefined> {
  const commit = withoutDirty(published);
  return (await repository.descentFrom(commit)) === "descends" ? commit : undefined;
}

function withoutDirty(commit: string): string {
  return commit.replace(/-dirty$/, "");
}
