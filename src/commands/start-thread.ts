/** A second thread, where there can be one. */
import { existsSync } from "node:fs";
import type { Worker, WorkerOptions } from "node:worker_threads";

/**
 * Starts a program in a thread of its own. `undefined` where it is not built, or where the system has no thread left to
 * give, as with a low limit of processes in a container: what two would share, one does alone.
 *
 * @param program absolute path
 */
export async function startThread(program: string, options: WorkerOptions): Promise<Worker | undefined> {
  if (!existsSync(program)) return undefined;
  const { Worker } = await import("node:worker_threads");
  try {
    return new Worker(program, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_INIT_FAILED") return undefined;
    throw error;
  }
}
