/** Runs the test files in several processes, where a machine has several processors: much of a test is waiting. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** Where there are several processors: much of a test is waiting for a process that starts. More would disturb one another. */
const LANES = 4;
/** Files of one process; a few processes each lane make up for files that take long. */
const PORTIONS_PER_LANE = 8;

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Everything that it printed but the counts. */
  readonly text: string;
}

/** How many processes run at once. */
export function lanes(): number {
  return availableParallelism() === 1 ? 1 : LANES;
}

/**
 * Runs test files and gives what came of each portion as soon as it has ended.
 *
 * @param names of test files, as run.ts takes them
 * @param together those of them that share a server, which is started for each process: one runs them all
 */
export async function runInLanes(
  names: readonly string[],
  together: readonly string[],
  told: (outcome: Outcome) => void,
): Promise<void> {
  const work = portionsOf(names, together, lanes() * PORTIONS_PER_LANE).values();
  await Promise.all(
    Array.from({ length: lanes() }, async () => {
      for (const portion of work) told(await runPortion(portion));
    }),
  );
}

/** At most so many, and one more for those that run together: it takes longest, and comes first. */
export function portionsOf(names: readonly string[], together: readonly string[], most: number): string[][] {
  const apart = names.filter((name) => !together.includes(name));
  const count = Math.min(apart.length, most);
  // Neighbours are alike: what takes long is spread over all portions.
  const portions = Array.from({ length: count }, (_, at) => apart.filter((_name, index) => index % count === at));
  return [names.filter((name) => together.includes(name)), ...portions].filter((portion) => portion.length > 0);
}

async function runPortion(names: readonly string[]): Promise<Outcome> {
  const program = fileURLToPath(new URL("run.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, program, "--exactly", ...names], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  const exit = await new Promise((resolve) => child.on("close", resolve));
  const [counts = "", passed, failed] =
    /^(\d+) passed, (\d+) failed\n?$/m.exec(text.slice(text.lastIndexOf("\n", text.length - 2) + 1)) ?? [];
  const rest = counts === "" ? text : text.slice(0, -counts.length);
  if (passed !== undefined && failed !== undefined && (exit === 0) === (failed === "0"))
    return { passed: Number(passed), failed: Number(failed), text: rest };
  return { passed: 0, failed: 1, text: `${rest}\nthe process for ${names.join(", ")} ended with ${String(exit)}\n` };
}
