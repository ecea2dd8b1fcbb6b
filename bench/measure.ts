import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What one run of a program took: seconds, seconds of processor time, bytes. */
export interface Sample {
  code: number;
  seconds: number;
  cpu: number;
  resident: number;
}

export interface Program {
  name: string;
  argv: readonly string[];
  /** What the exit code has to be; another one stops the benchmark. */
  code?: number;
  /** Done before each run, outside the measured time. */
  prepare?: () => void;
}

export interface Stopwatch {
  run(program: Program): Promise<Sample>;
  stop(): void;
}

/** Starts measure.py, which runs and measures the programs. */
export function startStopwatch(): Stopwatch {
  const path = fileURLToPath(new URL("measure.py", import.meta.url));
  const child = spawn("python3", [path], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // How the benchmark itself was started must not change what it measures.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NODE_")));
  return {
    run: async ({ name, argv, code = 0, prepare }) => {
      prepare?.();
      child.stdin.write(`${JSON.stringify({ argv, env })}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error("measure.py ended: is there a python3?");
      const sample = JSON.parse(answer.value) as Sample;
      if (sample.code !== code)
        throw new Error(`${name} ended with ${sample.code} instead of ${code}: ${argv.join(" ")}`);
      return sample;
    },
    stop: () => child.stdin.end(),
  };
}

/**
 * Runs the programs in turn, `runs` rounds and one before that only warms the page cache, every other round backwards: what
 * disturbs the machine for a while then disturbs all of them alike.
 */
export async function race(
  stopwatch: Stopwatch,
  programs: readonly Program[],
  runs: number,
  tick: (round: number) => void,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(programs.map(({ name }) => [name, []]));
  for (let round = 0; round <= runs; round += 1) {
    tick(round);
    for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
      const sample = await stopwatch.run(program);
      if (round > 0) samples.get(program.name)?.push(sample);
    }
  }
  return samples;
}

export interface Summary {
  /** The median, in seconds. */
  seconds: number;
  /** The median of the processor time, in seconds. */
  cpu: number;
  /** The largest, in bytes. */
  resident: number;
}

export function summarize(samples: readonly Sample[]): Summary {
  return {
    seconds: median(samples.map((sample) => sample.seconds)),
    cpu: median(samples.map((sample) => sample.cpu)),
    resident: Math.max(...samples.map((sample) => sample.resident)),
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
