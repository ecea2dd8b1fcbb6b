/**
 * The program of the second thread that reads a large inventory: see read-files.ts.
 */
import { parentPort, workerData } from "node:worker_threads";
import { EnvironmentError } from "../exit.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { blobIds } from "../source/git-blob.ts";
import { readInventoryFile } from "./read-file.ts";
import { takeChunk } from "./read-files.ts";
import type { Answer, Task } from "./read-files.ts";

const { root, files, chunk, taken, algorithm } = workerData as Task;

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin, a window's has
parentPort?.postMessage(readFromTheBack());

function readFromTheBack(): Answer {
  const tree = directoryTree(root);
  const blobId = algorithm && blobIds(algorithm);
  const chunks: { index: number; files: readonly string[] }[] = [];
  try {
    for (let index = taken.length - 1; index >= 0 && takeChunk(taken, index); index--) {
      const read = files.slice(index * chunk, (index + 1) * chunk);
      chunks.push({ index, files: read.map((file) => JSON.stringify(readInventoryFile(tree, file, blobId))) });
    }
  } catch (error) {
    if (error instanceof EnvironmentError) return { error: { message: error.message, hint: error.hint } };
    throw error;
  }
  return { chunks };
}
