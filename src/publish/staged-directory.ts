/**
 * Artifacts → directory. Everything is written to a sibling first, which then takes the directory's place by renames: a
 * build that is killed leaves the old directory or the new one, at worst none between two renames, and the next build
 * puts that right.
 *
 * Two names beside the directory keep that simple. `…-new` is rubbish whenever no build is at work. `…-old` is always a
 * whole directory: what is to be removed is renamed to `…-new` first, so that it is never taken for something to restore.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { platform } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Sink } from "../render/artifact.ts";
import { sha256 } from "../render/sha256.ts";
import { attempt } from "./attempt.ts";
import { foreignContent } from "./ownership.ts";
import { StagedFiles } from "./staged-files.ts";

export interface StagedDirectory extends Sink {
  /** Absolute path of the new directory, for a StagedFiles in another thread. */
  readonly staging: string;
  /** Puts the new directory in the place of the old one. */
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
  if (inventory !== undefined && `${target}${sep}`.startsWith(`${realTarget(inventory)}${sep}`)) {
    throw new EnvironmentError(`${out} lies in the inventory`, `choose a directory beside it${how}`);
  }
  const parent = dirname(target);
  const lock = await lockPath(target, how);
  const staging = join(parent, `.${basename(target)}.promgen-gen-new`);
  const old = join(parent, `.${basename(target)}.promgen-gen-old`);
  try {
    attempt(`prepare ${out}`, () => {
      mkdirSync(parent, { recursive: true });
      // Killed between the two renames below: the old directory is the last complete one.
      if (!existsSync(target) && existsSync(old)) renameSync(old, target);
      rmSync(staging, { recursive: true, force: true });
      removeOld(old, staging);
    });
    refuseForeign(out, target, how);
    attempt(`write to ${parent}`, () => mkdirSync(staging));
  } catch (error) {
    lock?.close();
    throw error;
  }

  const files = new StagedFiles(staging);
  let isOver = false;
  const end = (): void => {
    isOver = true;
    files.close();
    lock?.close();
  };
  const swap = (): void => {
    const hasOld = existsSync(target);
    if (hasOld) renameSync(target, old);
    try {
      renameSync(staging, target);
    } catch (error) {
      if (hasOld) renameSync(old, target);
      throw error;
    }
  };
  return {
    staging,
    write: (path, chunk) => files.write(path, chunk),
    end: (path) => files.end(path),
    commit() {
      attempt(`replace ${out}`, swap, {
        EBUSY: `a mount point cannot be replaced: choose a directory below it${how}`,
      });
      try {
        attempt(`remove what ${out} held before`, () => removeOld(old, staging));
      } finally {
        end();
      }
    },
    discard() {
      if (isOver) return;
      end();
      try {
        rmSync(staging, { recursive: true, force: true });
      } catch {
        // What went wrong before is the thing to tell; the next build tries again.
      }
    },
  };
}

/** Removes the old directory in a way that never leaves a part of it under its name. */
function removeOld(old: string, staging: string): void {
  if (!existsSync(old)) return;
  renameSync(old, staging);
  rmSync(staging, { recursive: true });
}

/**
 * The path without symbolic links, also where it leads to nothing yet: a build that was killed between its renames leaves
 * nothing behind a link.
 */
function realTarget(path: string, hops = 0): string {
  if (existsSync(path)) return realpathSync(path);
  const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
  // As often as Linux follows links.
  if (link !== undefined && hops >= 40) throw Object.assign(new Error(`${path} leads to itself`), { code: "ELOOP" });
  if (link !== undefined) return realTarget(resolve(dirname(path), link), hops + 1);
  return dirname(path) === path ? path : join(realTarget(dirname(path), hops), basename(path));
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

/**
 * Holds a name that only one process can have and that dies with it: an abstract socket of Linux. Elsewhere there is no
 * lock, and two builds at once are the user's to avoid.
 */
async function lockPath(target: string, how: string): Promise<Server | undefined> {
  if (platform() !== "linux") return undefined;
  const name = `\0promgen-gen:${sha256(target)}`;
  const server = createServer();
  return await new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        fail(
          new EnvironmentError(
            `another build is writing to ${target}`,
            `wait for it to end, or choose another directory${how}`,
          ),
        );
      else done(undefined);
    });
    server.listen(name, () => {
      server.unref();
      done(server);
    });
  });
}
