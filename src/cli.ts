#!/usr/bin/env node
/**
 * promgen-gen: arguments in, exit code out. Commands are loaded when they run, since each package costs start-up time.
 */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import { setFlagsFromString } from "node:v8";
import { EnvironmentError, EXIT } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import type { Io, Output } from "./io.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    endWithReader(process.stdout).write(`${version}\n`);
    return EXIT.ok;
  }
  // V8 compiles a function for speed after it ran this much. A run is short, and what is compiled early is often compiled
  // again: more than the default of Node 20 (67,584) saves a quarter of the processor time of 100,000 targets. Others are
  // not measured.
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--interrupt-budget=300000");
  try {
    const { runProgram } = await import("./commands/program.ts");
    return await runProgram(args, makeIo);
  } catch (error) {
    if (error instanceof EnvironmentError) {
      process.stderr.write(
        `promgen-gen: ${error.message}\n${error.hint === undefined ? "" : `  = help: ${error.hint}\n`}`,
      );
      return EXIT.environment;
    }
    process.stderr.write(
      `promgen-gen: a bug of ours: please report it with promgen-gen ${version}, node ${process.version} and what you ran\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return EXIT.bug;
  }
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
    env: process.env,
    cwd,
    resources: new URL("./", import.meta.url),
    version,
    now: () => Date.now(),
  };
}

/** Opening a stream takes milliseconds, and most runs write to one of the two alone. */
function output(descriptor: number, open: () => NodeJS.WriteStream): Output {
  let opened: NodeJS.WriteStream | undefined;
  const stream = (): NodeJS.WriteStream => (opened ??= endWithReader(open()));
  return {
    write: (text) => void stream().write(text),
    isTerminal: isatty(descriptor),
    get columns() {
      return stream().columns;
    },
  };
}

/** A reader that has seen enough (`| head`) is no error. */
function endWithReader(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}
