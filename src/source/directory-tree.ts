/**
 * A tree in a directory on disk.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Diagnostic } from "../diagnostic.ts";
import { EnvironmentError } from "../exit.ts";
import type { RuleIdOf } from "../rules/registry.ts";
import type { Listing, Tree } from "./tree.ts";

type Escape = Diagnostic<RuleIdOf<"security">>;

/** @param root absolute path of the directory that holds promgen.yml and the inventory */
export function directoryTree(root: string): Tree {
  const realRoot = realpathSync(root);
  const plain = new Set<string>();
  return {
    list: (directory) => list(realRoot, directory, plain),
    read: (file) => readInside(realRoot, file, plain),
  };
}

function list(root: string, directory: string, plain: Set<string>): Listing {
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
  const links: string[] = [];
  walk({ root, files, links, plain, diagnostics, read: [realPath(top) ?? top] }, toPosix(relative(root, top)), true);
  return { files: files.sort(), links, diagnostics };
}

interface Walk {
  readonly root: string;
  readonly files: string[];
  readonly links: string[];
  /** Files that no symbolic link leads to. */
  readonly plain: Set<string>;
  readonly diagnostics: Escape[];
  /** Directories, links followed, whose content is read already. */
  readonly read: string[];
}

function walk(to: Walk, directory: string, isPlain: boolean): void {
  for (const entry of entriesOf(to.root, directory)) {
    const file = directory === "" ? entry.name : `${directory}/${entry.name}`;
    const isYaml = /\.ya?ml$/.test(entry.name);
    if (entry.isDirectory()) {
      // Git keeps no YAML of its user there, but thousands of files of its own.
      if (entry.name !== ".git") walk(to, file, isPlain);
    } else if (entry.isSymbolicLink()) follow(to, file, isYaml);
    else if (isYaml) {
      // A pipe or device of that name is to be read as well, so that it fails with its name instead of being skipped.
      to.files.push(file);
      if (isPlain && entry.isFile()) to.plain.add(file);
    }
  }
}

function entriesOf(root: string, directory: string): Dirent[] {
  try {
    return readdirSync(join(root, directory), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cannotRead(directory, error);
  }
}

function follow(to: Walk, file: string, isYaml: boolean): void {
  const target = realPath(join(to.root, file));
  if (target === undefined) {
    if (isYaml) to.diagnostics.push(escape(file, `${file} is a symbolic link that leads nowhere`));
  } else if (!isInside(to.root, target)) {
    to.diagnostics.push(escape(file, `${file} is a symbolic link that leads out of the repository`));
  } else if (!statSync(target).isDirectory()) {
    if (!isYaml) return;
    to.files.push(file);
    to.links.push(file);
  } else if (to.read.some((known) => isInside(known, target) || isInside(target, known))) {
    // What is read twice is defined twice; and a link to a directory that holds it would never end.
    to.diagnostics.push(escape(file, `${file} is a symbolic link to a directory that is read already`));
  } else {
    to.read.push(target);
    to.links.push(file);
    walk(to, file, false);
  }
}

function escape(file: string, message: string): Escape {
  return {
    code: "security/path-escape",
    severity: "error",
    message,
    where: { file, path: [] },
    help: "remove the link, or replace it with the file or directory itself",
  };
}

function readInside(root: string, file: string, plain: ReadonlySet<string>): Uint8Array | undefined {
  // A plain file below plain directories cannot lead anywhere else; following it costs as much as reading it.
  const target = plain.has(file) ? `${root}${sep}${file}` : realPath(join(root, file));
  if (target === undefined) return undefined;
  try {
    if (!plain.has(file)) {
      const [message, hint] = !isInside(root, target)
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

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function toPosix(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}
