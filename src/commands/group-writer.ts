/**
 * Lets a second thread write the files of groups while this one renders their lines: digests, and writing everything twice,
 * take half of the time.
 */
import type { Worker } from "node:worker_threads";
import type { GroupFacts, GroupPaths } from "../render/group-files.ts";
import { newLineBlock } from "../render/lines.ts";
import type { LineBlock } from "../render/lines.ts";
import type { GroupWriter } from "../render/render.ts";
import { unlessRefused } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { startThread } from "./start-thread.ts";

/** To start a second thread costs as much as it saves with about a hundred thousand targets, and memory. */
export const TARGETS_FOR_TWO = 250_000;

/** Blocks that may be on their way: the threads are about as fast as each other, and disks have their moods. */
const BLOCKS = 4;

/** What the second thread is told. */
export interface WriteTask {
  readonly work: "write";
  /** See StagedDirectory. */
  readonly staging: string;
}

/** What it is told then, of one file after the other. It gives back each block, and the facts at the end. */
export type Order = { readonly begin: GroupPaths } | { readonly block: LineBlock } | { readonly end: true };
export type Receipt = { readonly block: LineBlock } | { readonly facts: GroupFacts };

/** @param program absolute path of the program of the second thread. Gives `undefined` where there can be none */
export async function startGroupWriter(program: string, staging: string): Promise<WriterThread | undefined> {
  // Its memory is outside of V8's heap, but for the path of a file or two.
  const resourceLimits = { maxYoungGenerationSizeMb: 2 };
  const workerData: WriteTask = { work: "write", staging };
  const worker = await startThread(program, { workerData, resourceLimits });
  return worker && new WriterThread(worker);
}

export class WriterThread implements GroupWriter {
  readonly #worker: Worker;
  readonly #free: LineBlock[] = [];
  #blocks = 1;
  #facts: GroupFacts | undefined;
  #failure: unknown;
  #wake = (): void => {};

  constructor(worker: Worker) {
    this.#worker = worker;
    const fail = (failure: unknown): void => {
      this.#failure ??= failure;
      this.#wake();
    };
    worker.on("message", (receipt: Receipt | Refusal) => {
      try {
        const received = unlessRefused(receipt);
        if ("block" in received) this.#free.push(received.block);
        else this.#facts = received.facts;
        this.#wake();
      } catch (refusal) {
        fail(refusal);
      }
    });
    worker.once("error", fail);
    worker.once("exit", (code) => fail(new Error(`the second thread ended with ${code} while it wrote`)));
  }

  begin(paths: GroupPaths): void {
    this.#facts = undefined;
    this.#tell({ begin: paths });
  }

  /** Throws EnvironmentError for what the disk refused, and what ended the thread where it has ended. */
  async add(block: LineBlock): Promise<LineBlock> {
    this.#tell({ block });
    if (this.#blocks < BLOCKS && this.#free.length === 0) {
      this.#blocks++;
      return newLineBlock();
    }
    return await this.#receive(() => this.#free.pop());
  }

  /** Throws as `add` does. */
  async end(): Promise<GroupFacts> {
    this.#tell({ end: true });
    return await this.#receive(() => this.#facts);
  }

  /** Ends the thread: nothing is written any more. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(order: Order): void {
    this.#worker.postMessage(order, "block" in order ? memoryOf(order.block) : []);
  }

  async #receive<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** What goes over to the other thread with a block, instead of being copied. */
export function memoryOf({ bytes, facts }: LineBlock): ArrayBuffer[] {
  return [bytes.buffer, facts.buffer];
}
