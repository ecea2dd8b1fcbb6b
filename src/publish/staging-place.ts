/**
 * Where the new content of a directory is written before it takes the directory's place: beside it, under a name that nobody
 * else at work has.
 *
 * Processes that see one another's locks share a name, so that what a killed one left is found, and is rubbish for whoever
 * holds the lock. All others, in another container or on another machine that has the same disk, have names of their own.
 * Whether they are at work nobody can tell, so that what they left is removed when it is old.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { platform } from "node:os";
import { basename, dirname, join } from "node:path";
import { EnvironmentError } from "../exit.ts";
import { sha256 } from "../render/sha256.ts";

export interface StagingPlace {
  /** Absolute path of a directory that is to be made. */
  readonly path: string;
  /** Lets others have it. */
  release(): void;
}

/** Nothing takes so long, in milliseconds. Who was stopped meanwhile sees that what he wrote is gone. */
const AGE = 86_400_000;

/**
 * Takes the place for a directory.
 *
 * @param target absolute path, without symbolic links; the directory that it lies in is there
 * @param how another directory is chosen, for the end of a sentence
 * Throws EnvironmentError where another process has it.
 */
export async function takeStagingPlace(target: string, how: string): Promise<StagingPlace> {
  const id = namespaceId();
  const release = id === undefined ? undefined : await lock(target, how);
  const own = id === undefined || release === undefined ? randomBytes(8).toString("hex") : id;
  return { path: `${prefixOf(target)}${own}`, release: release ?? (() => {}) };
}

/** Where a process that has the lock writes; for all that see one another's locks it is the same. */
export function lockedStagingPath(target: string): string {
  return `${prefixOf(target)}${namespaceId() ?? ""}`;
}

/**
 * Where a directory is while another one takes its place: between two renames, it is there and nowhere else. For who was killed
 * there, it is put back the next time.
 */
export function replacedPath(target: string): string {
  return join(dirname(target), `.${basename(target)}.promgen-gen-old`);
}

/** Removes what is at a place of one's own, and what others left at theirs long ago. Throws what Node's file system throws. */
export function clearStaging(target: string, own: string): void {
  rmSync(own, { recursive: true, force: true });
  const parent = dirname(target);
  const prefix = basename(prefixOf(target));
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (!name.startsWith(prefix) || !isOld(path)) continue;
    try {
      removeThrough(path, own);
    } catch {
      // It is another user's, who may remove it.
    }
  }
}

/**
 * Removes a directory under another name, so that never a part of it lies under its own: whoever it belongs to finds all of it
 * or nothing. Throws what Node's file system throws.
 *
 * @param own a free place
 */
export function removeThrough(path: string, own: string): void {
  try {
    renameSync(path, own);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  rmSync(own, { recursive: true });
}

function prefixOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.promgen-gen-new-`);
}

function isOld(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts !== undefined && Date.now() - facts.mtimeMs > AGE;
}

/** The same for processes that see one another's locks: those of one network namespace, until the machine starts anew. */
function namespaceId(): string | undefined {
  if (platform() !== "linux") return undefined;
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    return sha256(`${boot}${readlinkSync("/proc/self/ns/net")}`).slice(0, 16);
  } catch {
    return undefined;
  }
}

/**
 * Holds a name that only one process can have and that dies with it: an abstract socket of Linux. It is made of the inode that
 * the directory lies in, which is the same by whichever way somebody comes. Gives `undefined` where there are no sockets.
 */
async function lock(target: string, how: string): Promise<(() => void) | undefined> {
  const { dev, ino } = statSync(dirname(target), { bigint: true });
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
    server.listen(`\0promgen-gen:${sha256(`${dev}:${ino}/${basename(target)}`)}`, () => {
      server.unref();
      done(() => void server.close());
    });
  });
}
