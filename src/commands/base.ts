/**
 * The revision that a change is compared with: its inventory, read from Git's objects. Files that are the same in the
 * working tree are read only there.
 */
import type { Io } from "../io.ts";
import type { KnownHosts } from "../model/build.ts";
import { CONFIG_FILE } from "../model/config.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { algorithmOf, blobIds } from "../source/git-blob.ts";
import { findBase, findRevision } from "../source/git-revision.ts";
import type { Revision } from "../source/git-revision.ts";
import { gitTree } from "../source/git-tree.ts";
import type { Tree } from "../source/tree.ts";
import { inventoryFiles, Loading, textReader } from "./load.ts";
import type { Loaded, Sharing } from "./load.ts";
import { readInventoryFile } from "./read-file.ts";

export interface Base {
  readonly revision: Revision;
  /** For whoever reads the working tree, which comes first: what is the same there needs no other reading. */
  readonly sharing: Sharing;
  /** Reads the rest, once. Throws EnvironmentError where Git fails. */
  load(): Promise<LoadedBase>;
}

export interface LoadedBase extends Loaded {
  readonly revision: Revision;
  /** Committer time of the commit in seconds. */
  readonly time: number;
  readonly textOf: (file: string) => string | undefined;
  /** Submodules in the inventory: what is in them is not read, so that it seems to be missing. */
  readonly submodules: readonly string[];
  /** Whether a file is the same in the working tree. */
  readonly isShared: (file: string) => boolean;
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
  const hasSameSettings = commit.idOf(CONFIG_FILE) === (settings && blobId(settings));
  if (!hasSameSettings) await commit.load([CONFIG_FILE]);

  const shared = new Set<string>();
  const isShared = (file: string): boolean => (file === CONFIG_FILE ? hasSameSettings : shared.has(file));
  const tree: Tree = {
    list: (directory) => commit.list(directory),
    read: (file) => (isShared(file) ? worktree : commit).read(file),
  };
  const hosts: KnownHosts = new WeakMap();
  const loading = new Loading(tree, hosts);
  const { inventory } = loading.config;
  const listing = commit.list(inventory);
  const files = new Set(inventoryFiles(listing));
  return {
    revision,
    sharing: {
      algorithm,
      hosts,
      note(read) {
        if (!files.has(read.file) || read.blob !== commit.idOf(read.file)) return;
        shared.add(read.file);
        loading.take(read);
      },
    },
    async load() {
      const rest = [...files].filter((file) => !shared.has(file));
      await commit.load(rest);
      for (const file of rest) loading.take(readInventoryFile(commit, file));
      return {
        ...loading.finish(listing),
        revision,
        time: await commit.time(),
        textOf: textReader(tree),
        submodules: commit.submodules(inventory),
        isShared,
      };
    },
  };
}
