/**
 * What is read of the working tree, for a revision that has some of the same files: Git is asked about the revision while
 * the working tree is read, and until it has answered, what was read is kept.
 */
import type { BlobAlgorithm } from "../source/git-blob.ts";
import { objectFormat } from "../source/git-state.ts";
import type { Sharing } from "./load.ts";
import type { ReadFile } from "./read-file.ts";

export class SharedReading implements Sharing {
  readonly algorithm: BlobAlgorithm;
  /** What of the working tree counts for Git: see `gitState`. Never, where the tree cannot be listed. */
  readonly paths: Promise<readonly string[]>;
  readonly listed: (paths: readonly string[]) => void;
  readonly #early: ReadFile[] = [];
  #take: ((read: ReadFile) => void) | undefined;

  /** @param root absolute path of the working tree */
  constructor(root: string) {
    this.algorithm = objectFormat(root);
    let resolve: (paths: readonly string[]) => void = () => {};
    this.paths = new Promise((done) => (resolve = done));
    this.listed = resolve;
  }

  note(read: ReadFile): void {
    if (this.#take === undefined) this.#early.push(read);
    else this.#take(read);
  }

  /** Hands over every file, those read so far and those to come, in the order in which they are read. */
  forward(take: (read: ReadFile) => void): void {
    this.#take = take;
    for (const read of this.#early.splice(0)) take(read);
  }

  /** Waits for who asks for the files; where that fails, reading the working tree ends with the same error. */
  async wait<T>(opening: Promise<T>): Promise<T> {
    try {
      return await opening;
    } catch (error) {
      this.forward(() => {
        throw error;
      });
      throw error;
    }
  }
}
