/**
 * Runs git. Each command has a session of its own, so that its deadline also ends what git has started: ssh, a transport
 * helper, the unpacking. The only importer of simple-git in the agent.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { kill } from "node:process";

/** Git ended, but not well: what it said, in English. */
export class GitError extends Error {
  readonly exitCode: number | undefined;

  constructor(exitCode: number | undefined, words: string) {
    super(words === "" ? `git ended with ${exitCode === undefined ? "a signal" : `exit code ${exitCode}`}` : words);
    this.name = "GitError";
    this.exitCode = exitCode;
  }
}

/** simple-git lets no variable of git through that is not named: ours are all meant, see git-environment.ts. */
const MEANT = {
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeSshCommand: true,
};

/** A repository, and what git runs with there. */
export interface GitSetting {
  /** The bare repository. It exists as a directory. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Runs a command whose answer is short.
 *
 * @throws {GitError} where git fails, is not there, or is killed because the signal was aborted
 */
export async function runGit(
  { directory, variables }: GitSetting,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const { simpleGit } = await import("simple-git");
  const here = `--git-dir=${directory}`;
  const git = simpleGit({
    baseDir: directory,
    binary: ["setsid", "git"],
    abort: signal,
    allowEnvironment: Object.keys(variables).filter((name) => name.startsWith("GIT_")),
    unsafe: MEANT,
    // Its own rule takes an end by a signal for success, and a failure without words as well.
    errors: (error, { exitCode, stdErr }) =>
      error ??
      (exitCode === 0 ? undefined : new GitError(exitCode ?? undefined, Buffer.concat(stdErr).toString().trim())),
  }).env({ ...variables });

  return await endingWithSession(here, signal, async () => {
    try {
      return await git.raw([here, ...args]);
    } catch (error) {
      throw error instanceof GitError
        ? error
        : new GitError(undefined, error instanceof Error ? error.message : String(error));
    }
  });
}

/** Kills the session of the command once the signal is aborted. simple-git alone would interrupt git and leave the rest. */
async function endingWithSession<T>(argument: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  // simple-git does not tell which process it has started, but Node does.
  const started: ChildProcess[] = [];
  const onStart = (message: unknown): void => {
    started.push((message as { process: ChildProcess }).process);
  };
  const end = (): void => {
    for (const child of started) if (child.spawnargs.includes(argument)) killSession(child);
  };
  subscribe("child_process", onStart);
  signal.addEventListener("abort", end);
  try {
    return await act();
  } finally {
    signal.removeEventListener("abort", end);
    unsubscribe("child_process", onStart);
  }
}

function killSession({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    kill(-pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

/**
 * Streams what a command prints, without keeping it. A command that nobody reads to its end dies of that.
 *
 * @throws {GitError} as `runGit`; what came before may be too short
 */
export async function* streamGit(
  { directory, variables }: GitSetting,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const child = spawn("git", [`--git-dir=${directory}`, ...args], {
    cwd: directory,
    env: { ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (words.length < 10_000) words += text;
  });
  const ended = new Promise<number | undefined>((resolve) => {
    child.on("error", (error) => {
      words = error.message;
    });
    child.on("close", (code) => resolve(code ?? undefined));
  });
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
  } catch {
    // Its end says why.
  }
  const code = await ended;
  if (code !== 0) throw new GitError(code, words.trim());
}
