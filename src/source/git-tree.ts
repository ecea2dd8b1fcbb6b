/**
 * A tree in a commit, read from Git's objects: nothing is checked out.
 */
import { realpathSync } from "node:fs";
import { EnvironmentError } from "../exit.ts";
import { commitTime, gitFailure, GitExit, openGit } from "./git-command.ts";
import { GitFiles } from "./git-files.ts";
import { repositoryPrefix } from "./git-state.ts";
import type { Listing, Tree } from "./tree.ts";
import { pathBelow, walkInventory } from "./walk.ts";

export interface GitTree extends Tree {
  /** Committer time of the commit in seconds. */
  readonly time: number;
  /** Lists the files and reads them, but those that are known. */
  list(directory: string): Promise<Listing>;
  /** Git's id of what a file holds, links followed; `undefined` where there is no file. */
  idOf(file: string): string | undefined;
  /** The submodules in a directory, or around it: what is in them, other repositories know. */
  submodules(directory: string): readonly string[];
}

/** Read before the inventory is listed, since it says where that is. */
const CONFIG_FILE = "promgen.yml";

/**
 * Opens the tree of a commit.
 *
 * @param root absolute path of a directory in the checkout, the one that holds promgen.yml today; the commit may not have it
 * @param commit its id, as git-revision.ts finds it
 * @param isKnown true for files that `read` will not be asked for: what they hold has been read elsewhere
 * Throws EnvironmentError where Git fails.
 */
export async function gitTree(
  root: string,
  commit: string,
  isKnown: (file: string) => boolean = () => false,
): Promise<GitTree> {
  const contents = new Map<string, Uint8Array>();
  try {
    const git = await openGit(root);
    const load = async (ids: readonly (string | undefined)[]): Promise<void> => {
      const missing = [...new Set(ids)].filter((id) => id !== undefined && !contents.has(id)) as string[];
      for (const [index, object] of (await git.objects(missing)).entries()) {
        if (object === undefined) throw new GitExit(undefined, `it does not have the object ${missing[index]}`);
        contents.set(object.id, object.bytes);
      }
    };
    const [listed, [head, settings]] = await Promise.all([
      // Run below the root of the repository, it lists what is below, by the paths from there.
      git.text(["ls-tree", "-r", "-z", commit]),
      git.objects([commit, `${commit}:./${CONFIG_FILE}`]),
    ]);
    if (settings !== undefined) contents.set(settings.id, settings.bytes);
    const files = new GitFiles(repositoryPrefix(realpathSync(root)), listed);
    await load(files.links.map((link) => files.idAt(link)));
    const textAt = (path: string): string => Buffer.from(contents.get(files.idAt(path) ?? "") ?? []).toString("utf8");
    files.setTargets(new Map(files.links.map((link) => [link, textAt(link)])));
    const idOf = (file: string): string | undefined => {
      const way = files.follow(file);
      return way.kind === "file" ? files.idAt(way.path) : undefined;
    };
    await load([idOf(CONFIG_FILE)]);
    return {
      time: head === undefined ? 0 : commitTime(head.bytes),
      idOf,
      async list(directory) {
        const listing = walkInventory(files, directory, pathBelow(root, directory));
        try {
          await load(listing.files.filter((file) => !isKnown(file)).map(idOf));
        } catch (error) {
          throw gitFailure(error);
        }
        return listing;
      },
      submodules(directory) {
        const below = `${pathBelow(root, directory) ?? ""}/`.replace(/^\/$/, "");
        return files.modules.filter((path) => path.startsWith(below) || below.startsWith(`${path}/`));
      },
      read(file) {
        const way = files.follow(file);
        if (way.kind === "nowhere") return undefined;
        if (way.kind !== "file") throw unreadable(file, way.kind === "outside");
        const bytes = contents.get(files.idAt(way.path) ?? "");
        if (bytes === undefined) throw new Error(`${file} was not read from ${commit}`);
        return bytes;
      },
    };
  } catch (error) {
    throw gitFailure(error);
  }
}

function unreadable(file: string, isOutside: boolean): EnvironmentError {
  return isOutside
    ? new EnvironmentError(`${file} leads out of the repository`, "replace the symbolic link with the file itself")
    : new EnvironmentError(`cannot read ${file}: it is no file`, "remove it, or put a file in its place");
}
