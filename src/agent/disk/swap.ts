/** A staged file takes the place of the one that Prometheus reads. */
import { fchmodSync, fchownSync, fstatSync, fsyncSync, futimesSync, renameSync } from "node:fs";
import type { Stats } from "node:fs";
import type { PlaceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import type { Directory } from "./directory.ts";
import { inside, syncDirectory } from "./directory.ts";
import { attempt, codeOf } from "./errno.ts";
import type { NewFile } from "./new-file.ts";
import { statsOf } from "./old-file.ts";

const OTHERS_READ = 0o004;
const GROUP_READS = 0o040;

export interface Swap {
  readonly watched: Directory;
  readonly name: string;
  readonly staging: Directory;
  readonly file: NewFile;
  /** Seconds since 1970. */
  readonly now: number;
  /** The last mtime that was given to this name, if any. */
  readonly lastMtime: number | undefined;
}

/**
 * Everything about the file is settled before the rename: Prometheus reads it at once, and does not look again when only
 * the mode changes (https://github.com/prometheus/prometheus/blob/v3.5.0/discovery/file/file.go#L265).
 *
 * @returns the mtime, whole seconds since 1970
 */
export function swapIn({ watched, name, staging, file, now, lastMtime }: Swap, config: PlaceConfig): number {
  const path = `${watched.path}/${name}`;
  const inPlace = statsOf(watched, name);
  attempt(`set owner and mode of ${path}`, () => {
    setOwner(path, file.fd, config, inPlace);
    fchmodSync(file.fd, config.mode);
  });
  const mtime = attempt(`set the time of ${path}`, () => setMtime(file.fd, now, inPlace, lastMtime));
  // Where this fails, pages may be lost although a second fsync says otherwise: the file is never used then.
  attempt(`sync the new ${path}`, () => fsyncSync(file.fd));
  attempt(`replace ${path}`, () => renameSync(inside(staging, file.name), inside(watched, name)));
  syncDirectory(watched);
  return mtime;
}

/**
 * Prometheus reports the mtime in whole seconds, and so is told two files apart: it rises with every swap, whatever the
 * clock says.
 */
function setMtime(fd: number, now: number, inPlace: Stats | undefined, lastMtime = -Infinity): number {
  const before = inPlace === undefined ? -Infinity : Math.floor(inPlace.mtimeMs / 1000);
  const set = (seconds: number): number => {
    futimesSync(fd, seconds, seconds);
    return Math.floor(fstatSync(fd).mtimeMs / 1000);
  };
  const kept = set(Math.max(Math.floor(now), before + 1, lastMtime + 1));
  // The file in place bears the last second that the file system knows, in 2038 or later: then only another one will do.
  return kept > before ? kept : set(Math.floor(now));
}

/** Where nobody said whose the files are, they stay whose they were, as far as the kernel lets us and it matters. */
function setOwner(path: string, fd: number, { owner, mode }: PlaceConfig, inPlace: Stats | undefined): void {
  const ours = fstatSync(fd);
  const { uid, gid } = owner ?? inPlace ?? ours;
  if (give(fd, uid, gid)) return;
  const hasGroup = ours.gid === gid || give(fd, ours.uid, gid);
  const isReadable = (mode & OTHERS_READ) !== 0 || (hasGroup && (mode & GROUP_READS) !== 0);
  if (owner === undefined && isReadable) return;
  throw new Failure("permission", `cannot give ${path} to user ${uid} and group ${gid}`, {
    help:
      owner === undefined
        ? "the file in place is theirs, and nobody else may read it: run promgen-agent as that user or as root, or say another --owner or --mode"
        : "run promgen-agent as root or as that user, or leave --owner out",
  });
}

/** Whether a file has this owner and group now. */
function give(fd: number, uid: number, gid: number): boolean {
  const now = fstatSync(fd);
  if (now.uid === uid && now.gid === gid) return true;
  try {
    fchownSync(fd, uid, gid);
    return true;
  } catch (error) {
    // EINVAL: a container that does not know this user.
    if (codeOf(error) === "EPERM" || codeOf(error) === "EINVAL") return false;
    throw error;
  }
}
