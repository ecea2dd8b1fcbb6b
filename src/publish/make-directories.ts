/** Directories that may not be there yet. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory, and those above it that are missing. Throws what the file system says.
 *
 * Node's own `recursive` tries for ever where a name cannot be made in a directory that is there, as in /proc:
 * https://github.com/nodejs/node/blob/v20.20.0/src/node_file.cc (MKDirpSync)
 *
 * @param directory absolute path
 */
export function makeDirectories(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
    const parent = dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || existsSync(parent)) throw error;
    makeDirectories(parent);
    makeDirectories(directory);
  }
}
