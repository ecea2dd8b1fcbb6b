/**
 * All files of the inventory, in order: by this thread alone, or in a large inventory by a second one, too.
 *
 * Both threads take the next chunk of files each time. What the other one read comes as JSON, which is parsed several times
 * as fast as YAML. This one alone hands files over, and that goes before reading, so that the other one reads more of them.
 */
import type { MessagePort } from "node:worker_threads";
import type { BlobAlgorithm } from "../source/git-blob.ts";
import type { Tree } from "../source/tree.ts";
import { readInventoryFile } from "./read-file.ts";
import type { ReadFile } from "./read-file.ts";
import type { Progress } from "./load.ts";
import { unlessRefused } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { startThread } from "./start-thread.ts";

/** A second thread costs as much as reading about a thousand files before it helps. */
export const FILES_FOR_TWO = 2500;

const CHUNK = 32;

/** What the second thread is told. */
export interface ReadTask {
  readonly work: "read";
  readonly root: string;
  readonly files: readonly string[];
  readonly chunk: number;
  /** One number: the first chunk that no thread has taken. */
  readonly next: Int32Array;
  /** Where its answers go. */
  readonly port: MessagePort;
  readonly algorithm: BlobAlgorithm | undefined;
}

/** What it answers for each chunk that it took; `files` is JSON of them. */
export interface Answer {
  readonly index: number;
  readonly files: string;
}

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
  const other =
    second === undefined || files.length < FILES_FOR_TWO ? undefined : await startSecond(second, files, algorithm);
  if (other === undefined) {
    for (const [index, file] of files.entries()) {
      progress(index, files.length);
      take(readInventoryFile(tree, file, blobId));
    }
    return;
  }
  const read = (chunk: readonly string[]): ReadFile[] => chunk.map((file) => readInventoryFile(tree, file, blobId));
  try {
    const chunks = Math.ceil(files.length / CHUNK);
    const waiting = new Map<number, readonly ReadFile[]>();
    for (let due = 0; due < chunks;) {
      other.collect(waiting);
      const chunk = waiting.get(due);
      if (chunk !== undefined) {
        waiting.delete(due++);
        for (const file of chunk) take(file);
        continue;
      }
      const index = takeChunk(other.next);
      if (index < chunks) {
        // At the first step V8's flags change, and Node's code caches fit no more: until then, the other thread starts.
        if (other.isAtWork()) progress(index * CHUNK, files.length);
        waiting.set(index, read(files.slice(index * CHUNK, (index + 1) * CHUNK)));
      } else await other.wait();
    }
  } finally {
    other.stop();
  }
}

interface OtherThread {
  /** See ReadTask. */
  readonly next: Int32Array;
  /** Adds the chunks that it has read. Throws EnvironmentError where it could not read a file. */
  collect(chunks: Map<number, readonly ReadFile[]>): void;
  /** True once it has read something. */
  isAtWork(): boolean;
  /** Lets it work for a moment. Throws what ended it, where no answer can come any more. */
  wait(): Promise<void>;
  stop(): void;
}

/** Gives `undefined` where there can be no second thread. */
async function startSecond(
  { program, root }: SecondThread,
  files: readonly string[],
  algorithm: BlobAlgorithm | undefined,
): Promise<OtherThread | undefined> {
  const { MessageChannel, receiveMessageOnPort } = await import("node:worker_threads");
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: mine, port2: port } = new MessageChannel();
  // A small young generation: what the thread makes is written out at once, and memory counts.
  const worker = await startThread(program, {
    workerData: { work: "read", root, files, chunk: CHUNK, next, port, algorithm } satisfies ReadTask,
    transferList: [port],
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  if (worker === undefined) {
    mine.close();
    return undefined;
  }
  let isAtWork = false;
  let end: Error | undefined;
  let isOver = false;
  worker.once("error", (error: Error) => (end ??= error));
  worker.once("exit", (code) => (end ??= new Error(`the second thread ended with ${code} and no answer`)));
  return {
    next,
    collect(chunks) {
      for (let received; (received = receiveMessageOnPort(mine)) !== undefined;) {
        const answer = unlessRefused(received.message as Answer | Refusal);
        chunks.set(answer.index, JSON.parse(answer.files) as ReadFile[]);
        isAtWork = true;
      }
    },
    isAtWork: () => isAtWork,
    async wait() {
      if (isOver) throw end;
      // Its last answers may have come just before it ended: they are collected first.
      isOver = end !== undefined;
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
    stop: () => void worker.terminate(),
  };
}

/** The chunk that the caller takes; no other thread gets it. */
export function takeChunk(next: Int32Array): number {
  return Atomics.add(next, 0, 1);
}
