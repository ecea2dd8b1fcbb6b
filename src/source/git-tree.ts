/**
 * A tree in a commit, read from Git's objects: nothing is checked out.
 */
import { realpathSync } from "node:fs";
import { EnvironmentError } from "../exit.ts";
import { commitTime, gitFailure, GitExit, openGit } from "./git-command.ts";
import type { Git } from "./git-command.ts";
import { GitFiles } from "./git-files.ts";
import { repositoryPrefix } from "./git-state.ts";
import type { Listing, Tree } from "./tree.ts";
import { ASTRAY, pathBelow, walkInventory } from "./walk.ts";
import type { Way } from "./walk.ts";

export interface GitTree extends Tree {
  /** The files of a directory; `read` knows those that were loaded. */
  list(directory: string): Listing;
  /** Reads what files hold, all at once. Throws EnvironmentError where Git fails. */
  load(files: readonly string[]): Promise<void>;
  /** Git's id of what a file holds, and its own path, links followed; `undefined` where there is no file. */
  entryOf(file: string): { readonly id: string; readonly path: string } | undefined;
  /** Committer time of the commit in seconds; with it a `load` costs nothing. */
  time(): Promise<number>;
  /** The submodules in a directory, or around it: what is in them, other repositories know. */
  submodules(directory: string): readonly string[];
}

/**
 * Opens the tree of a commit.
 *
 * @param root absolute path of a directory in the checkout, the one that holds promgen.yml today; the commit may not have it
 * @param commit its id, as git-revision.ts finds it
 * Throws EnvironmentError where Git fails.
 */
export async function gitTree(root: string, commit: string): Promise<GitTree> {
  const contents = new Map<string, Uint8Array>();
  const git = await openGit(root);
  const load = async (ids: readonly (string | undefined)[]): Promise<void> => {
    const missing = [...new Set(ids)].filter((id) => id !== undefined && !contents.has(id)) as string[];
    if (missing.length === 0) return;
    // The commit comes along: to start git costs more than what it reads.
    const names = contents.has(commit) ? missing : [...new Set([...missing, commit])];
    try {
      for (const [index, object] of (await git.objects(names)).entries()) {
        if (object === undefined) throw new GitExit(undefined, `it does not have the object ${names[index]}`);
        contents.set(object.id, object.bytes);
      }
    } catch (error) {
      throw gitFailure(error);
    }
  };
  const files = await listFiles(git, root, commit);
  await load(files.links.map((link) => files.idAt(link)));
  const textAt = (path: string): string => Buffer.from(contents.get(files.idAt(path) ?? "") ?? []).toString("utf8");
  files.setTargets(new Map(files.links.map((link) => [link, textAt(link)])));
  const entryOf: GitTree["entryOf"] = (file) => {
    const way = files.follow(file);
    const id = way.kind === "file" ? files.idAt(way.path) : undefined;
    return way.kind === "file" && id !== undefined ? { id, path: way.path } : undefined;
  };
  return {
    entryOf,
    list: (directory) => walkInventory(files, directory, pathBelow(root, directory)),
    load: async (paths) => await load(paths.map((path) => entryOf(path)?.id)),
    async time() {
      await load([commit]);
      return commitTime(contents.get(commit) ?? new Uint8Array());
    },
    submodules(directory) {
      const below = `${pathBelow(root, directory) ?? ""}/`.replace(/^\/$/, "");
      return files.modules.filter((path) => path.startsWith(below) || below.startsWith(`${path}/`));
    },
    read(file) {
      const way = files.follow(file);
      if (way.kind === "nowhere") return undefined;
      if (way.kind !== "file") throw unreadable(file, way);
      const bytes = contents.get(files.idAt(way.path) ?? "");
      if (bytes === undefined) throw new Error(`${file} of ${commit} was not loaded`);
      return bytes;
    },
  };
}

async function listFiles(git: Git, root: string, commit: string): Promise<GitFiles> {
  try {
    // Run below the root of the repository, it lists what is below, by the paths from there.
    return new GitFiles(repositoryPrefix(realpathSync(root)), await git.text(["ls-tree", "-r", "-z", commit]));
  } catch (error) {
    throw gitFailure(error);
  }
}

function unreadable(file: string, { kind }: Way): EnvironmentError {
  return kind === "outside" || kind === "git"
    ? new EnvironmentError(`${file} ${ASTRAY[kind]}`, "replace the symbolic link with the file itself")
    : new EnvironmentError(`cannot read ${file}: it is no file`, "remove it, or put a file in its place");
}
