/** A program that is stopped after each system call of some kinds: what lies there then is what a kill before the next leaves. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { environment } from "./workplace.ts";
import type { Ran } from "./workplace.ts";

/** A machine that has other things to do needs seconds; for ever would be worse. */
const PATIENCE_MS = 120_000;

/**
 * Runs a program under strace, its main thread stopped after each of the calls.
 *
 * @param trace options of strace: what is written down, and with `names` what it is stopped after
 * @param step with what strace wrote since the last stop; the program goes on when it has returned
 */
export async function runInSteps(
  cwd: string,
  { trace, names }: { readonly trace: readonly string[]; readonly names: readonly string[] },
  command: readonly string[],
  step: (lines: readonly string[]) => Promise<void> | void,
): Promise<Ran> {
  const stop = ["-e", "signal=STOP", "-e", `inject=${names.map((name) => `?${name}`).join(",")}:signal=STOP`];
  // -D: strace is the child of what it traces, which so is what is started here.
  const args = [...trace, "-qq", ...stop, "-D", "-o", "|exec cat >&3", ...command];
  const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
  const child = spawn("strace", args, {
    cwd,
    env: environment(cwd),
    stdio: [...stdio],
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ exit: code ?? undefined, signal: signal ?? undefined, ...output }));
  });
  let lines: string[] = [];
  try {
    for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
      if (!line.startsWith("--- stopped by ")) lines.push(line);
      else {
        await step(lines);
        lines = [];
        child.kill("SIGCONT");
      }
    }
  } finally {
    child.kill("SIGKILL");
  }
  return await ended;
}
