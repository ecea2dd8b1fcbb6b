/**
 * The YAML files of an inventory, symbolic links followed as long as they stay in the tree: the same on disk and in Git.
 */
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Listing, ListingDiagnostic } from "./tree.ts";

/** Node and Git's own programs read what is not UTF-8 in a name as this character: nobody can open the file by it. */
const UNREADABLE = "\ufffd";

/** Stands beside a file as long as somebody edits it: a link whose target says who. */
const EMACS_LOCK = /(?:^|\/)\.#[^/]*$/;

export interface Entry {
  readonly name: string;
  /** `other` is a pipe or a device. */
  readonly kind: "file" | "directory" | "link" | "other";
}

/** Where a path leads with every link followed; `path` is relative to the root, with `/`. */
export type Way =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "nowhere" }
  | Astray;

/** Where nothing is read: beyond the root, or what is Git's own, which no commit has. */
export type Astray = { readonly kind: "outside" } | { readonly kind: "git" };

/** Said of a path, continuing its sentence. */
export const ASTRAY: Readonly<Record<Astray["kind"], string>> = {
  outside: "leads out of the directory of promgen.yml",
  git: "leads into .git",
};

/** What is walked over. Paths are relative to the root, with `/`; the root is "". */
export interface Ground {
  /** What a directory holds; an absent one holds nothing. */
  entries(directory: string): Iterable<Entry>;
  follow(path: string): Way;
}

/**
 * Lists the YAML files below a directory.
 *
 * @param directory as promgen.yml names it; `undefined` where that lies outside of the root
 * @param notePlain is told of each file that no symbolic link leads to
 */
export function walkInventory(
  ground: Ground,
  inventory: string,
  directory: string | undefined,
  notePlain: (file: string) => void = () => {},
): Listing {
  if (directory === undefined) return elsewhere(inventory, "outside");
  const top = ground.follow(directory);
  if (top.kind === "outside" || top.kind === "git") return elsewhere(inventory, top.kind);
  if (top.kind === "file") {
    const message = `\`inventory\` must be a directory, not the file \`${inventory}\``;
    // Without settings it is the default.
    const where = ground.follow(SETTING.file).kind === "nowhere" ? { file: directory, path: [] } : SETTING;
    return { files: [], diagnostics: [{ code: "schema/wrong-type", severity: "error", message, where, help: BELOW }] };
  }
  const files: string[] = [];
  const links: string[] = [];
  const diagnostics: ListingDiagnostic[] = [];
  const read = [top.kind === "directory" ? top.path : directory];
  walk({ ground, files, links, diagnostics, read, notePlain }, directory, true);
  return { files: files.sort(), links, diagnostics };
}

const SETTING = { file: "promgen.yml", path: [0, "inventory"] };
const BELOW = "name a directory below promgen.yml";

function elsewhere(inventory: string, kind: Astray["kind"]): Listing {
  const message = `the inventory \`${inventory}\` ${ASTRAY[kind]}`;
  return {
    files: [],
    diagnostics: [{ code: "security/path-escape", severity: "error", message, where: SETTING, help: BELOW }],
  };
}

/** A directory that a text names, as a path relative to the root; `undefined` where it lies outside. */
export function pathBelow(root: string, text: string): string | undefined {
  const way = relative(root, resolve(root, text));
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return undefined;
  return sep === "/" ? way : way.replaceAll(sep, "/");
}

interface Walk {
  readonly ground: Ground;
  readonly files: string[];
  readonly links: string[];
  readonly diagnostics: ListingDiagnostic[];
  /** Directories, links followed, whose content is read already. */
  readonly read: string[];
  readonly notePlain: (file: string) => void;
}

function walk(to: Walk, directory: string, isPlain: boolean): void {
  for (const { name, kind } of to.ground.entries(directory)) {
    const file = directory === "" ? name : `${directory}/${name}`;
    // In whatever case: a file that is passed over takes its targets with it, and nobody hears of it.
    const isYaml = /\.ya?ml$/i.test(name);
    if (name.includes(UNREADABLE)) {
      if (isYaml || kind === "directory" || kind === "link") to.diagnostics.push(unreadableName(file, kind));
    } else if (kind === "directory") {
      // Git keeps no YAML of its user there, but thousands of files of its own.
      if (name !== ".git") walk(to, file, isPlain);
    } else if (kind === "link") follow(to, file, isYaml);
    else if (isYaml) {
      // A pipe or device of that name is to be read as well, so that it fails with its name instead of being skipped.
      to.files.push(file);
      if (isPlain && kind === "file") to.notePlain(file);
    }
  }
}

function follow(to: Walk, file: string, isYaml: boolean): void {
  const target = to.ground.follow(file);
  if (target.kind === "nowhere") {
    if (isYaml && !EMACS_LOCK.test(file))
      to.diagnostics.push(escape(file, `${file} is a symbolic link that leads nowhere`));
  } else if (target.kind === "outside" || target.kind === "git") {
    to.diagnostics.push(escape(file, `${file} is a symbolic link that ${ASTRAY[target.kind]}`));
  } else if (target.kind === "file") {
    if (!isYaml) return;
    to.files.push(file);
    to.links.push(file);
  } else if (to.read.some((known) => isBelow(known, target.path) || isBelow(target.path, known))) {
    // What is read twice is defined twice; and a link to a directory that holds it would never end.
    to.diagnostics.push(escape(file, `${file} is a symbolic link to a directory that is read already`));
  } else {
    to.read.push(target.path);
    to.links.push(file);
    walk(to, file, false);
  }
}

function isBelow(directory: string, path: string): boolean {
  return directory === "" || path === directory || path.startsWith(`${directory}/`);
}

function unreadableName(file: string, kind: Entry["kind"]): ListingDiagnostic {
  const what = kind === "directory" ? "directory" : "file";
  return {
    code: "yaml/encoding",
    severity: "error",
    message: `the name of this ${what} is not UTF-8, or has lost a character: \`${UNREADABLE}\` stands for it`,
    where: { file, path: [] },
    help: `rename the ${what}`,
  };
}

function escape(file: string, message: string): ListingDiagnostic {
  return {
    code: "security/path-escape",
    severity: "error",
    message,
    where: { file, path: [] },
    help: "remove the link, or replace it with the file or directory itself",
  };
}
