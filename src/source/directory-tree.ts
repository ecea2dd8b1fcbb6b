/**
 * A tree in a directory on disk.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import fastGlob from "fast-glob";
import type { Diagnostic } from "../diagnostic.ts";
import { EnvironmentError } from "../exit.ts";
import type { RuleIdOf } from "../rules/registry.ts";
import type { Listing, Tree } from "./tree.ts";

type Escape = Diagnostic<RuleIdOf<"security">>;

/** Symbolic links to directories are followed this often in one path, as Linux does. */
const MAX_LINKS = 40;

/** @param root absolute path of the directory that holds promgen.yml and the inventory */
export function directoryTree(root: string): Tree {
  const realRoot = realpathSync(root);
  return {
    list: (directory) => list(realRoot, directory),
    read: (file) => readInside(realRoot, file),
  };
}

async function list(root: string, directory: string): Promise<Listing> {
  const files: string[] = [];
  const diagnostics: Escape[] = [];
  const top = resolve(root, directory);
  if (!isInside(root, top) || !isInside(root, realPath(top) ?? top)) {
    const where = { file: "promgen.yml", path: [0, "inventory"] };
    const message = `the inventory \`${directory}\` lies outside of the repository`;
    return {
      files,
      diagnostics: [
        { code: "security/path-escape", severity: "error", message, where, help: "name a directory below promgen.yml" },
      ],
    };
  }
  await walk(root, relative(root, top), 0, files, diagnostics);
  return { files: files.sort(), diagnostics };
}

async function walk(
  root: string,
  directory: string,
  links: number,
  files: string[],
  diagnostics: Escape[],
): Promise<void> {
  const entries = await fastGlob("**", {
    cwd: join(root, directory),
    dot: true,
    onlyFiles: false,
    followSymbolicLinks: false,
    objectMode: true,
    suppressErrors: false,
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cannotRead(directory, error);
  });
  for (const { path, dirent } of entries) {
    const file = toPosix(join(directory, path));
    const isYaml = /\.ya?ml$/.test(path);
    if (dirent.isFile()) {
      if (isYaml) files.push(file);
      continue;
    }
    if (!dirent.isSymbolicLink()) continue;
    const target = realPath(join(root, file));
    if (target === undefined) {
      if (isYaml) diagnostics.push(escape(file, `${file} is a symbolic link that leads nowhere`));
    } else if (!isInside(root, target)) {
      diagnostics.push(escape(file, `${file} is a symbolic link that leads out of the repository`));
    } else if (statSync(target).isDirectory()) {
      // A link to a directory that holds it would never end.
      const isCycle = isInside(target, join(root, directory, path)) || links >= MAX_LINKS;
      if (isCycle) diagnostics.push(escape(file, `${file} is a symbolic link to a directory that contains it`));
      else await walk(root, file, links + 1, files, diagnostics);
    } else if (isYaml) files.push(file);
  }
}

function escape(file: string, message: string): Escape {
  return {
    code: "security/path-escape",
    severity: "error",
    message,
    where: { file, path: [] },
    help: "replace the link with the file or directory itself",
  };
}

function readInside(root: string, file: string): Uint8Array | undefined {
  const path = join(root, file);
  const target = realPath(path);
  if (target === undefined) return undefined;
  // What `list` found may have been replaced since.
  if (!isInside(root, target))
    throw new EnvironmentError(`${file} leads out of the repository`, "replace the symbolic link with the file itself");
  try {
    return readFileSync(target);
  } catch (error) {
    throw cannotRead(file, error);
  }
}

function cannotRead(file: string, error: unknown): EnvironmentError {
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

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function toPosix(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}
