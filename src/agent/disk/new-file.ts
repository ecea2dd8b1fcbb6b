/**
 * Files that are written beside their place and renamed into it: at every instant there is the old one or the new one,
 * after a power cut, too.
 */
import {
  close,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { FileName } from "../config.ts";
import { attempt, codeOf, tryTo } from "./errno.ts";
import type { Directory } from "./directory.ts";
import { giveToOwner, inside, syncDirectory } from "./directory.ts";

/** A file that nobody else has a name for yet. */
export interface NewFile {
  readonly name: string;
  readonly fd: number;
}

/** One that waits to take the place of another. */
export interface StagedFile extends NewFile {
  readonly takesPlaceOf: FileName;
}

const UNFINISHED = /\.\d+\.new$/;
/** So many leftovers that cannot be deleted are too many. */
const MOST_LEFTOVERS = 100;

/** Whether a name is one that {@link createFile} gives: rubbish, unless a run is at work. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** The first free name for something unfinished: leftovers that cannot be deleted are never in the way. */
export function tryNames<T>(stem: string, create: (name: string) => T): T {
  for (let number = 1; ; number++) {
    try {
      return create(`${stem}.${number}.new`);
    } catch (error) {
      if (codeOf(error) !== "EEXIST" || number === MOST_LEFTOVERS) throw error;
    }
  }
}

/** Creates a file with a name of its own. Whatever lies there, a symbolic link above all, is neither opened nor changed. */
export function createFile(directory: Directory, stem: string, mode: number): NewFile {
  return attempt(`create a file in ${directory.path}`, () =>
    tryNames(stem, (name) => ({ name, fd: openNew(directory, name, mode) })),
  );
}

/** Opens a file that is not there yet; throws EEXIST where something is. */
export function openNew(directory: Directory, name: string, mode: number): number {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return openSync(inside(directory, name), flags, mode);
}

/** Writes all of it, however little the kernel takes at once. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** Deletes a file. What it held is given back to the system by another thread, which takes as long as writing it. */
export function unlinkApart(directory: Directory, name: string): void {
  const path = inside(directory, name);
  let fd: number | undefined;
  tryTo(() => {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  });
  try {
    unlinkSync(path);
  } finally {
    if (fd !== undefined) close(fd, () => {});
  }
}

/** Removes what a killed run left. What cannot be removed is in nobody's way: names are never used twice. */
export function removeUnfinished(directory: Directory, isOurs: (name: string) => boolean): void {
  for (const name of attempt(`list ${directory.path}`, () => readdirSync(inside(directory, ""))))
    if (isUnfinished(name) && isOurs(name)) tryTo(() => unlinkSync(inside(directory, name)));
}

/** Closes a file that will not be used and deletes it. */
export function throwAway(directory: Directory, { name, fd }: NewFile): void {
  tryTo(() => closeSync(fd));
  tryTo(() => unlinkSync(inside(directory, name)));
}

/**
 * Replaces a file of ours, or creates it. What `syncDirectory` makes durable is the caller's where it says `later`; what may
 * be lost or cut short by a power cut is synced `never`.
 */
export function replaceFile(
  directory: Directory,
  name: string,
  parts: readonly Uint8Array[],
  sync: "now" | "later" | "never" = "now",
  mode = 0o644,
): void {
  const path = `${directory.path}/${name}`;
  const file = createFile(directory, name, mode);
  try {
    attempt(`write ${path}`, () => {
      giveToOwner(directory, path, file.fd);
      for (const part of parts) writeAll(file.fd, part);
      // What fsync could not write may be lost although a second fsync says otherwise: this file is never used then.
      if (sync !== "never") fsyncSync(file.fd);
      // ext4 writes out at once what takes the place of another file.
      else tryTo(() => unlinkApart(directory, name));
      renameSync(inside(directory, file.name), inside(directory, name));
    });
  } catch (error) {
    throwAway(directory, file);
    throw error;
  }
  closeSync(file.fd);
  if (sync === "now") syncDirectory(directory);
}

/** The mode of what the agent alone reads: it shows something of files that `--mode` may keep others from. */
export const OURS_ALONE = 0o600;
