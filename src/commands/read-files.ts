/**
 * All files of the inventory, in order: by this thread alone, or in a large inventory by a second one, too.
 *
 * Both threads take files in chunks, this one from the front and the other from the back, until they meet. What the other
 * one read comes as JSON, which is parsed several times as fast as YAML.
 */
import { existsSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { EnvironmentError } from "../exit.ts";
import type { BlobAlgorithm } from "../source/git-blob.ts";
import type { Tree } from "../source/tree.ts";
import { readInventoryFile } from "./read-file.ts";
import type { ReadFile } from "./read-file.ts";
import type { Progress } from "./load.ts";

/** A second thread costs as much as reading about a thousand files before it helps. */
export const FILES_FOR_TWO = 2500;

const CHUNK = 64;

/** What the second thread is told. */
export interface Task {
  readonly root: string;
  readonly files: readonly string[];
  readonly chunk: number;
  /** One number a chunk: 0 until a thread has taken it. */
  readonly taken: Int32Array;
  readonly algorithm: BlobAlgorithm | undefined;
}

/** What it answers, once. */
export type Answer =
  | { readonly chunks: readonly { readonly index: number; readonly files: readonly string[] }[] }
  | { readonly error: { readonly message: string; readonly hint: string | undefined } };

/** Absolute path of the program of the second thread, where it is built. */
export interface SecondThread {
  readonly program: string;
  /** Absolute path of the tree's root. */
  readonly root: string;
}

/** Reads the files and hands each over, in their order. Throws EnvironmentError where one cannot be read. */
export async function readFiles(
  tree: Tree,
  files: readonly string[],
  second: SecondThread | undefined,
  progress: Progress,
  take: (file: ReadFile) => void,
  algorithm?: BlobAlgorithm,
): Promise<void> {
  // Node's hashes take a moment to load: not for those who do not need them.
  const blobId = algorithm && (await import("../source/git-blob.ts")).blobIds(algorithm);
  if (second === undefined || files.length < FILES_FOR_TWO || !existsSync(second.program)) {
    for (const [index, file] of files.entries()) {
      progress(index, files.length);
      if (index % CHUNK === 0) await letOthers(algorithm);
      take(readInventoryFile(tree, file, blobId));
    }
    return;
  }
  const chunks = Math.ceil(files.length / CHUNK);
  const taken = new Int32Array(new SharedArrayBuffer(chunks * Int32Array.BYTES_PER_ELEMENT));
  const { Worker: Thread } = await import("node:worker_threads");
  // A small young generation: what the thread makes is written out at once, and memory counts.
  const worker = new Thread(second.program, {
    workerData: { root: second.root, files, chunk: CHUNK, taken, algorithm } satisfies Task,
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const answer = answerOf(worker);
  try {
    for (let index = 0; index < chunks && takeChunk(taken, index); index++) {
      // The other thread works from the back at about the same pace.
      progress(Math.min(files.length, index * CHUNK * 2), files.length);
      await letOthers(algorithm);
      for (const file of files.slice(index * CHUNK, (index + 1) * CHUNK)) take(readInventoryFile(tree, file, blobId));
    }
    const read = await answer;
    if ("error" in read) throw new EnvironmentError(read.error.message, read.error.hint);
    for (const chunk of read.chunks.toSorted((a, b) => a.index - b.index)) {
      for (const json of chunk.files) take(JSON.parse(json) as ReadFile);
    }
  } finally {
    await worker.terminate();
  }
}

/** Where ids are asked for, Git is at work meanwhile, and its answers lead to the next question. */
async function letOthers(algorithm: BlobAlgorithm | undefined): Promise<void> {
  if (algorithm !== undefined) await new Promise((resolve) => setImmediate(resolve));
}

function answerOf(worker: Worker): Promise<Answer> {
  const answer = new Promise<Answer>((done, fail) => {
    worker.once("message", done);
    worker.once("error", fail);
    worker.once("exit", (code) => fail(new Error(`the second thread ended with ${code} and no answer`)));
  });
  // Where this thread fails first, nobody asks.
  answer.catch(() => undefined);
  return answer;
}

/** True for the thread that takes the chunk; every other one gets false from then on. */
export function takeChunk(taken: Int32Array, index: number): boolean {
  return Atomics.compareExchange(taken, index, 0, 1) === 0;
}
