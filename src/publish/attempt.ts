/** The disk's refusals, in words. */
import { EnvironmentError } from "../exit.ts";

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EACCES: "check the permissions of the directory",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file",
  ELOOP: "a symbolic link leads to itself",
};

/**
 * Does something with files. Throws EnvironmentError where the file system refuses it.
 *
 * @param what for "cannot …"
 * @param hints what to do, by error code, besides what is always said
 */
export function attempt<T>(what: string, act: () => T, hints: Readonly<Record<string, string>> = {}): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new EnvironmentError(`cannot ${what}: ${code}`, hints[code] ?? HINTS[code]);
  }
}
