/** Runs git and ssh-keygen, which get what they read on standard input and none of our secrets. */
import { spawn } from "node:child_process";
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { withoutUrlSecrets } from "../model/show-text.ts";

/** Holds the text of a private key; see sign.ts. */
export const KEY_VARIABLE = "PROMGEN_SIGNING_KEY";

export interface Answer {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** Without secrets in URLs and control characters, for people. */
  readonly words: string;
}

export interface Call {
  readonly directory: string;
  readonly input?: string;
  /** On top of ours. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * What leads git to another repository than the one in the directory: a hook has them, https://git-scm.com/docs/githooks, of
 * those that `git rev-parse --local-env-vars` lists, and of a push that is not taken yet. What configures git stays.
 */
const OF_ANOTHER_REPOSITORY: ReadonlySet<string> = new Set([
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_DIR",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NAMESPACE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_QUARANTINE_PATH",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
]);

/** A commit is what its id says, whatever this clone has put in the place of its objects or of its parents. */
const AS_COMMITTED = { GIT_NO_REPLACE_OBJECTS: "1", GIT_GRAFT_FILE: "/dev/null" };

/** They say a line or two, but the hooks of a server may say more. */
const MAX_WORDS = 64 * 1024;

/** Throws EnvironmentError where the program cannot be started. */
export async function runProgram(
  io: Io,
  program: string,
  args: readonly string[],
  { directory, input = "", variables = {} }: Call,
): Promise<Answer> {
  const isTheirs = ([name]: readonly [string, unknown]): boolean =>
    name !== KEY_VARIABLE && !OF_ANOTHER_REPOSITORY.has(name);
  const env = {
    ...Object.fromEntries(Object.entries(io.env).filter(isTheirs)),
    LC_ALL: "C",
    ...AS_COMMITTED,
    ...variables,
  };
  const child = spawn(program, args, { cwd: directory, env, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (output.stderr.length < MAX_WORDS) output.stderr += text;
  });
  // One that does not want its input ends before it has taken it: its answer says why.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => reject(notStarted(program, error)));
    child.on("close", (status) => resolve(status ?? undefined));
  });
  return { code, stdout: output.stdout, words: printable(output.stderr) };
}

function notStarted(program: string, { code, message }: NodeJS.ErrnoException): EnvironmentError {
  return new EnvironmentError(
    `${program} cannot be run: ${code === "ENOENT" ? "it is not installed" : (code ?? message)}`,
    program === "git" ? "install git" : "install OpenSSH's client (openssh-client, openssh-clients)",
  );
}

/** What a program says comes from servers, file names and settings. */
function printable(text: string): string {
  return (
    withoutUrlSecrets(text)
      .replace(/[^\S\n]+/g, " ")
      .replace(/[^\n\P{C}]/gu, "?")
      // GitHub's runner finds a command behind it, anywhere in a line of the log.
      .replaceAll("##[", "##?")
      .trim()
  );
}
