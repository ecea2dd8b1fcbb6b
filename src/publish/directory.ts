/** Publishes to a directory, for a web server, rsync or an upload. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Io } from "../io.ts";
import { attempt } from "./attempt.ts";
import type { Destination } from "./destination.ts";
import { stageDirectory } from "./staged-directory.ts";

/**
 * Publishes to a directory, which is replaced as a whole, and only where it still is what it was at the beginning. Another one who
 * publishes to it meanwhile is refused at once, where he sees the lock: see staging-place.ts.
 *
 * @param path absolute
 * @param name for people
 * @param inventory absolute path of what is rendered
 * Throws EnvironmentError where the directory holds something that is not ours, where somebody else publishes to it, and where
 * the disk fails.
 */
export async function withDirectory<T>(
  io: Io,
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
      async commit() {
        staged.commit();
        if (staged.note !== undefined) io.stderr.write(`note: ${staged.note}\n`);
      },
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
