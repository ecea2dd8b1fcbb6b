/**
 * Runs git, through simple-git.
 */
import type { SimpleGit } from "simple-git";
import { EnvironmentError } from "../exit.ts";
import { showText, withoutUrlSecrets } from "../model/show-text.ts";

/** Git ended, but not well. */
export class GitExit extends Error {
  /** Undefined where a signal or a deadline ended it. */
  readonly code: number | undefined;

  constructor(code: number | undefined, words: string) {
    super(words);
    this.name = "GitExit";
    this.code = code;
  }
}

export interface GitObject {
  readonly id: string;
  readonly kind: string;
  readonly bytes: Uint8Array;
}

export interface Git {
  /** What a command prints. Throws GitExit where git fails, also where it fails without a word. */
  text(args: readonly string[]): Promise<string>;
  /** Objects by their names, in that order; `undefined` for those that are not there. No name holds a line break. */
  objects(names: readonly string[]): Promise<(GitObject | undefined)[]>;
}

/** A command that says nothing for so long hangs, in milliseconds. We may be busy for a while before we listen. */
const SILENCE = 600_000;

/** @param directory absolute path of a directory in a checkout, or of a bare repository */
export async function openGit(directory: string): Promise<Git> {
  // Loading simple-git costs about a third of starting Node: not for those who do not need it.
  const { simpleGit } = await import("simple-git");
  const run = async <T>(act: (git: SimpleGit) => PromiseLike<T>, input?: string): Promise<T> => {
    let exit: GitExit | undefined;
    const git = simpleGit({
      baseDir: directory,
      timeout: { block: SILENCE },
      // All others that are git's are kept from it. cli.ts sets these, so that a commit is what its id says.
      allowEnvironment: ["GIT_NO_REPLACE_OBJECTS", "GIT_GRAFT_FILE"],
      // A timer that starts when git ends would keep us from ending for 50 ms; that its output is closed is enough.
      completion: { onExit: false },
      ...(input === undefined ? {} : { input: () => input }),
      // Its own rule takes a failure without words for success. An error is what ended git: a deadline.
      errors: (error, { exitCode, stdErr }) => {
        if (error instanceof Error || exitCode === 0) return error;
        exit = new GitExit(exitCode ?? undefined, Buffer.concat(stdErr).toString("utf8").trim());
        return exit;
      },
    });
    try {
      return await act(git);
    } catch (error) {
      // What simple-git throws has only the words.
      throw exit ?? error;
    }
  };
  return {
    text: async (args) => await run((git) => git.raw([...args])),
    async objects(names) {
      if (names.length === 0) return [];
      const output = await run((git) => git.binaryCatFile(["--batch"]), `${names.join("\n")}\n`);
      return readBatch(output as Buffer, names.length);
    },
  };
}

/** What a command answers, without white space around it; `undefined` where it says no, which is exit code 1. */
export async function ask(git: Git, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await git.text(args)).trim();
  } catch (error) {
    if (error instanceof GitExit && error.code === 1) return undefined;
    throw error;
  }
}

/** Takes apart what `git cat-file --batch` prints. */
function readBatch(output: Buffer, count: number): (GitObject | undefined)[] {
  const objects: (GitObject | undefined)[] = [];
  let at = 0;
  while (objects.length < count) {
    const end = output.indexOf("\n", at);
    const head = output.toString("utf8", at, end < 0 ? output.length : end);
    const { id, kind, size } = /^(?<id>[0-9a-f]{40,64}) (?<kind>[a-z]+) (?<size>\d+)$/.exec(head)?.groups ?? {};
    if (end < 0 || !(id !== undefined || / (missing|ambiguous)$/.test(head)))
      throw new GitExit(undefined, `it says of an object: ${head}`);
    at = end + 1;
    if (id === undefined) objects.push(undefined);
    else {
      const bytes = output.subarray(at, at + Number(size));
      objects.push({ id, kind: kind ?? "", bytes });
      at += Number(size) + 1;
    }
  }
  return objects;
}

/** Committer time of a commit in seconds. @param bytes as Git stores it: lines, an empty one, the message */
export function commitTime(bytes: Uint8Array): number {
  const [head = ""] = Buffer.from(bytes).toString("latin1").split("\n\n", 1);
  return Number(/^committer .* (?<time>\d+) [+-]\d{4}$/m.exec(head)?.groups?.["time"] ?? 0);
}

/** What to tell of a git that failed; an error that is not Git's is given back as it is. */
export function gitFailure(error: unknown): unknown {
  // simple-git's own errors hold the task that failed.
  if (!(error instanceof GitExit || (error instanceof Error && "task" in error))) return error;
  const first = error.message.split("\n").find((line) => line.trim() !== "") ?? "it ended without a word";
  return new EnvironmentError(
    `Git failed: ${printable(first.trim())}`,
    /dubious ownership/.test(error.message)
      ? "the directory belongs to another user: see `git help config`, safe.directory"
      : "run `git status` here to see more",
  );
}

/** Git repeats names, settings and URLs, which may hold what a terminal or a runner acts upon, and secrets. */
function printable(text: string): string {
  const shown = withoutUrlSecrets(text);
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##\[/u.test(shown) ? showText(shown) : shown;
}
