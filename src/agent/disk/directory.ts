/**
 * Directories that stay the same ones while something is done in them.
 *
 * A path is looked up anew by every call: whoever may rename a directory on the way could lead a later call elsewhere.
 * So a directory is opened once and looked at, and names in it go through `/proc/self/fd`, which is that very directory.
 */
import { chmodSync, closeSync, constants, existsSync, fchownSync, fstatSync, fsyncSync, mkdirSync } from "node:fs";
import { openSync, readlinkSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../failure.ts";
import { attempt, codeOf } from "./errno.ts";

/** A directory that is open. */
export interface Directory {
  /** For people. */
  readonly path: string;
  readonly fd: number;
  readonly uid: number;
  readonly gid: number;
}

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;

/** The path of something in a directory, for node:fs. */
export function inside(directory: Directory, name: string): string {
  return `/proc/self/fd/${directory.fd}/${name}`;
}

/**
 * Does something in a directory.
 *
 * @param path absolute
 * @throws {Failure} `unsafe-path` where anybody may write to it or replace a directory above it, or where the path leads
 *   through symbolic links and that was not allowed
 */
export function within<T>(path: string, allowSymlinks: boolean, act: (directory: Directory) => T): T {
  return opened(
    path,
    () => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY),
    act,
    (fd) => {
      refuseUnsafe(path, fd, allowSymlinks);
    },
  );
}

/** As {@link within}; undefined where there is no such directory. */
export function withinIfThere<T>(
  path: string,
  allowSymlinks: boolean,
  act: (directory: Directory) => T,
): T | undefined {
  // Not `existsSync`: a directory that we may not see is not one that is not there.
  const stats = attempt(`look at the directory ${path}`, () => statSync(path, { throwIfNoEntry: false }));
  return stats === undefined ? undefined : within(path, allowSymlinks, act);
}

/** Does something in a directory of ours inside another; a symbolic link in its place is never followed. */
export function withinOurs<T>(parent: Directory, name: string, act: (directory: Directory) => T): T {
  const path = `${parent.path}/${name}`;
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  return opened(
    path,
    () => openSync(inside(parent, name), flags),
    act,
    (fd) => {
      if ((fstatSync(fd).mode & (OTHERS_WRITE | GROUP_WRITES)) !== 0)
        throw new Failure("unsafe-path", `others may write to ${path}`, { help: `chmod 700 ${path}` });
    },
  );
}

/** Makes a directory and those above it that are missing, so that everybody may enter them, and that a power cut keeps. */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  makeDirectory(parent);
  attempt(`create the directory ${path}`, () => {
    try {
      mkdirSync(path);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return;
      throw error;
    }
    // Whatever the umask: Prometheus has to get to the targets.
    chmodSync(path, 0o755);
    const fd = openSync(parent, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/** Makes a directory of ours inside another; nothing where it is there. */
export function makeOurs(parent: Directory, name: string, mode: number): void {
  attempt(`create the directory ${parent.path}/${name}`, () => {
    try {
      mkdirSync(inside(parent, name), mode);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  });
  withinOurs(parent, name, ({ path, fd }) => giveToOwner(parent, path, fd));
}

/**
 * What root makes by hand belongs to whom the directory belongs to: otherwise the agent that runs as that user would
 * find files that it may not touch.
 */
export function giveToOwner(directory: Directory, path: string, fd: number): void {
  if (directory.uid === 0 || fstatSync(fd).uid !== 0) return;
  attempt(`give ${path} to the owner of its directory`, () => fchownSync(fd, directory.uid, directory.gid));
}

/** Makes what was renamed in a directory outlast a power cut. */
export function syncDirectory(directory: Directory): void {
  attempt(`sync ${directory.path}`, () => {
    try {
      fsyncSync(directory.fd);
    } catch (error) {
      // Some network file systems do not know it for directories, and write such changes at once.
      if (codeOf(error) !== "EINVAL") throw error;
    }
  });
}

function opened<T>(
  path: string,
  open: () => number,
  act: (directory: Directory) => T,
  refuse: (fd: number) => void,
): T {
  const fd = attempt(`open the directory ${path}`, open);
  try {
    attempt(`look at the directory ${path}`, () => refuse(fd));
    const { uid, gid } = fstatSync(fd);
    return act({ path, fd, uid, gid });
  } finally {
    closeSync(fd);
  }
}

function refuseUnsafe(path: string, fd: number, allowSymlinks: boolean): void {
  const real = readlinkSync(`/proc/self/fd/${fd}`);
  if (real !== path && !allowSymlinks)
    throw new Failure("unsafe-path", `${path} leads through a symbolic link to ${real}`, {
      help: `say ${real} instead, or --allow-symlinks: Prometheus does not notice when such a link changes`,
    });
  if ((fstatSync(fd).mode & OTHERS_WRITE) !== 0) throw writableByAll(real);
  for (let above = real; above !== dirname(above);) {
    above = dirname(above);
    const { mode } = statSync(above);
    // In a sticky directory, such as /tmp, nobody can rename what belongs to others.
    if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) throw writableByAll(above);
  }
}

function writableByAll(path: string): Failure {
  return new Failure("unsafe-path", `everybody may write to ${path}`, {
    help: `chmod o-w ${path}, or choose another directory: whoever writes there decides what Prometheus scrapes`,
  });
}
