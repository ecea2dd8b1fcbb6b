/**
 * A tree in a directory on disk.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { join, sep } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Tree } from "./tree.ts";
import { ASTRAY, pathBelow, walkInventory } from "./walk.ts";
import type { Astray, Entry, Ground, Way } from "./walk.ts";

/** @param root absolute path of the directory that holds promgen.yml and the inventory */
export function directoryTree(root: string): Tree {
  const realRoot = realpathSync(root);
  const plain = new Set<string>();
  const plainFiles = new PlainFiles(realRoot);
  const ground: Ground = {
    entries: (directory) => entriesOf(realRoot, directory),
    follow: (path) => follow(realRoot, path),
  };
  return {
    list: (directory) => walkInventory(ground, directory, pathBelow(realRoot, directory), (file) => plain.add(file)),
    read: (file, isBrief = false) =>
      readInside(realRoot, file, plain.has(file) ? `${realRoot}${sep}${file}` : plainFiles.pathOf(file), isBrief),
  };
}

/** Finds files that no symbolic link leads to, where nobody has listed them, by listing each directory once. */
class PlainFiles {
  readonly #root: string;
  readonly #known = new Map<string, { readonly path: string; readonly names: ReadonlySet<string> } | undefined>();

  constructor(root: string) {
    this.#root = root;
  }

  /** The path of a plain file; `undefined` for what has to be looked at. */
  pathOf(file: string): string | undefined {
    const end = file.lastIndexOf("/");
    // In the root there may be anything, and only one file of it is read.
    if (end < 0) return undefined;
    const directory = file.slice(0, end);
    if (!this.#known.has(directory)) this.#known.set(directory, this.#list(directory));
    const known = this.#known.get(directory);
    const name = file.slice(end + 1);
    return known?.names.has(name) === true ? `${known.path}${sep}${name}` : undefined;
  }

  #list(directory: string): { path: string; names: ReadonlySet<string> } | undefined {
    const path = realPath(join(this.#root, directory));
    if (path === undefined || typeof placeOf(this.#root, path) !== "string") return undefined;
    try {
      const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
      return { path, names: new Set(files.map(({ name }) => name)) };
    } catch {
      // It says what is wrong itself when the file is read.
      return undefined;
    }
  }
}

/** A path without links, relative to the root. */
function placeOf(root: string, path: string): string | Astray {
  const below = pathBelow(root, path);
  if (below === undefined) return { kind: "outside" };
  return below.split("/").includes(".git") ? { kind: "git" } : below;
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
  const place = placeOf(root, target);
  if (typeof place !== "string") return place;
  return { kind: statSync(target).isDirectory() ? ("directory" as const) : ("file" as const), path: place };
}

/**
 * @param plain the path of a plain file below plain directories: it cannot lead anywhere else, and to follow it costs as much
 *   as to read it
 * @param isBrief see Tree
 */
function readInside(root: string, file: string, plain: string | undefined, isBrief: boolean): Uint8Array | undefined {
  const target = plain ?? realPath(join(root, file));
  if (target === undefined) return undefined;
  try {
    if (plain === undefined) {
      const place = placeOf(root, target);
      if (typeof place !== "string")
        throw new EnvironmentError(`${file} ${ASTRAY[place.kind]}`, "replace the symbolic link with the file itself");
      // A pipe would wait for somebody to write to it.
      if (!statSync(target).isFile())
        throw new EnvironmentError(`cannot read ${file}: it is no file`, "remove it, or put a file in its place");
    }
    return isBrief ? readBriefly(target) : readFileSync(target);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw cannotRead(file, error);
  }
}

/** Longer than most files of an inventory. */
const BRIEF = 1 << 16;
let memory: Buffer | undefined;

/** Reads a file into the same memory as the last one: memory that a process has not touched yet costs more than the rest. */
function readBriefly(path: string): Uint8Array {
  memory ??= Buffer.allocUnsafeSlow(BRIEF);
  const file = openSync(path, "r");
  try {
    const length = readSync(file, memory, 0, BRIEF, 0);
    return length < BRIEF ? memory.subarray(0, length) : readFileSync(path);
  } finally {
    closeSync(file);
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
