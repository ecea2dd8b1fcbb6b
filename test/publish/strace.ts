/**
 * The program under strace, which kills it or lets a system call fail at a chosen moment.
 *
 * Where a call does not say otherwise, only the main thread is traced: all that the program does to files it does there, one
 * call after another, so that the n-th call is the same one in every run. What a second thread writes, it alone writes.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runInSteps } from "../in-steps.ts";
import { CLI, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";

/** What changes a directory, beside `close`. Which of them are called depends on the version of Node. */
const CHANGES = [
  "openat",
  "mkdir",
  "mkdirat",
  "write",
  "pwrite64",
  "rename",
  "renameat",
  "renameat2",
  "unlink",
  "unlinkat",
  "rmdir",
  "chown",
  "fchownat",
  "chmod",
  "fchmodat",
];

/** One system call of a run: the `nth` of its name that touches one of the paths. */
export interface Call {
  readonly name: string;
  readonly nth: number;
  /** As strace prints it. */
  readonly text: string;
  /** Whichever thread makes it. */
  readonly isOfAnyThread?: true;
}

/** Why strace cannot be used here; undefined where it can. */
export async function straceTrouble(): Promise<string | undefined> {
  const ran = await run("/", ["strace", "-o", "/dev/null", "true"]).catch(() => undefined);
  return ran === undefined ? "strace is not installed" : ran.exit === 0 ? undefined : "strace is not allowed here";
}

/** Runs the program and says what it did to these paths, in order. */
export async function recordCalls(cwd: string, paths: readonly string[], args: readonly string[]): Promise<Call[]> {
  return await withDirectory({}, async (directory) => {
    const log = join(directory, "log");
    const ran = await strace(cwd, paths, args, ["-y", "-s", "0", "-o", log]);
    if (ran.exit !== 0) throw new Error(`${args.join(" ")} under strace: ${ran.exit} ${ran.stderr}`);
    const read = callReader(cwd);
    return (await readFile(log, "utf8")).split("\n").flatMap((line) => read(line) ?? []);
  });
}

/** Takes the lines of a log one after another, and gives the calls. */
function callReader(cwd: string): (line: string) => Call | undefined {
  const counts = new Map<string, number>();
  return (line) => {
    const name = /^(\w+)\(/.exec(line)?.[1];
    if (name === undefined) return undefined;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return { name, nth, text: line.replaceAll(cwd, "").slice(0, 160) };
  };
}

/**
 * Runs the program once, and looks at what lies there before its first call, after each, and so before the next. Gives the
 * calls, in order.
 */
export async function stopAfterEach(
  cwd: string,
  paths: readonly string[],
  args: readonly string[],
  look: (made: readonly Call[]) => Promise<void>,
): Promise<readonly Call[]> {
  const read = callReader(cwd);
  const calls: Call[] = [];
  await look(calls);
  const trace = [...tracing(paths), "-y", "-s", "0"];
  const ran = await runInSteps(cwd, { trace, names: CHANGES }, [process.execPath, CLI, ...args], async (lines) => {
    const made = lines.flatMap((line) => read(line) ?? []);
    if (made.length !== 1) throw new Error(`${made.length} calls at once: ${made.map(({ text }) => text).join(" ")}`);
    calls.push(...made);
    await look(calls);
  });
  if (ran.exit !== 0) throw new Error(`stopped: ${ran.exit} ${ran.stderr}`);
  return calls;
}

/** Runs the program until it is about to make a call, and kills it there. */
export async function killAt(
  cwd: string,
  paths: readonly string[],
  args: readonly string[],
  call: Call,
): Promise<void> {
  const ran = await inject(cwd, paths, args, call, "signal=KILL");
  if (ran.signal !== "SIGKILL") throw new Error(`not killed at ${call.text}, but ${ran.exit}: ${ran.stderr}`);
}

/** Runs the program and lets one call fail; `errno` such as ENOSPC. */
export async function failAt(
  cwd: string,
  paths: readonly string[],
  args: readonly string[],
  call: Call,
  errno: string,
): Promise<Ran> {
  return await inject(cwd, paths, args, call, `error=${errno}`);
}

/** Runs the program and holds it for some seconds when it is about to make a call. */
export async function holdAt(
  cwd: string,
  paths: readonly string[],
  args: readonly string[],
  call: Call,
  seconds: number,
): Promise<Ran> {
  return await inject(cwd, paths, args, call, `delay_enter=${seconds}s`);
}

/** @param fate what strace does at the call */
async function inject(
  cwd: string,
  paths: readonly string[],
  args: readonly string[],
  { name, nth, isOfAnyThread }: Call,
  fate: string,
): Promise<Ran> {
  const threads = isOfAnyThread === true ? ["-f"] : [];
  return await strace(cwd, paths, args, [...threads, "-o", "/dev/null", "-e", `inject=${name}:${fate}:when=${nth}`]);
}

async function strace(
  cwd: string,
  paths: readonly string[],
  args: readonly string[],
  options: readonly string[],
): Promise<Ran> {
  return await run(cwd, ["strace", ...tracing(paths), ...options, process.execPath, CLI, ...args]);
}

function tracing(paths: readonly string[]): string[] {
  return ["-e", `trace=${CHANGES.map((name) => `?${name}`).join(",")}`, ...paths.flatMap((path) => ["-P", path])];
}
