/**
 * Files that are the same in two trees: what was read of them in the working tree serves the commit as well, so that
 * they are parsed once.
 */
import type { KnownHosts } from "../model/build.ts";
import type { BlobAlgorithm } from "../source/git-blob.ts";
import type { ReadFile } from "./read-file.ts";

/** What a tree has in common with another one, for whoever reads it. */
export interface Sharing {
  /** With it, files are read together with the ids of what they hold. */
  readonly algorithm?: BlobAlgorithm;
  /** Is told of every file that is read. */
  readonly note?: (read: ReadFile) => void;
  /** What is known of a file already. */
  readonly known?: (file: string) => ReadFile | undefined;
  /** Lists of hosts that need not be made twice. */
  readonly hosts?: KnownHosts;
}

export class SharedFiles {
  /** For the first tree, the one on disk. */
  readonly first: Sharing;
  /** For the second one, after `compare`. */
  readonly second: Sharing;
  readonly #files = new Map<string, ReadFile>();

  constructor(algorithm: BlobAlgorithm) {
    const note = (read: ReadFile): void => void this.#files.set(read.file, read);
    const hosts: KnownHosts = new WeakMap();
    this.first = { algorithm, note, hosts };
    this.second = { known: (file) => this.#files.get(file), hosts };
  }

  /** Forgets what differs, once the first tree is read. @param idOf Git's id of a file in the second one */
  compare(idOf: (file: string) => string | undefined): void {
    for (const [file, { blob }] of this.#files) if (blob === undefined || blob !== idOf(file)) this.#files.delete(file);
  }

  /** Whether a file is the same in both. */
  has(file: string): boolean {
    return this.#files.has(file);
  }
}
