/** promgen-agent in a process that stays, to which strace comes for each run: it starts once and not for every call that fails. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { ROOT, environment, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import type { ResidentOrder } from "./resident-program.ts";

export interface Resident {
  /** One run, of which strace sees the main thread. @param strace its options */
  readonly obey: (order: ResidentOrder, strace: readonly string[]) => Promise<Ran>;
}

/** A run that a failing call keeps waiting is given up, and the process with it: milliseconds. */
const PATIENCE_MS = 45_000;

/** Puts known-answers.ts in the place of what asks ssh-keygen, whose verdict no run here is about. */
const KNOWN_ANSWERS: Plugin = {
  name: "known-answers",
  setup(bundle) {
    const path = join(ROOT, "test/real/known-answers.ts");
    bundle.onResolve({ filter: /\/ssh-keygen\.ts$/ }, ({ importer }) => (importer === path ? undefined : { path }));
  },
};

export async function withResident<T>(act: (resident: Resident) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    const program = join(directory, "program.cjs");
    const entryPoints = [join(ROOT, "test/real/resident-program.ts")];
    await build({
      entryPoints,
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: program,
      logLevel: "silent",
      plugins: [KNOWN_ANSWERS],
    });
    let process: ChildProcess | undefined;
    const start = (): ChildProcess =>
      spawn(globalThis.process.execPath, [program], {
        env: environment(directory),
        stdio: ["pipe", "pipe", "inherit"],
      });
    try {
      return await act({
        obey: async (order, strace) => {
          const ran = await whileTraced((process ??= start()), strace, async (child) => await answerOf(child, order));
          if (ran.signal !== undefined) process = undefined;
          return ran;
        },
      });
    } finally {
      process?.kill("SIGKILL");
    }
  });
}

async function whileTraced<T>(
  child: ChildProcess,
  options: readonly string[],
  act: (child: ChildProcess) => Promise<T>,
): Promise<T> {
  const strace = spawn("strace", [...options, "-p", String(child.pid)], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => strace.once("close", resolve));
  let said = "";
  // It says that it is attached.
  await Promise.race([
    ended,
    new Promise<void>((resolve) =>
      strace.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes(" attached")) resolve();
      }),
    ),
  ]);
  if (!said.includes(" attached")) throw new Error(`strace: ${said}`);
  try {
    return await act(child);
  } finally {
    strace.kill("SIGINT");
    await ended;
  }
}

async function answerOf(child: ChildProcess, order: ResidentOrder): Promise<Ran> {
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  child.stdin?.write(`${JSON.stringify(order)}\n`);
  if (child.stdout === null) throw new Error("no stdout");
  const lines = createInterface({ input: child.stdout });
  try {
    // It ends without a line where it is killed.
    const answer = await new Promise<string>((resolve) => lines.once("line", resolve).once("close", () => resolve("")));
    return answer === "" ? { exit: undefined, signal: "SIGKILL", stdout: "", stderr: "" } : (JSON.parse(answer) as Ran);
  } finally {
    clearTimeout(timer);
    lines.close();
  }
}

/** Why strace may not come to a process that runs already; undefined where it may. */
export async function attachTrouble(): Promise<string | undefined> {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    return await whileTraced(child, ["-o", "/dev/null"], async () => await Promise.resolve(undefined));
  } catch (error) {
    return String(error);
  } finally {
    child.kill("SIGKILL");
  }
}
