/**
 * A tree in a directory on disk.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { join, sep } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Tree } from "./tree.ts";
import { pathBelow, walkInventory } from "./walk.ts";
import type { Entry, Ground, Way } from "./walk.ts";

/** @param root absolute path of the directory that holds promgen.yml and the inventory */
export function directoryTree(root: string): Tree {
  const realRoot = realpathSync(root);
  /** Files that no symbolic link leads to. */
  const plain = new Set<string>();
  const ground: Ground = {
    entries: (directory) => entriesOf(realRoot, directory),
    follow: (path) => follow(realRoot, path),
  };
  return {
    list: (directory) => walkInventory(ground, directory, pathBelow(realRoot, directory), (file) => plain.add(file)),
    read: (file) => readInside(realRoot, file, plain),
  };
}

function entriesOf(root: string, directory: string): Entry[] {
  try {
    return readdirSync(join(root, directory), { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: kindOf(entry),
    }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cannotRead(directory, error);
  }
}

function kindOf(entry: Dirent): Entry["kind"] {
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "link";
  return entry.isFile() ? "file" : "other";
}

function follow(root: string, path: string): Way {
  const target = realPath(join(root, path));
  if (target === undefined) return { kind: "nowhere" };
  const below = pathBelow(root, target);
  if (below === undefined) return { kind: "outside" };
  return { kind: statSync(target).isDirectory() ? ("directory" as const) : ("file" as const), path: below };
}

function readInside(root: string, file: string, plain: ReadonlySet<string>): Uint8Array | undefined {
  // A plain file below plain directories cannot lead anywhere else; following it costs as much as reading it.
  const target = plain.has(file) ? `${root}${sep}${file}` : realPath(join(root, file));
  if (target === undefined) return undefined;
  try {
    if (!plain.has(file)) {
      const [message, hint] =
        pathBelow(root, target) === undefined
          ? [`${file} leads out of the repository`, "replace the symbolic link with the file itself"]
          : // A pipe would wait for somebody to write to it.
            !statSync(target).isFile()
            ? [`cannot read ${file}: it is no file`, "remove it, or put a file in its place"]
            : [];
      if (message !== undefined) throw new EnvironmentError(message, hint);
    }
    return readFileSync(target);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw cannotRead(file, error);
  }
}

function cannotRead(file: string, error: unknown): EnvironmentError {
  if (error instanceof EnvironmentError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new EnvironmentError(`cannot read ${file}: ${code}`, code === "EACCES" ? "check its permissions" : undefined);
}

/** The path with every link followed; `undefined` where it leads nowhere. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
