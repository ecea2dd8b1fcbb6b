#!/usr/bin/env node
/**
 * promgen-gen: arguments in, exit code out. The program itself is loaded only where there is something to do, and Node's
 * streams and terminals, which take milliseconds, only where a plain write will not do.
 */
import { fstatSync, readFileSync, statSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { bundleOf, expectWork, loadBundle } from "./bundle.ts";
import { readArguments } from "./commands/arguments.ts";
import { EnvironmentError, EXIT } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import type { Io, Output } from "./io.ts";

type Program = typeof import("./commands/program.ts");
type Usage = typeof import("./commands/usage.ts");

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as {
  version: string;
};

/** Some output is with Node's streams, which end the process when they have written it. */
let hasStream = false;

/** What is to be done before the process ends, where that is not at its own end. */
const unfinished = new Set<() => void>();
let isWaiting = false;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// Where an event throws, Node would end with 1, which says that there are findings.
process.on("uncaughtException", (error) => process.exit(tell(error)));
// Not by a top-level `await`: what is built is CommonJS, which starts 5 ms earlier.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main(args: readonly string[]): Promise<ExitCode> {
  const asked = args.length === 1 ? textOf(args[0]) : undefined;
  if (asked !== undefined) {
    output(1, () => process.stdout).write(asked);
    return EXIT.ok;
  }
  try {
    const command = readArguments(args) ?? readWithCommander(args);
    if (typeof command === "number") return command;
    const io = makeIo(command.directory);
    const code = await (load(bundleOf(command.verb)) as Program).runCommand(command, io);
    // A signal that has come is heard of before the loop's next turn is over; what is asked for first ends this turn.
    for (let turns = isWaiting ? 2 : 0; turns > 0; turns--) await new Promise(setImmediate);
    // Else V8 would take its heap down piece by piece: 0.1 s after a million targets.
    if (!hasStream) process.exit(code);
    return code;
  } catch (error) {
    return tell(error);
  }
}

/** Says why it cannot go on. */
function tell(error: unknown): ExitCode {
  // By its name: the program has a class of its own, as it is bundled apart.
  if (error instanceof Error && error.name === "EnvironmentError") {
    const { message, hint } = error as EnvironmentError;
    sayAtLast(`promgen-gen: ${message}\n${hint === undefined ? "" : `  = help: ${hint}\n`}`);
    return EXIT.environment;
  }
  sayAtLast(
    `promgen-gen: a bug of ours: please report it with promgen-gen ${version}, node ${process.version} and what you ran\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.bug;
}

/** Where nobody can be told, the exit code alone says it. */
function sayAtLast(text: string): void {
  process.stderr.on("error", () => {}).write(text);
}

/** Prints help and what is wrong with the arguments itself, to readers who may have gone: `… --help | head`. */
function readWithCommander(args: readonly string[]): ReturnType<Usage["readUsage"]> {
  for (const stream of [process.stdout, process.stderr]) outliveReader(stream);
  return (load("usage.js") as Usage).readUsage(args, version);
}

function load(bundle: string): unknown {
  return loadBundle(join(import.meta.dirname, bundle), process);
}

/** What is printed without loading anything. On a terminal, help is wrapped to its width, which commander does. */
function textOf(argument: string | undefined): string | undefined {
  if (argument === "--version" || argument === "-V") return `${version}\n`;
  if ((argument !== "--help" && argument !== "-h") || mayBeTerminal(1)) return undefined;
  return readFileSync(join(import.meta.dirname, "help.txt"), "utf8");
}

/** @param directory the value of `-C`, relative to the working directory */
function makeIo(directory: string | undefined): Io {
  const cwd = resolve(directory ?? ".");
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new EnvironmentError(
      `${directory ?? cwd} is no directory`,
      "name the directory that holds promgen.yml and targets/ with -C",
    );
  return {
    stdout: output(1, () => process.stdout),
    stderr: output(2, () => process.stderr),
    env: takeEnvironment(),
    cwd,
    resources: import.meta.dirname,
    version,
    now: () => Date.now(),
    expectWork: () =>
      expectWork(
        process.versions.node,
        () => createRequire(import.meta.filename)("node:v8") as typeof import("node:v8"),
      ),
    beforeEnd,
  };
}

/** The environment, of which programs that we start inherit all but what is for us alone: git runs the hooks of its users. */
function takeEnvironment(): Io["env"] {
  const env = { ...process.env };
  delete process.env["PROMGEN_SIGNING_KEY"];
  // A commit is what its id says, whatever a clone has put in the place of its objects or of its parents.
  process.env["GIT_NO_REPLACE_OBJECTS"] = "1";
  process.env["GIT_GRAFT_FILE"] = "/dev/null";
  return env;
}

function beforeEnd(act: () => void): () => void {
  if (!isWaiting) waitForEnd();
  unfinished.add(act);
  return () => unfinished.delete(act);
}

/**
 * Until the process ends: of a signal, this thread may be told late, and where nobody waits for it any more, it would be
 * lost instead of ending us.
 */
function waitForEnd(): void {
  isWaiting = true;
  process.on("exit", finish);
  for (const signal of SIGNALS) process.on(signal, endBy);
}

function finish(): void {
  for (const act of unfinished) act();
  unfinished.clear();
}

/** Ends as the signal would have ended us. */
function endBy(signal: NodeJS.Signals): void {
  try {
    finish();
  } finally {
    process.off(signal, endBy);
    process.kill(process.pid, signal);
  }
}

function output(descriptor: number, open: () => NodeJS.WriteStream): Output {
  const isTerminal = mayBeTerminal(descriptor) && open().isTTY;
  let stream: NodeJS.WriteStream | undefined;
  return {
    write(text) {
      const rest = stream === undefined ? writeNow(descriptor, text) : text;
      if (rest !== "") (stream ??= openStream(open)).write(rest);
    },
    isTerminal,
    get columns() {
      return isTerminal ? open().columns : undefined;
    },
  };
}

/**
 * Writes what the descriptor takes, and gives back what it does not: a pipe that another process made non-blocking. What
 * nobody reads any more is dropped.
 */
function writeNow(descriptor: number, text: string): Uint8Array | "" {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") return bytes.subarray(at);
      if (code === "EPIPE") return "";
      throw cannotWrite(descriptor, error as NodeJS.ErrnoException);
    }
  }
  return "";
}

function cannotWrite(descriptor: number, { code }: NodeJS.ErrnoException): EnvironmentError {
  return new EnvironmentError(`cannot write to ${descriptor === 1 ? "standard output" : "standard error"}: ${code}`);
}

function openStream(open: () => NodeJS.WriteStream): NodeJS.WriteStream {
  hasStream = true;
  return outliveReader(open());
}

/** False for what is none for sure: files, pipes, and where the output of most scripts goes. */
function mayBeTerminal(descriptor: number): boolean {
  try {
    const { rdev, mode } = fstatSync(descriptor);
    const isCharacterDevice = (mode & 0o170_000) === 0o020_000;
    return isCharacterDevice && rdev !== statSync("/dev/null", { throwIfNoEntry: false })?.rdev;
  } catch {
    return false;
  }
}

/** A reader that has seen enough (`| head`) is no error: the work is done to its end, and the exit code says how it went. */
function outliveReader(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw cannotWrite(stream === process.stdout ? 1 : 2, error);
  });
}
