#!/usr/bin/env node
/**
 * promgen-agent: arguments and environment in, exit code out. The only file of the agent that touches the process. It is
 * bundled as one CommonJS file: no top-level `await`, no `import.meta`.
 */
import { fstatSync, writeSync } from "node:fs";
import { AGENT_EXIT } from "./failure.ts";
import type { Headstart } from "./glance/headstart.ts";
import { keyOf } from "./glance/note.ts";
import { inert, openLog } from "./log/log-writer.ts";
import { configure } from "./option-config.ts";
import type { Configured } from "./option-config.ts";
import { readCommandLine } from "./options.ts";
import type { Mistake } from "./options.ts";
import type { Command } from "./option-table.ts";
import { resultOf, runProgram } from "./program.ts";
import { redactor } from "./redact.ts";
import { SYSTEM_CLOCK } from "./system-clock.ts";

/** Set by the build. */
declare const BUILT_VERSION: string | undefined;
const VERSION = typeof BUILT_VERSION === "undefined" ? "0.0.0-dev" : BUILT_VERSION;

/** What start.ts hands over: a digest of this program, for what only the same one may use. */
declare const PROGRAM_DIGEST: string | undefined;
const DIGEST = typeof PROGRAM_DIGEST === "undefined" ? undefined : PROGRAM_DIGEST;

/** And what it has begun of this run. */
declare const HEADSTART: Headstart | undefined;

/** A run that is asked to end finishes what it began on disk. Whoever asked waits two seconds at most: milliseconds. */
const PATIENCE_MS = 1_500;
/** How often a pipe that is full is tried again before a line is lost, a few milliseconds apart. */
const TRIES = 50;

async function main(args: readonly string[]): Promise<never> {
  const line = readCommandLine(args, process.env);
  switch (line.kind) {
    case "version":
      return end(0, `${VERSION}\n`);
    case "help": {
      const { commandHelp, programHelp } = await import("./help.ts");
      return end(0, line.command === undefined ? programHelp(VERSION) : commandHelp(line.command));
    }
    case "wrong":
      return refuse(line.mistakes);
    case "command": {
      const configured = configure(line.command, line.words, line.mistakes, process.env, process.cwd());
      if (configured.mistakes.length > 0) return refuse(configured.mistakes);
      return await runCommand(line.command, configured, line.warnings);
    }
  }
}

function refuse(mistakes: readonly Mistake[]): never {
  for (const { message, help } of mistakes)
    write(2, `promgen-agent: ${inert(message)}\n${help === undefined ? "" : `  = help: ${inert(help)}\n`}`);
  return end(AGENT_EXIT.usage);
}

async function runCommand(
  command: Command,
  { config, program: settings }: Configured,
  warnings: readonly string[],
): Promise<never> {
  const secrets = [
    config.source.credentials?.path,
    config.prometheus.credentials?.path,
    settings.webhookSecret,
    settings.queue?.credentials,
  ].filter((path) => path !== undefined);
  let isSilent = true;
  const log = openLog(
    {
      format: settings.log === "json" ? "json" : isJournal() ? "journal" : "text",
      level: settings.logLevel,
      redact: redactor(secrets),
    },
    SYSTEM_CLOCK,
    (line) => {
      isSilent = false;
      write(2, line);
    },
  );
  for (const warning of warnings) log.write("warning", "unknown-variable", warning);
  const fail = (error: unknown): never => {
    const { exit, reason, message, help } = resultOf(error, { log, version: VERSION });
    log.write("error", reason ?? "bug", message, { help, exit });
    return end(exit);
  };
  process
    .on("uncaughtException", fail)
    .on("unhandledRejection", fail)
    // Node ends with 0 where nothing is left to wait for, though nobody has said how the run ended.
    .on("beforeExit", () => fail(new Error("the program ran out of things to wait for")));
  const key = DIGEST && keyOf(DIGEST, process);
  let hangUp = (): void => {};
  // The default would end the daemon. Its first run comes anyway.
  if (command === "run") process.on("SIGHUP", () => hangUp());
  const stopping = new AbortController();
  let endedBy = 0;
  for (const [signal, number] of [
    ["SIGTERM", 15],
    ["SIGINT", 2],
  ] as const) {
    process.on(signal, () => {
      // A daemon that is asked to end does what it is asked; a single run did not come to its end.
      endedBy = command === "run" ? AGENT_EXIT.ok : 128 + number;
      stopping.abort();
      setTimeout(() => end(endedBy), PATIENCE_MS).unref();
    });
  }
  try {
    const exit = await runProgram(command, {
      config,
      settings,
      version: VERSION,
      digest: DIGEST,
      headstart: typeof HEADSTART === "undefined" ? undefined : HEADSTART,
      clock: SYSTEM_CLOCK,
      log,
      print: (text) => write(1, text),
      random: Math.random,
      signal: stopping.signal,
      ...(key === undefined ? {} : { glance: { key, isSilent: () => isSilent } }),
      onHangup: (act) => (hangUp = act),
    });
    return end(stopping.signal.aborted ? endedBy : exit);
  } catch (error) {
    return fail(error);
  }
}

/** Whether journald reads what we write to stderr: $JOURNAL_STREAM names its socket (systemd.exec(5)). */
function isJournal(): boolean {
  const stream = process.env["JOURNAL_STREAM"];
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Nothing is left to write, so nobody is waited for: not a connection that is kept alive, not a timer. */
function end(exit: number, text = ""): never {
  write(1, text);
  process.exit(exit);
}

/**
 * Writes at once: opening process.stdout takes longer than the rest of a run where nothing is new. Who reads may be gone
 * (`| head`), or not read for a while; neither is a reason to leave targets as they are.
 */
function write(descriptor: 1 | 2, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  for (let tries = 0; rest.length > 0 && tries < TRIES;) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      tries++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

void main(process.argv.slice(2));
