/**
 * The revision that a change is compared with: its inventory, read from Git's objects. Files that are the same in the
 * working tree are read only there.
 */
import { Buffer } from "node:buffer";
import type { Io } from "../io.ts";
import { CONFIG_FILE } from "../model/config.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { algorithmOf } from "../source/git-blob.ts";
import { findBase, findRevision } from "../source/git-revision.ts";
import type { Revision } from "../source/git-revision.ts";
import { gitTree } from "../source/git-tree.ts";
import type { Tree } from "../source/tree.ts";
import { loadInventory, textReader } from "./load.ts";
import type { Loaded } from "./load.ts";
import { SharedFiles } from "./shared-files.ts";
import type { Sharing } from "./shared-files.ts";

export interface Base {
  readonly revision: Revision;
  /** For whoever reads the working tree, which comes first. */
  readonly sharing: Sharing;
  /** Reads what the working tree has not, or not like that. Throws EnvironmentError where Git fails. */
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
  const shared = new SharedFiles(algorithmOf(revision.commit));
  // Git lists it while the working tree is read.
  const opening = gitTree(io.cwd, revision.commit, (file) => shared.has(file));
  // It is told to whoever loads the base.
  opening.catch(() => {});
  return {
    revision,
    sharing: shared.first,
    async load() {
      const commit = await opening;
      shared.compare((file) => commit.idOf(file));
      const worktree = directoryTree(io.cwd);
      const tree: Tree = {
        list: (directory) => commit.list(directory),
        read: (file) => (shared.has(file) ? worktree : commit).read(file),
      };
      const loaded = await loadInventory(tree, undefined, undefined, shared.second);
      const hasSameSettings = isEqual(worktree.read(CONFIG_FILE), commit.read(CONFIG_FILE));
      return {
        ...loaded,
        revision,
        time: commit.time,
        textOf: textReader(tree),
        submodules: commit.submodules(loaded.inventory.config.inventory),
        isShared: (file) => (file === CONFIG_FILE ? hasSameSettings : shared.has(file)),
      };
    },
  };
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}
