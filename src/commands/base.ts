/**
 * The revision that a change is compared with: its inventory, read from Git's objects. Files that are the same in the
 * working tree are read only there.
 */
import type { Io } from "../io.ts";
import { CONFIG_FILE } from "../model/config.ts";
import type { Inventory } from "../model/inventory.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { algorithmOf, blobIds } from "../source/git-blob.ts";
import { findBase, findRevision } from "../source/git-revision.ts";
import type { Revision } from "../source/git-revision.ts";
import { gitTree } from "../source/git-tree.ts";
import type { Tree } from "../source/tree.ts";
import { inventoryFiles, Loading, textReader } from "./load.ts";
import type { Loaded, Twin } from "./load.ts";
import { readInventoryFile } from "./read-file.ts";

export interface Base {
  readonly revision: Revision;
  /** For whoever reads the working tree, which comes first: what is the same there needs no other reading. */
  readonly twin: Twin;
  /**
   * Reads what was not read of the working tree, once. Throws EnvironmentError where Git fails.
   *
   * @param worktree what was made of the reading that the twin was told of, if any
   */
  load(worktree: Inventory | undefined): Promise<LoadedBase>;
}

export interface LoadedBase extends Loaded {
  readonly revision: Revision;
  /** Committer time of the commit in seconds. */
  readonly time: number;
  readonly textOf: (file: string) => string | undefined;
  /** Submodules in the inventory: what is in them is not read, so that it seems to be missing. */
  readonly submodules: readonly string[];
}

/**
 * Finds the revision and opens it.
 *
 * @param name of the revision; without it, it is the commit from which the checked out one and the default branch went apart
 * Throws EnvironmentError where there is no such revision here; it says what to fetch.
 */
export async function openBase(io: Io, name?: string): Promise<Base> {
  const revision = await (name === undefined ? findBase(io.cwd) : findRevision(io.cwd, name));
  const algorithm = algorithmOf(revision.commit);
  const blobId = blobIds(algorithm);
  const worktree = directoryTree(io.cwd);
  const settings = worktree.read(CONFIG_FILE);
  const commit = await gitTree(io.cwd, revision.commit);
  const hasSameSettings = commit.entryOf(CONFIG_FILE)?.id === (settings && blobId(settings));
  if (!hasSameSettings) await commit.load([CONFIG_FILE]);

  const shared = new Set<string>();
  // Where neither has it, the commit says why: it may only be that its link leads astray.
  const isShared = (file: string): boolean =>
    file === CONFIG_FILE ? hasSameSettings && settings !== undefined : shared.has(file);
  const tree: Tree = {
    list: (directory) => commit.list(directory),
    read: (file) => (isShared(file) ? worktree : commit).read(file),
  };
  const loading = new Loading(tree);
  const { inventory } = loading.config;
  const listing = commit.list(inventory);
  const files = new Set(inventoryFiles(listing));
  return {
    revision,
    twin: {
      algorithm,
      note(read) {
        if (!files.has(read.file) || read.blob !== commit.entryOf(read.file)?.id) return;
        shared.add(read.file);
        // Other settings make something else of the same documents.
        if (hasSameSettings) loading.takeFindings(read);
        else loading.take(read);
      },
    },
    async load(worktree) {
      if (worktree === undefined && shared.size > 0) throw new Error("who has the files that are the same is not said");
      const others = worktree && hasSameSettings ? { inventory: worktree, files: shared } : undefined;
      const rest = [...files].filter((file) => !shared.has(file));
      await commit.load(rest);
      for (const file of rest) loading.take(readInventoryFile(commit, file));
      return {
        ...loading.finish(listing, others),
        revision,
        time: await commit.time(),
        textOf: textReader(tree),
        submodules: commit.submodules(inventory),
      };
    },
  };
}
