/**
 * Directories that are gone after a test, and programs run in them without anything of whoever runs the tests.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Io } from "../src/io.ts";

/** Path → content. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface Ran {
  /** Undefined where a signal ended it. */
  readonly exit: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export const CLI = fileURLToPath(new URL("../lib/cli.js", import.meta.url));
/** The checkout. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

const { version: VERSION } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };

/** Makes a directory with these files, gives its real path, and removes it. */
export async function withDirectory<T>(files: Files, act: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "promgen-gen-test-")));
  try {
    await writeFiles(directory, files);
    return await act(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Does something in a copy of a directory. */
export async function inCopy<T>(template: string, act: (directory: string) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    cpSync(template, directory, { recursive: true, preserveTimestamps: true });
    return await act(directory);
  });
}

/** With calls that do not wait: those that do cost a small file several times as much. */
export async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

/** Every file below a directory: path → content. Empty directories do not show. */
export async function readFiles(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory()) found[path.slice(directory.length + 1)] = readFileSync(path, "utf8");
  }
  return found;
}

/** Runs a program to its end. `env` comes on top of a fixed environment; without an input there is nothing to read. */
export async function run(
  cwd: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input?: string,
): Promise<Ran> {
  const [program = "", ...args] = command;
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = spawn(program, args, { cwd, env: { ...environment(cwd), ...env }, stdio: [stdin, "pipe", "pipe"] });
  // A program that ends early does not read all of it.
  child.stdin?.on("error", () => {}).end(input);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ exit: code ?? undefined, signal: signal ?? undefined, ...output });
    });
  });
}

/** Makes commits without a process for each. @param stream as https://git-scm.com/docs/git-fast-import describes it */
export async function fastImport(cwd: string, stream: string): Promise<void> {
  const ran = await run(cwd, ["git", "fast-import", "--quiet"], {}, stream);
  if (ran.exit !== 0) throw new Error(`git fast-import: ${ran.stderr}`);
}

/** Runs promgen-gen as it is installed. */
export async function runCli(cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> {
  return await run(cwd, [process.execPath, CLI, ...args], env);
}

/** Runs git; throws where it fails. Gives what it prints, without white space at the ends. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const ran = await run(cwd, ["git", ...args]);
  if (ran.exit !== 0) throw new Error(`git ${args.join(" ")}: ${ran.stderr}`);
  return ran.stdout.trim();
}

/** Commits all that is there, also where nothing changed, with one process to wait for. Gives the id. */
export async function commitAll(cwd: string, message: string, env?: NodeJS.ProcessEnv): Promise<string> {
  const script = 'git add --all && git commit --quiet --allow-empty --message="$1" && exec git rev-parse HEAD';
  const ran = await run(cwd, ["sh", "-c", script, "sh", message], env);
  if (ran.exit !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
}

/** Runs a command in this process, without a terminal: the exit code and what it wrote. */
export async function inProcess(cwd: string, command: (io: Io) => Promise<number>): Promise<Ran> {
  const output = { stdout: "", stderr: "" };
  const write = (name: "stdout" | "stderr") => ({
    isTerminal: false,
    write: (text: string) => {
      output[name] += text;
    },
  });
  const resources = join(ROOT, "src");
  const io: Io = {
    stdout: write("stdout"),
    stderr: write("stderr"),
    env: {},
    cwd,
    resources,
    version: VERSION,
    now: () => 0,
  };
  return { exit: await command(io), signal: undefined, ...output };
}

/** Whether a program is on the PATH. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await run("/", ["sh", "-c", `command -v ${program}`])).exit === 0;
}

/** Waits until something is the case. Throws with `what` after a minute, or the time that is given: a busy machine may need it. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not after ${ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Holds a lock of flock(1), such as another run of the agent has, until `act` is over. */
export async function whileLocked<T>(path: string, act: () => Promise<T>): Promise<T> {
  const holder = spawn("flock", [path, "sh", "-c", "echo held; read _"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => holder.once("close", resolve));
  try {
    await Promise.race([new Promise((resolve) => holder.stdout.once("data", resolve)), ended]);
    return await act();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

/** Nothing of whoever runs the tests: no colour settings, no git configuration. */
export function environment(home: string): NodeJS.ProcessEnv {
  const who = { NAME: "Tester", EMAIL: "tester@example.com", DATE: "2026-01-02T03:04:05Z" };
  const people = ["AUTHOR", "COMMITTER"].flatMap((role) =>
    Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
  );
  return {
    // Node first: a program with `#!/usr/bin/env node` runs with this one.
    PATH: [dirname(process.execPath), process.env["PATH"], "/usr/sbin", "/sbin"].join(delimiter),
    HOME: home,
    LANG: "C.UTF-8",
    // A file, as Git takes variables with settings away from what answers a fetch or a push. No look at what could be tidied up
    // after each.
    GIT_CONFIG_GLOBAL: join(ROOT, "test/gitconfig"),
    GIT_CONFIG_SYSTEM: "/dev/null",
    // No sample hooks in every repository.
    GIT_TEMPLATE_DIR: "",
    ...Object.fromEntries(people),
    ...(process.env["NODE_V8_COVERAGE"] === undefined ? {} : { NODE_V8_COVERAGE: process.env["NODE_V8_COVERAGE"] }),
  };
}

/** Settings of git, as variables of its environment. */
export function gitSettings(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const variables = Object.entries(settings).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
    ...(Object.fromEntries(variables) as NodeJS.ProcessEnv),
  };
}
