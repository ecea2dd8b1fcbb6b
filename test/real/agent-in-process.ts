/** promgen-agent without the start of a program, which takes several times as long as what a run of it does. */
import { openLog } from "../../src/agent/log/log-writer.ts";
import { configure } from "../../src/agent/option-config.ts";
import { readCommandLine } from "../../src/agent/options.ts";
import { resultOf, runProgram } from "../../src/agent/program.ts";
import { SYSTEM_CLOCK } from "../../src/agent/system-clock.ts";
import type { Ran } from "../workplace.ts";

/** @param args from the command on, such as `sync` */
export async function agentInProcess(cwd: string, args: readonly string[]): Promise<Ran> {
  const line = readCommandLine(args, {});
  if (line.kind !== "command") throw new Error(`no command: ${args.join(" ")}`);
  const { config, program: settings, mistakes } = configure(line.command, line.words, line.mistakes, {}, cwd);
  if (mistakes.length > 0) throw new Error(mistakes.map(({ message }) => message).join("; "));
  const output = { stdout: "", stderr: "" };
  const version = "0.0.0-test";
  const log = openLog({ format: "text", level: settings.logLevel, redact: (word) => word }, SYSTEM_CLOCK, (words) => {
    output.stderr += words;
  });
  const end = (exit: number): Ran => ({ exit, signal: undefined, ...output });
  try {
    return end(
      await runProgram(line.command, {
        config,
        settings,
        version,
        // Without one, what was counted of a file is not kept. That of the build is another program's.
        digest: "0".repeat(64),
        clock: SYSTEM_CLOCK,
        log,
        print: (text) => {
          output.stdout += text;
        },
        random: Math.random,
        signal: new AbortController().signal,
        onHangup: () => {},
      }),
    );
  } catch (error) {
    const { exit, reason, message, help } = resultOf(error, { log, version });
    log.write("error", reason ?? "bug", message, { help, exit });
    return end(exit);
  }
}
