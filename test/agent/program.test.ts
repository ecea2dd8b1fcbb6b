import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { RunResult } from "../../src/agent/core/collaborators.ts";
import { writeAgentState } from "../../src/agent/core/state-file.ts";
import { openDisk } from "../../src/agent/disk/open-disk.ts";
import { Failure } from "../../src/agent/failure.ts";
import { openLog } from "../../src/agent/log/log-writer.ts";
import { configure } from "../../src/agent/option-config.ts";
import { readCommandLine } from "../../src/agent/options.ts";
import { runOnce } from "../../src/agent/program.ts";
import type { Program } from "../../src/agent/program.ts";
import { SYSTEM_CLOCK } from "../../src/agent/system-clock.ts";
import { textfileName } from "../../src/agent/watch/textfile.ts";
import { describe } from "../describe.ts";
import { withDirectory } from "../workplace.ts";
import { HEALTHY } from "./watch/states.ts";

interface Bench {
  readonly directory: string;
  readonly program: Program;
  readonly log: () => string;
}

async function withProgram(args: readonly string[], act: (bench: Bench) => Promise<void>): Promise<void> {
  await withDirectory({ "etc/x": "", "text/x": "" }, async (directory) => {
    const places = ["--targets", "etc/targets.json", "--state", "state", "--textfile", "text"];
    const line = readCommandLine(["sync", "--source", "file:///nowhere", "--shard", "a", ...places, ...args], {});
    if (line.kind !== "command") throw new Error("no command");
    const { config, program: settings, mistakes } = configure("sync", line.words, line.mistakes, {}, directory);
    assert.equal(mistakes, []);
    let text = "";
    const log = openLog({ format: "text", level: settings.logLevel, redact: (word) => word }, SYSTEM_CLOCK, (words) => {
      text += words;
    });
    const program: Program = {
      config,
      settings,
      version: "1.2.3",
      clock: SYSTEM_CLOCK,
      log,
      print: () => {},
      random: () => 0.5,
      signal: new AbortController().signal,
      onHangup: () => {},
    };
    await act({ directory, program, log: () => text });
  });
}

const DONE: RunResult = { exit: 0, message: "nothing new", state: HEALTHY };

/** Where the run leaves them. */
function metricsOf(directory: string): string {
  return join(directory, "text", textfileName(join(directory, "state")));
}

describe("agent program", (it) => {
  it("is silent about a run that went well, and leaves its metrics", async () => {
    await withProgram([], async ({ directory, program, log }) => {
      const result = await runOnce(program, async () => await Promise.resolve(DONE));
      assert.equal([result.exit, log()], [0, ""]);
      const metrics = await readFile(metricsOf(directory), "utf8");
      assert.match(metrics, /^promgen_agent_last_run_exit_code\{shard="a",state="[^"]+"\} 0$/m);
      assert.match(metrics, /^promgen_agent_info\{shard="a",state="[^"]+",version="1\.2\.3"/m);
    });
  });

  it("leaves what was known in the metrics of a run that was over before it began", async () => {
    await withProgram([], async ({ directory, program }) => {
      await openDisk(program.config.place, SYSTEM_CLOCK).prepare();
      await openDisk(program.config.place, SYSTEM_CLOCK).writeState(writeAgentState(HEALTHY));
      await runOnce(program, async () => await Promise.reject(new Failure("unsafe-path", "everybody may write")));
      const metrics = await readFile(metricsOf(directory), "utf8");
      assert.match(metrics, /^promgen_agent_last_run_exit_code\{shard="a",state="[^"]+"\} 7$/m);
      assert.match(metrics, /^promgen_agent_generation\{shard="a",state="[^"]+"\} 1795334400$/m);
      assert.match(metrics, /^promgen_agent_runs_total\{shard="a",state="[^"]+"\} 40$/m);
    });
  });

  it("leaves the end of the last run in the metrics of what was none", async () => {
    await withProgram([], async ({ directory, program }) => {
      await runOnce(program, async () => await Promise.resolve({ ...DONE, exit: 2, isQuiet: true }));
      const metrics = await readFile(metricsOf(directory), "utf8");
      assert.match(metrics, /^promgen_agent_last_run_exit_code\{shard="a",state="[^"]+"\} 0$/m);
    });
  });

  it("ends with the code of the reason that is thrown, and says what to do", async () => {
    await withProgram([], async ({ directory, program, log }) => {
      const failure = new Failure("throttled", "too many requests", { help: "wait", retryAfter: 60 });
      const result = await runOnce(program, async () => await Promise.reject(failure));
      assert.equal([result.exit, result.reason, result.retryAfter], [6, "throttled", 60]);
      assert.match(log(), /error throttled too many requests help=wait exit=6\n$/);
      assert.match(await readFile(metricsOf(directory), "utf8"), /last_run_exit_code\{shard="a",state="[^"]+"\} 6/);
    });
  });

  it("owns up to a bug with 70, and shows its stack only where it is asked for", async () => {
    const broken = async (): Promise<RunResult> => await Promise.reject(new TypeError("x is not a function"));
    await withProgram([], async ({ program, log }) => {
      assert.is((await runOnce(program, broken)).exit, 70);
      assert.match(log(), /error bug .*x is not a function/);
      assert.not.match(log(), "program.test.ts");
      assert.not.match(log(), /\bat .*:\d+/);
    });
    await withProgram(["--log-level", "debug"], async ({ program, log }) => {
      await runOnce(program, broken);
      assert.match(log(), "program.test.ts");
    });
  });

  it("gives the lock back after a run that failed", async () => {
    await withProgram([], async ({ program }) => {
      await runOnce(program, async () => await Promise.reject(new Error("broken")));
      assert.is((await runOnce(program, async () => await Promise.resolve(DONE))).exit, 0);
    });
  });

  it("ends with 75 while another run is at work, with 0 where that is usual, and leaves the other's metrics alone", async () => {
    for (const [args, exit] of [
      [[], 75],
      [["--quiet-busy"], 0],
    ] as const)
      await withProgram(args, async ({ directory, program }) => {
        const inner = await new Promise<RunResult>((resolve, reject) => {
          runOnce(program, async () => {
            resolve(await runOnce(program, async () => await Promise.resolve(DONE)));
            return DONE;
          }).catch(reject);
        });
        assert.equal([inner.exit, inner.reason], [exit, "busy"]);
        const metrics = await readFile(metricsOf(directory), "utf8").catch(() => "");
        assert.not.match(metrics, /last_run_exit_code\{shard="a",state="[^"]+"\} 75/);
      });
  });

  it("does not fail because metrics cannot be written, but says so", async () => {
    await withProgram([], async ({ directory, program, log }) => {
      await mkdir(metricsOf(directory));
      assert.is((await runOnce(program, async () => await Promise.resolve(DONE))).exit, 0);
      assert.match(log(), "warning textfile-failed");
    });
  });
});
