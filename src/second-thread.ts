/**
 * The program of the second thread that reads or writes for a large inventory. It is the first one's, with the same code cache.
 */
import { join } from "node:path";
import v8 from "node:v8";
import { workerData } from "node:worker_threads";
import { bundleOf, expectWork, loadBundle } from "./bundle.ts";
import type { Task } from "./commands/second-thread.ts";

type Program = typeof import("./commands/program.ts");

// The first thread has told V8 so, or is about to: what is loaded here needs to know.
expectWork(process.versions.node, () => v8);
const { workForOther } = loadBundle(join(import.meta.dirname, bundleOf("second-thread")), process) as Program;
void workForOther(workerData as Task);
