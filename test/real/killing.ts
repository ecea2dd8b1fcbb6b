/**
 * A program under strace, which records what it does to files, stops it between these calls, kills it right before one of
 * them, or lets one fail.
 *
 * Only the main thread is traced, and the calls are counted by name, those on other files, too: these are nearly the same
 * in every run. Whether the right call was met is checked each time, and if it was not, the run is tried again. Writes are
 * another matter, because threads wake each other up by them: they are counted for each file alone.
 */
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { runInSteps } from "../in-steps.ts";
import { environment, inCopy, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { CHANGES, callReader, show } from "./calls.ts";
import type { Call } from "./calls.ts";
import type { Resident } from "./resident.ts";

/** A program that works in a directory which begins as a copy of a template. */
export interface Subject {
  readonly template: string;
  readonly command: (directory: string) => readonly string[];
  /** Does what the program does, with its arguments. */
  readonly resident?: Resident;
}

/** An error that meets another call than was meant, such as the one that wakes up a thread, may let Node wait for ever. */
const PATIENCE_MS = 45_000;
/** -y: descriptors with their paths. -s: enough to see what a small file is given. */
const STRACE = [
  "-y",
  "-s",
  "65536",
  "-e",
  `trace=${Object.keys(CHANGES)
    .map((name) => `?${name}`)
    .join(",")}`,
];
/** The number may be another one in each run: a library is looked for in one place more, say. */
const MOST_RUNS = 16;

/** Why strace cannot be used here; undefined where it can. */
export async function straceTrouble(): Promise<string | undefined> {
  const ran = await run("/", ["strace", "-o", "/dev/null", "true"]).catch(() => undefined);
  return ran === undefined ? "strace is not installed" : ran.exit === 0 ? undefined : "strace is not allowed here";
}

/** Runs the program in a copy of the template: what it did, in order. */
export async function record(subject: Subject): Promise<Call[]> {
  return await inCopy(subject.template, async (directory) => {
    const { ran, calls } = await traced(directory, subject, []);
    if (ran.exit !== 0) throw new Error(`under strace: ${ran.exit} ${ran.stdout} ${ran.stderr}`);
    return calls;
  });
}

/** How many such calls there are in all threads and programs that it starts: no more than {@link record} sees. */
export async function countEverywhere(subject: Subject, isCounted: (call: Call) => boolean): Promise<number> {
  return await inCopy(subject.template, async (directory) => {
    return (await traced(directory, subject, ["-ff"])).calls.filter(isCounted).length;
  });
}

/**
 * Runs the program once, in this directory, and stops it after each call that changes something. What lies there then is
 * what a kill right before the next one leaves: nothing else changes it meanwhile ({@link countEverywhere}).
 *
 * @param isAsked whether to look after a call
 * @param look with the calls so far, of those that were asked for; first with none
 * @returns these calls, in order
 */
export async function stopAfterEach(
  directory: string,
  command: Subject["command"],
  isAsked: (call: Call) => boolean,
  look: (made: readonly Call[]) => Promise<void>,
): Promise<readonly Call[]> {
  const calls: Call[] = [];
  await look(calls);
  const read = callReader(directory);
  let seen = 0;
  const names = Object.keys(CHANGES);
  const ran = await runInSteps(directory, { trace: STRACE, names }, command(directory), async (lines) => {
    calls.push(...lines.flatMap((line) => read(line) ?? []).filter(isAsked));
    if (calls.length > seen + 1) throw new Error(`not stopped after ${show(calls[seen] as Call)}`);
    if (calls.length > seen) await look(calls);
    seen = calls.length;
  });
  if (ran.exit !== 0 || seen === 0) throw new Error(`stopped: ${ran.exit} ${ran.stdout} ${ran.stderr}`);
  return calls;
}

/** Kills the program when it is about to make a call, and looks at what it leaves. */
export async function killAt<T>(subject: Subject, call: Call, look: (directory: string) => Promise<T>): Promise<T> {
  return await meeting(subject, call, "signal=KILL", async (directory, ran) => {
    if (ran.signal !== "SIGKILL") throw new Error(`not killed at ${show(call)}, but ${ran.exit}: ${ran.stderr}`);
    return await look(directory);
  });
}

/** Lets a call fail, with an errno such as ENOSPC, and looks at what comes of it; `after` is what the program did then. */
export async function failAt<T>(
  subject: Subject,
  call: Call,
  errno: string,
  look: (directory: string, ran: Ran, after: readonly Call[]) => Promise<T>,
): Promise<T> {
  return await meeting(subject, call, `error=${errno}`, look);
}

/** Does something for each item, two at a time. */
export async function inPairs<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all([work(), work()]);
}

async function meeting<T>(
  subject: Subject,
  call: Call,
  injection: string,
  look: (directory: string, ran: Ran, after: readonly Call[]) => Promise<T>,
): Promise<T> {
  const isWrite = call.name === "write";
  let when = isWrite ? call.occurrence : call.nth;
  for (let runs = 0; runs < MOST_RUNS; runs++) {
    const met = await inCopy(subject.template, async (directory) => {
      const only = isWrite ? ["-P", join(directory, call.paths[0] ?? "")] : [];
      const inject = ["-e", `inject=${call.name}:${injection}:when=${when}`];
      const { ran, calls } = await traced(directory, subject, [...only, ...inject]);
      const at = calls.findIndex((one) => one.name === call.name && isSame(one, call));
      const nth = calls[at]?.nth;
      if (nth === when) return { looked: await look(directory, ran, calls.slice(at + 1)) };
      // It comes later than what was met instead, or was there before that.
      if (!isWrite) when = nth ?? when + 1;
      return undefined;
    });
    if (met !== undefined) return met.looked;
  }
  throw new Error(`not met in ${MOST_RUNS} runs: ${show(call)}`);
}

function isSame(one: Call, other: Call): boolean {
  return one.occurrence === other.occurrence && one.paths.join("\0") === other.paths.join("\0");
}

async function traced(
  directory: string,
  { command, resident }: Subject,
  options: readonly string[],
): Promise<{ readonly ran: Ran; readonly calls: Call[] }> {
  return await withDirectory({}, async (elsewhere) => {
    const strace = [...STRACE, "-e", "signal=none", "-o", join(elsewhere, "log"), ...options];
    const ran =
      resident === undefined
        ? await runWithin(PATIENCE_MS, directory, ["strace", "-qq", ...strace, ...command(directory)])
        : await resident.obey({ cwd: directory, args: command(directory).slice(2) }, strace);
    // A log for each thread with -ff: in a common one, calls of others cut a call in two.
    const logs = await Promise.all((await readdir(elsewhere)).map((name) => readFile(join(elsewhere, name), "utf8")));
    return { ran, calls: logs.flatMap((text) => parse(text, directory)) };
  });
}

/** Runs a program, and kills it with all that it started where it takes too long. */
async function runWithin(ms: number, cwd: string, [program = "", ...args]: readonly string[]): Promise<Ran> {
  const child = spawn(program, args, { cwd, env: environment(cwd), detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, ms);
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ exit: code ?? undefined, signal: signal ?? undefined, ...output });
    });
  });
}

/** The calls of a log that change something below a directory. */
function parse(log: string, directory: string): Call[] {
  const read = callReader(directory);
  return log.split("\n").flatMap((line) => read(line) ?? []);
}
