/** promgen-agent in the process of the tests: what its cli.ts does between the arguments and the exit code. */
import { openLog } from "../../src/agent/log/log-writer.ts";
import { configure } from "../../src/agent/option-config.ts";
import { readCommandLine } from "../../src/agent/options.ts";
import type { Headstart } from "../../src/agent/glance/headstart.ts";
import { resultOf, runProgram } from "../../src/agent/program.ts";
import type { Program } from "../../src/agent/program.ts";
import { SYSTEM_CLOCK } from "../../src/agent/system-clock.ts";
import type { Ran } from "../workplace.ts";

/** What a run has from how it was started. */
export interface Start {
  /** Of the program. */
  readonly digest: string;
  /** Of the note that it leaves. */
  readonly key: string | undefined;
  readonly headstart: Headstart | undefined;
}

/** Of no program that was built: without a digest, what was counted of a file is not kept. */
const OF_NO_BUILD: Start = { digest: "0".repeat(64), key: undefined, headstart: undefined };

/** Runs a command whose arguments are right, as a program that keeps what it counts and never glances. */
export async function agentHere(directory: string, args: readonly string[]): Promise<Ran> {
  const ran = await runAgentHere(directory, args, OF_NO_BUILD);
  if (ran === undefined) throw new Error(`wrong arguments: ${args.join(" ")}`);
  return ran;
}

/** Runs a command; undefined where there is something wrong with its arguments, which the program itself has to say. */
export async function runAgentHere(
  directory: string,
  args: readonly string[],
  start?: Start,
): Promise<Ran | undefined> {
  const line = readCommandLine(args, {});
  if (line.kind !== "command") return undefined;
  const { config, program: settings, mistakes } = configure(line.command, line.words, line.mistakes, {}, directory);
  if (mistakes.length > 0) return undefined;
  const output = { stdout: "", stderr: "" };
  const log = openLog(
    { format: "text", level: settings.logLevel, redact: (text) => text },
    SYSTEM_CLOCK,
    (text) => (output.stderr += text),
  );
  const program: Program = {
    config,
    settings,
    version: "0.0.0",
    clock: SYSTEM_CLOCK,
    log,
    print: (text) => (output.stdout += text),
    random: Math.random,
    signal: new AbortController().signal,
    onHangup: () => {},
    ...(start === undefined ? {} : { digest: start.digest, headstart: start.headstart }),
    ...(start?.key === undefined ? {} : { glance: { key: start.key, isSilent: () => output.stderr === "" } }),
  };
  const exit = await runProgram(line.command, program).catch((error: unknown) => {
    const { exit: code, reason, message, help } = resultOf(error, program);
    log.write("error", reason ?? "bug", message, { help, exit: code });
    return code;
  });
  return { exit, signal: undefined, ...output };
}
