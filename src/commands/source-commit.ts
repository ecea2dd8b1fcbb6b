/** The commit that is published: what is on disk is what it has, and its time can be true. */
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { CONFIG_FILE } from "../model/config.ts";
import { showText } from "../model/show-text.ts";
import { gitState } from "../source/git-state.ts";
import type { CommittedFiles } from "./committed-files.ts";
import type { Judged } from "./judged.ts";

export interface SourceCommit {
  readonly commit: string;
  /** Committer time in seconds. */
  readonly time: number;
}

/** What to do about files that no status shows. */
export const UNSEEN_HELP =
  "`git ls-files -v` shows such files with S or a small letter: `git sparse-checkout disable` brings them back, `git update-index --no-assume-unchanged <file>` has it look again";

/** As long as clocks of different machines may be apart, in seconds. */
const AHEAD = 600;

/**
 * The commit that an inventory was read from.
 *
 * @param before what was checked out before it was read, and `files` what was read, to compare it with that
 * Throws EnvironmentError where it is not what a commit has, or where the commit is dated in the future: agents would not
 * take a later one that is dated right.
 */
export async function sourceCommit(
  io: Io,
  { inventory, links }: Judged,
  before: string | undefined,
  files: CommittedFiles | undefined,
): Promise<SourceCommit> {
  const state = await gitState(io.cwd, [CONFIG_FILE, inventory.config.inventory, ...links]);
  if (state === undefined)
    throw new EnvironmentError(
      "there is no commit here, and only what is committed is published",
      "commit the inventory to Git; `build` renders without it",
    );
  if (state.unseen !== undefined)
    throw new EnvironmentError(
      `Git was told to leave out ${showText(state.unseen)}, or not to look at it, and only what is committed is published`,
      UNSEEN_HELP,
    );
  if (state.isDirty)
    throw new EnvironmentError(
      "the inventory or promgen.yml differs from the commit that is checked out, and only what is committed is published",
      "commit it or take it back: `git status --ignored` shows what it is",
    );
  if (state.commit !== before)
    throw new EnvironmentError("another commit was checked out while the inventory was read", "run this again");
  await files?.check();
  if (state.time * 1000 > io.now() + AHEAD * 1000)
    throw new EnvironmentError(
      `commit ${state.commit.slice(0, 12)} is dated ${new Date(state.time * 1000).toISOString()}, which is to come`,
      "see that the clocks of this machine and of the one that made the commit are right; `git commit --amend --no-edit` dates the last one anew",
    );
  return { commit: state.commit, time: state.time };
}
