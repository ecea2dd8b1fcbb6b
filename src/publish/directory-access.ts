/** Who may enter a directory, and what new files in it get: lost where another directory takes its place, unless that gets the same. */
import { chmodSync, chownSync, statSync } from "node:fs";
import type { Stats } from "node:fs";

/** The same of two directories where everybody may do the same in both. Ids are numeric. */
export type Access = Pick<Stats, "uid" | "gid" | "mode">;

/** The permissions, with the bits for a set group and for deletion by owners alone. */
const PERMISSIONS = 0o7777;
/** What is not for another group than the one that it was given to: to write, and to have the files. */
const OF_GROUP = 0o2020;

/** Of a directory; `undefined` where there is none. Throws what Node's file system throws. */
export function accessTo(directory: string): Access | undefined {
  const facts = statSync(directory, { throwIfNoEntry: false });
  return facts && { uid: facts.uid, gid: facts.gid, mode: facts.mode & PERMISSIONS };
}

/**
 * Gives a directory an access, as far as this user may: root alone gives something away, and others to their groups alone.
 * Gives what it has then. Throws what Node's file system throws.
 */
export function giveAccess(directory: string, { uid, gid, mode }: Access): Access {
  const own = accessTo(directory) ?? { uid, gid, mode };
  // What is the same is not set once more: not every file system takes it.
  if ((own.uid !== uid || own.gid !== gid) && !isAllowed(() => chownSync(directory, uid, gid)))
    isAllowed(() => chownSync(directory, -1, gid));
  const { gid: group, mode: now } = accessTo(directory) ?? own;
  const wanted = group === gid ? mode : mode & ~OF_GROUP;
  if (now !== wanted) chmodSync(directory, wanted);
  return accessTo(directory) ?? own;
}

/** As `owner 0, group 33, mode 2750`. */
export function accessWords({ uid, gid, mode }: Access): string {
  return `owner ${uid}, group ${gid}, mode ${mode.toString(8).padStart(4, "0")}`;
}

function isAllowed(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPERM") return false;
    throw error;
  }
}
