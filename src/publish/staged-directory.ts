/**
 * Artifacts → directory. Everything is written to a sibling first, which then takes the directory's place by renames: a
 * build that is killed leaves the old directory or the new one, at worst none between two renames, and the next build
 * puts that right.
 *
 * Two names beside the directory keep that simple. `…-new-…` is rubbish whenever whoever has that place is not at work: see
 * staging-place.ts. `…-old` is always a whole directory: what is to be removed is renamed to `…-new-…` first, so that it is
 * never taken for something to restore.
 *
 * Builds that do not see one another's locks may be at work at once. Each has its own `…-new-…`, and sees at the end whether
 * the directory is still the one that it began with: one wins, and the others say so.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Sink } from "../render/artifact.ts";
import { attempt } from "./attempt.ts";
import { accessTo, accessWords, giveAccess } from "./directory-access.ts";
import { makeDirectories } from "./make-directories.ts";
import { foreignContent } from "./ownership.ts";
import { liesIn, realTarget } from "./real-target.ts";
import { StagedFiles } from "./staged-files.ts";
import { clearStaging, removeThrough, replacedPath, takeStagingPlace } from "./staging-place.ts";

export interface StagedDirectory extends Sink {
  /** Absolute path of the new directory, for a StagedFiles in another thread. */
  readonly staging: string;
  /** What the new directory does not have of the old one, for people; `undefined` where it has the same owner, group and mode. */
  readonly note: string | undefined;
  /**
   * Puts the new directory in the place of the old one. Throws EnvironmentError where somebody else has done so meanwhile, and
   * where the disk fails.
   */
  commit(): void;
  /** Removes what was staged; the old directory stays. Does nothing after a commit. */
  discard(): void;
}

/**
 * Begins to replace a directory.
 *
 * @param out absolute path; a symbolic link is followed
 * @param inventory absolute path of what is rendered: artifacts in it would be read as inventory next time
 * @param how another directory is chosen, for the end of a sentence
 * Throws EnvironmentError: the directory holds something that is not ours, another build is at work, the disk fails.
 */
export async function stageDirectory(out: string, inventory?: string, how = " with --out"): Promise<StagedDirectory> {
  const target = attempt(`find ${out}`, () => realTarget(out));
  if (inventory !== undefined && liesIn(target, realTarget(inventory))) {
    throw new EnvironmentError(`${out} lies in the inventory`, `choose a directory beside it${how}`);
  }
  const parent = dirname(target);
  attempt(`make ${parent}`, () => makeDirectories(parent), {
    ENOENT: `nothing can be made in that place: choose another directory${how}`,
  });
  const place = await takeStagingPlace(target, how);
  const staging = place.path;
  const old = replacedPath(target);
  let before: string | undefined;
  let note: string | undefined;
  try {
    attempt(`prepare ${out}`, () => {
      clearStaging(target, staging);
      // Killed between the two renames below: the old directory is the last complete one.
      if (!existsSync(target)) restore(old, target);
      removeThrough(old, staging);
    });
    before = attempt(`read ${out}`, () => identityOf(target));
    refuseForeign(out, target, how);
    attempt(`write to ${parent}`, () => mkdirSync(staging));
    note = attempt(`write to ${parent}`, () => takeOverAccess(out, target, staging));
  } catch (error) {
    place.release();
    throw error;
  }

  const files = new StagedFiles(staging);
  let isOver = false;
  const swap = (): void => {
    if (identityOf(target) !== before) throw overtaken(out);
    if (before !== undefined) {
      renameSync(target, old);
      // Between the look and the rename, too, it may have become another one.
      if (identityOf(old) !== before) {
        restore(old, target);
        throw overtaken(out);
      }
    }
    try {
      renameSync(staging, target);
    } catch (error) {
      if (before !== undefined) restore(old, target);
      throw error;
    }
  };
  return {
    staging,
    note,
    write: (path, chunk) => files.write(path, chunk),
    end: (path) => files.end(path),
    commit() {
      attempt(`replace ${out}`, swap, {
        EBUSY: `a mount point cannot be replaced: choose a directory below it${how}`,
        ENOTEMPTY: ANEW,
        // Where the process was stopped for longer than anything takes.
        ENOENT: ANEW,
      });
      try {
        attempt(`remove what ${out} held before`, () => removeThrough(old, staging));
      } finally {
        isOver = true;
        files.close();
        place.release();
      }
    },
    discard() {
      if (isOver) return;
      isOver = true;
      files.close();
      try {
        rmSync(staging, { recursive: true, force: true });
      } catch {
        // What went wrong before is the thing to tell; the next build tries again.
      }
      place.release();
    },
  };
}

const ANEW = "run this again: it begins with what is there now";

function overtaken(out: string): EnvironmentError {
  return new EnvironmentError(`somebody else has replaced ${out} meanwhile`, ANEW);
}

/**
 * Which directory it is, and with which content: another one has another inode, or another manifest.json in it. Of an absent one
 * it is `undefined`.
 */
function identityOf(directory: string): string | undefined {
  const inode = inodeOf(directory);
  const manifest = join(directory, "manifest.json");
  const time = statSync(manifest, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  return inode && `${inode} ${inodeOf(manifest)} ${time}`;
}

function inodeOf(path: string): string | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts && `${facts.dev}:${facts.ino}`;
}

/** Puts back what was there before. Somebody else may have done it, or put something newer there. */
function restore(old: string, target: string): void {
  try {
    renameSync(old, target);
  } catch (error) {
    if (!/^(ENOENT|ENOTEMPTY|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** Lets the new directory have the owner, group and mode of the old one; says what it could not be given. */
function takeOverAccess(out: string, target: string, staging: string): string | undefined {
  const had = accessTo(target);
  if (had === undefined) return undefined;
  // Whoever replaces it has to write in it.
  const wanted = { ...had, mode: had.mode | 0o700 };
  const [was, is] = [wanted, giveAccess(staging, wanted)].map(accessWords);
  if (was === is) return undefined;
  return `${out} had ${was}; this user may not give it that, so it has ${is} from now on: see that those who read it still can`;
}

function refuseForeign(out: string, target: string, how: string): void {
  if (!existsSync(target)) return;
  const foreign = attempt(`read ${out}`, () =>
    foreignContent(target, {
      list: (path) =>
        readdirSync(path, { withFileTypes: true }).map((entry) => ({
          name: entry.name,
          isDirectory: entry.isDirectory(),
        })),
      read: (path) => readFileSync(path, "utf8"),
    }),
  );
  if (foreign === undefined) return;
  throw new EnvironmentError(
    `${out} holds something that is not an artifact: ${foreign}`,
    `choose another directory${how}, or move that away: the whole directory would be replaced`,
  );
}
