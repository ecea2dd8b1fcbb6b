/** promgen-gen in the process of the tests, from the arguments on: starting the program takes longer than most of its work. */
import { resolve } from "node:path";
import type { Command } from "../src/commands/arguments.ts";
import { runCommand } from "../src/commands/program.ts";
import { readUsage } from "../src/commands/usage.ts";
import { EnvironmentError } from "../src/exit.ts";
import type { Ran } from "./workplace.ts";
import { inProcess } from "./workplace.ts";

/** Those that do nothing but read files and commits, and write files. */
const VERBS: ReadonlySet<Command["verb"]> = new Set(["validate", "build", "explain", "plan", "servers"]);

/**
 * Runs a line of a shell where it is nothing but promgen-gen and plain words; undefined where it is not, where the command
 * takes more than this process has, and where it cannot go on, which the program says as a process.
 */
export async function runLineHere(cwd: string, line: string): Promise<Ran | undefined> {
  if (!/^promgen-gen [a-z]+(?: [\w.:/=,@+-]+)*$/.test(line)) return undefined;
  const [, ...args] = line.split(" ");
  const { asked, ...printed } = readHere(args);
  if (typeof asked === "number") return { exit: asked, signal: undefined, ...printed };
  if (!VERBS.has(asked.verb)) return undefined;
  try {
    return await inProcess(
      resolve(cwd, asked.directory ?? "."),
      async (io) => await runCommand(asked, { ...io, now: () => Date.now() }),
    );
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
}

/** The help of a command. */
export function helpOf(...words: readonly string[]): string {
  return readHere([...words, "--help"]).stdout;
}

/** Reads arguments as the program does where it is no terminal. */
function readHere(args: readonly string[]): {
  readonly asked: ReturnType<typeof readUsage>;
  readonly stdout: string;
  readonly stderr: string;
} {
  const printed = { stdout: "", stderr: "" };
  const asked = readUsage(args, "", {
    writeOut: (text) => void (printed.stdout += text),
    writeErr: (text) => void (printed.stderr += text),
    getOutHelpWidth: () => 80,
    getErrHelpWidth: () => 80,
  });
  return { asked, ...printed };
}
