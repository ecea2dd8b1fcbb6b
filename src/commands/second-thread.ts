/**
 * What the second thread does that reads a large inventory: see read-files.ts.
 */
import { EnvironmentError } from "../exit.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { blobIds } from "../source/git-blob.ts";
import { readInventoryFile } from "./read-file.ts";
import { takeChunk } from "./read-files.ts";
import type { Answer, Task } from "./read-files.ts";

/** Reads chunk after chunk, as long as there are some. */
export function readForOther({ root, files, chunk, next, port, algorithm }: Task): void {
  const tree = directoryTree(root);
  const blobId = algorithm && blobIds(algorithm);
  const read = (index: number): Answer => {
    try {
      const some = files.slice(index * chunk, (index + 1) * chunk);
      return { index, files: JSON.stringify(some.map((file) => readInventoryFile(tree, file, blobId))) };
    } catch (error) {
      if (error instanceof EnvironmentError) return { error: { message: error.message, hint: error.hint } };
      throw error;
    }
  };
  for (let index = takeChunk(next); index * chunk < files.length; index = takeChunk(next))
    port.postMessage(read(index));
}
