/** Commands → exit codes: the lock, the log's last word and the metrics around a run. */
import { preload, withCollaborators } from "./assemble.ts";
import type { Clock } from "./clock.ts";
import type { AgentConfig } from "./config.ts";
import type { Collaborators, RunResult } from "./core/collaborators.ts";
import { AGENT_EXIT, Failure, REASONS } from "./failure.ts";
import type { AgentExitCode } from "./failure.ts";
import { askedBy } from "./glance/headstart.ts";
import type { Headstart } from "./glance/headstart.ts";
import { inert } from "./log/log-writer.ts";
import type { Level, Log } from "./log.ts";
import type { Command } from "./option-table.ts";
import type { ProgramConfig } from "./option-config.ts";
import type { QueueFacts } from "./watch/metrics.ts";

/** What cli.ts has from the process. */
export interface Program {
  readonly config: AgentConfig;
  readonly settings: ProgramConfig;
  readonly version: string;
  /** Of this program; undefined where the build did not say it. */
  readonly digest?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Writes to stdout: what a command was asked to tell. */
  readonly print: (text: string) => void;
  readonly random: () => number;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Where a glance may come before the next run: what its note is for, and whether the log said nothing yet. */
  readonly glance?: { readonly key: string; isSilent(): boolean };
  /** What a glance has begun of this run. */
  readonly headstart?: Headstart | undefined;
  /** Of the queue that a daemon listens to. */
  readonly queue?: () => QueueFacts;
  /** Registers who is told of SIGHUP. */
  readonly onHangup: (act: () => void) => void;
}

/** Runs a command to its end. */
export async function runProgram(command: Command, program: Program): Promise<AgentExitCode> {
  switch (command) {
    case "run": {
      const { runDaemon } = await import("./commands/run.ts");
      return await runDaemon(program);
    }
    case "status": {
      const { showStatus } = await import("./commands/status.ts");
      return await showStatus(program);
    }
    case "doctor": {
      const { doctor } = await import("./commands/doctor.ts");
      const { config, settings, print } = program;
      return await withCollaborators(
        config,
        program,
        async (collaborators) => await doctor(config, collaborators, { json: settings.json, print }),
      );
    }
    case "sync":
      await splay(program);
      return (await runOnce(program, withNote(program, (await import("./commands/sync.ts")).sync))).exit;
    case "rollback":
      return await runByHand(program, (await import("./commands/rollback.ts")).rollback);
    case "release":
      return await runByHand(program, (await import("./commands/release.ts")).release);
    case "hold": {
      const { hold } = await import("./commands/hold.ts");
      const { holdFor, holdReason } = program.settings;
      return await runByHand(
        program,
        async (config, collaborators) => await hold(config, collaborators, holdFor, holdReason),
      );
    }
  }
}

/** A run that had nothing to say, and waited for nobody, leaves a note for the next one. */
function withNote({ glance, settings, log }: Program, act: Deed): Deed {
  if (glance === undefined || settings.splay > 0 || settings.textfile !== undefined) return act;
  return async (config, collaborators) => {
    const result = await act(config, collaborators);
    if (result.isSettled !== true || result.state === undefined || !glance.isSilent()) return result;
    try {
      const { leaveNote } = await import("./glance/leave-note.ts");
      await leaveNote(glance.key, config, collaborators, result.state);
    } catch (error) {
      // It only spares the next run some time.
      log.write("debug", "no-note", error instanceof Error ? error.message : String(error));
    }
    return result;
  };
}

/** Whoever types a command wants to read what came of it; who only wants the exit code has it as well. */
async function runByHand(program: Program, act: Deed): Promise<AgentExitCode> {
  const { exit, message } = await runOnce(program, act);
  if (exit === AGENT_EXIT.ok) program.print(`${inert(message)}\n`);
  return exit;
}

/** Hosts whose cron starts them in the same second: each waits its own part of the time. */
async function splay({ config, settings, clock, signal }: Program): Promise<void> {
  if (settings.splay === 0) return;
  const [{ phaseOf }, { identityOf }] = await Promise.all([
    import("./watch/schedule.ts"),
    import("./watch/identity.ts"),
  ]);
  await clock.sleep(phaseOf(identityOf(config.shard), settings.splay), signal);
}

