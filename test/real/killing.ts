/**
 * A program under strace, which records what it does to files, kills it right before one of these calls, or lets one fail.
 *
 * Only the main thread is traced, and the calls are counted by name, those on other files, too: these are nearly the same
 * in every run. Whether the right call was met is checked each time, and if it was not, the run is tried again. Writes are
 * another matter, because threads wake each other up by them: they are counted for each file alone.
 */
import { spawn } from "node:child_process";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { environment, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";

/** What changes files. The second column says which argument names the file: a path, or a descriptor. */
const CHANGES: Readonly<Record<string, "path" | "descriptor">> = {
  openat: "path",
  mkdir: "path",
  mkdirat: "path",
  rename: "path",
  renameat: "path",
  renameat2: "path",
  unlink: "path",
  unlinkat: "path",
  rmdir: "path",
  link: "path",
  linkat: "path",
  symlink: "path",
  symlinkat: "path",
  chmod: "path",
  fchmodat: "path",
  truncate: "path",
  write: "descriptor",
  writev: "descriptor",
  pwrite64: "descriptor",
  fchmod: "descriptor",
  fchown: "descriptor",
  utimensat: "descriptor",
  ftruncate: "descriptor",
  fsync: "descriptor",
  fdatasync: "descriptor",
};

/** One system call that changes something below the directory of a run. */
export interface Call {
  readonly name: string;
  /** Which of the main thread's calls of that name it is, from 1. */
  readonly nth: number;
  /** Which of those calls of that name that change the same, from 1. */
  readonly occurrence: number;
  /** Paths of what it changes, relative to the directory; of a rename from and to. */
  readonly paths: readonly string[];
  /** What was written, as strace prints it. */
  readonly text: string;
}

/** A program that works in a directory which begins as a copy of a template. */
export interface Subject {
  readonly template: string;
  readonly command: (directory: string) => readonly string[];
}

/** An error that meets another call than was meant, such as the one that wakes up a thread, may let Node wait for ever. */
const PATIENCE_MS = 45_000;
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

export function show({ name, nth, paths }: Call): string {
  return `${name} ${paths.join(" → ")} (number ${nth})`;
}

/** Does something in a copy of a directory. */
export async function inCopy<T>(template: string, act: (directory: string) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    await cp(template, directory, { recursive: true, preserveTimestamps: true });
    return await act(directory);
  });
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
  { command }: Subject,
  options: readonly string[],
): Promise<{ readonly ran: Ran; readonly calls: Call[] }> {
  return await withDirectory({}, async (elsewhere) => {
    const log = join(elsewhere, "log");
    const trace = `trace=${Object.keys(CHANGES)
      .map((name) => `?${name}`)
      .join(",")}`;
    // -y: descriptors with their paths. -s: enough to see what a small file is given.
    const strace = ["strace", "-qq", "-y", "-s", "65536", "-o", log, "-e", "signal=none", "-e", trace, ...options];
    const ran = await runWithin(PATIENCE_MS, directory, [...strace, ...command(directory)]);
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
  const counts = new Map<string, number>();
  const opened = new Map<string, string>();
  const calls: Call[] = [];
  const absolute = (path: string): string => {
    const [, fd, rest = ""] = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(path) ?? [];
    return fd === undefined ? path : `${opened.get(fd) ?? "?"}${rest}`;
  };
  for (const line of log.split("\n")) {
    const [, name = "", rest = ""] = /^(?:\d+\s+)?(\w+)\((.*)$/.exec(line) ?? [];
    const kind = CHANGES[name];
    if (kind === undefined) continue;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    const [, fd = "", path = ""] = / = (\d+)<([^>]*)>(?: \(INJECTED\))?$/.exec(rest) ?? [];
    if (name === "openat" && !/O_CREAT|O_WRONLY|O_RDWR|O_TRUNC/.test(rest)) {
      opened.set(fd, path);
      continue;
    }
    const named =
      kind === "path"
        ? [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => absolute(text))
        : [pathOf(rest)];
    if (name === "openat") opened.set(fd, path);
    const below = named.filter((one) => one.startsWith(`${directory}/`));
    if (below.length === 0) continue;
    const paths = below.map((one) => one.slice(directory.length + 1));
    const same = calls.filter((call) => call.name === name && call.paths.join("\0") === paths.join("\0"));
    calls.push({ name, nth, occurrence: same.length + 1, paths, text: rest });
  }
  return calls;
}

/** The path that strace prints with a descriptor. */
function pathOf(rest: string): string {
  return /^\d+<([^>]*)>/.exec(rest)?.[1] ?? "";
}
