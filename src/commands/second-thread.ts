/**
 * What the second thread does for a large inventory: it reads a part of it (see read-files.ts), or writes what is rendered
 * (see group-writer.ts).
 */
import { parentPort } from "node:worker_threads";
import { StagedFiles } from "../publish/staged-files.ts";
import { GroupFiles } from "../render/group-files.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { blobIds } from "../source/git-blob.ts";
import { memoryOf } from "./group-writer.ts";
import type { Order, Receipt, WriteTask } from "./group-writer.ts";
import { readInventoryFile } from "./read-file.ts";
import { takeChunk } from "./read-files.ts";
import type { Answer, ReadTask } from "./read-files.ts";
import { orRefusal } from "./refusal.ts";

export type Task = ReadTask | WriteTask;

export function workForOther(task: Task): void {
  if (task.work === "read") readForOther(task);
  else writeForOther(task);
}

/** Reads chunk after chunk, as long as there are some. */
function readForOther({ root, files, chunk, next, port, algorithm }: ReadTask): void {
  const tree = directoryTree(root);
  const blobId = algorithm && blobIds(algorithm);
  const read = (index: number): Answer => {
    const some = files.slice(index * chunk, (index + 1) * chunk);
    return { index, files: JSON.stringify(some.map((file) => readInventoryFile(tree, file, blobId))) };
  };
  for (let index = takeChunk(next); index * chunk < files.length; index = takeChunk(next))
    port.postMessage(orRefusal(() => read(index)));
}

/** Writes what comes, until the first thread ends it. */
function writeForOther({ staging }: WriteTask): void {
  const sink = new StagedFiles(staging);
  let files: GroupFiles | undefined;
  const follow = (order: Order): Receipt | undefined => {
    if ("begin" in order) {
      files = new GroupFiles(sink, order.begin);
      return undefined;
    }
    if (files === undefined) throw new Error("there is no file for lines");
    if ("end" in order) return { facts: files.close() };
    files.add(order.block);
    return order;
  };
  parentPort?.on("message", (order: Order) => {
    const receipt = orRefusal(() => follow(order));
    if (receipt !== undefined) parentPort?.postMessage(receipt, "block" in receipt ? memoryOf(receipt.block) : []);
  });
}