type Deed = (config: AgentConfig, collaborators: Collaborators) => Promise<RunResult>;

/** Does something under the lock. Says in the log how it ended, leaves metrics, and never throws. */
export async function runOnce(program: Program, act: Deed): Promise<RunResult> {
  const { clock, settings } = program;
  const start = clock.monotonic();
  let result: RunResult;
  try {
    result = await underLock(program, act);
  } catch (error) {
    result = resultOf(error, program);
  }
  if (result.reason === "busy" && settings.quietBusy) result = { ...result, exit: AGENT_EXIT.ok };
  report(result, program);
  if (settings.textfile !== undefined && result.reason !== "busy")
    await leaveMetrics(settings.textfile, result, clock.monotonic() - start, program);
  return result;
}

async function underLock(program: Program, act: Deed): Promise<RunResult> {
  const { config, log, headstart } = program;
  const { state, allowSymlinks } = config.place;
  const { takeLock } = await import("./disk/lock.ts");
  const [lock] = await Promise.all([takeLock(state, allowSymlinks, headstart?.lock), preload(config)]);
  try {
    const asked = headstart && askedBy(headstart, state);
    return await withCollaborators(config, { ...program, asked }, async (collaborators) => {
      try {
        return await act(config, collaborators);
      } finally {
        // What a source has to say, such as that everybody can read its token, it knows once it was asked.
        for (const { label, warnings } of collaborators.sources)
          for (const warning of warnings ?? []) log.write("warning", "source-warning", warning, { source: label });
      }
    });
  } finally {
    await lock.release();
  }
}

/** What was thrown, as the end of a run. */
export function resultOf(error: unknown, { log, version }: Pick<Program, "log" | "version">): RunResult {
  if (error instanceof Failure) {
    const { reason, message, help, retryAfter } = error;
    return {
      exit: REASONS[reason],
      reason,
      message,
      ...(help === undefined ? {} : { help }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      state: undefined,
    };
  }
  log.write("debug", "bug", error instanceof Error ? (error.stack ?? error.message) : String(error));
  return {
    exit: AGENT_EXIT.bug,
    reason: "bug",
    message: `a bug of ours: ${error instanceof Error ? error.message : String(error)}`,
    help: `please report it with what --log-level debug says, promgen-agent ${version} and what you ran`,
    state: undefined,
  };
}

const LEVELS: Partial<Record<AgentExitCode, Level>> = {
  [AGENT_EXIT.ok]: "debug",
  [AGENT_EXIT.unconfirmed]: "warning",
  [AGENT_EXIT.held]: "warning",
  [AGENT_EXIT.busy]: "info",
};

/** The last word. A run that went well has none at the usual level: cron mails what is written. */
function report({ exit, reason, message, help }: RunResult, { log }: Program): void {
  log.write(LEVELS[exit] ?? "error", reason ?? "done", message, { help, exit });
}

async function leaveMetrics(directory: string, result: RunResult, seconds: number, program: Program): Promise<void> {
  const { config, clock, log, version } = program;
  const [{ renderMetrics }, { textfileName, textfileState, writeTextfile }, { readState }] = await Promise.all([
    import("./watch/metrics.ts"),
    import("./watch/textfile.ts"),
    import("./watch/read-state.ts"),
  ]);
  // A run that was over before it began leaves what was known.
  const state = result.state ?? (await readState(config.place, clock).catch(() => undefined));
  const now = clock.now();
  const metrics = renderMetrics(state, {
    version,
    shard: config.shard,
    state: textfileState(config.place.state),
    now,
    maxAge: config.maxAge,
    noProof: config.prometheus.noProof,
    ...(result.isQuiet === true ? {} : { lastRun: { at: now, exit: result.exit, reason: result.reason, seconds } }),
    queue: program.queue?.(),
  });
  try {
    writeTextfile(directory, textfileName(config.place.state), metrics);
  } catch (error) {
    log.write("warning", "textfile-failed", `metrics cannot be written to ${directory}`, {
      why: error instanceof Error ? error.message : String(error),
      help: "see that the directory is the one of node_exporter's textfile collector and that the agent's user may write there, or leave out --textfile",
    });
  }
}
