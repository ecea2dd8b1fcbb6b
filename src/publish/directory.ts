/** Publishes to a directory, for a web server, rsync or an upload. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { attempt } from "./attempt.ts";
import type { Destination } from "./destination.ts";
import { stageDirectory } from "./staged-directory.ts";

/**
 * Publishes to a directory. Nobody else publishes to it meanwhile (on Linux), and it is replaced as a whole.
 *
 * @param path absolute
 * @param name for people
 * @param inventory absolute path of what is rendered
 * Throws EnvironmentError where the directory holds something that is not ours, and where the disk fails.
 */
export async function withDirectory<T>(
  path: string,
  name: string,
  inventory: string,
  act: (destination: Destination) => Promise<T>,
): Promise<T> {
  const staged = await stageDirectory(path, inventory, "");
  try {
    const paths = attempt(`read ${path}`, () => pathsIn(path));
    return await act({
      name,
      published: paths.size === 0 ? undefined : path,
      paths,
      read: async (file) =>
        paths.has(file) ? attempt(`read ${file}`, () => readFileSync(join(path, file), "utf8")) : undefined,
      holds: async (tests) => [...tests].every(([file, test]) => paths.has(file) && test(bytesOf(join(path, file)))),
      write: (file, chunk) => staged.write(file, chunk),
      end: (file) => staged.end(file),
      commit: async () => staged.commit(),
      keep: async () => false,
    });
  } finally {
    staged.discard();
  }
}

function bytesOf(path: string): Uint8Array {
  return attempt(`read ${path}`, () => readFileSync(path));
}

function pathsIn(directory: string): ReadonlySet<string> {
  if (!existsSync(directory)) return new Set();
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Set(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join("/")),
  );
}
