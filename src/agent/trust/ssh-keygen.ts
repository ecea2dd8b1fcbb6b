/**
 * Runs ssh-keygen, which knows keys, validity dates, certificates and revocation lists better than we would:
 * https://man.openbsd.org/ssh-keygen#-Y
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Failure } from "../failure.ts";

export interface Answer {
  readonly accepted: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** It says a line or two. */
const MAX_OUTPUT = 64 * 1024;

/** Which ssh-keygen, and how many seconds it may take. */
export interface Program {
  readonly path: string;
  readonly seconds: number;
}

/**
 * Runs the program with this on its standard input.
 *
 * @throws {Failure} `configuration` where it cannot be run or does not end
 * @throws {Error} what the signal ended it with
 */
export async function sshKeygen(
  program: Program,
  args: readonly string[],
  input: Uint8Array,
  signal: AbortSignal,
): Promise<Answer> {
  const { spawn } = await import("node:child_process");
  const ender = new AbortController();
  const end = (): void => ender.abort();
  const timer = setTimeout(end, program.seconds * 1000);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    const child = spawn(program.path, args, { stdio: "pipe", signal: ender.signal, killSignal: "SIGKILL" });
    const answer = await communicate(child, input);
    if (answer.stderr.includes("option -- Y")) throw tooOld();
    // It asks who runs it first of all, and ends there: it has looked at no signature.
    const [, uid] = /^No user exists for uid (\d+)/m.exec(answer.stderr) ?? [];
    if (uid !== undefined) throw nameless(program, uid);
    return answer;
  } catch (error) {
    throw signal.aborted ? error : asFailure(error, program);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

async function communicate(child: ChildProcessWithoutNullStreams, input: Uint8Array): Promise<Answer> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      if (output[name].length < MAX_OUTPUT) output[name] += text;
    });
  }
  // One that does not want the input ends before it has taken it: its answer says why.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ accepted: code === 0, ...output }));
  });
}

function tooOld(): Failure {
  return new Failure("configuration", "ssh-keygen is too old to check signatures", {
    help: "install OpenSSH 8.2 or newer, or leave out --allowed-signers",
  });
}

function nameless({ path }: Program, uid: string): Failure {
  return new Failure("configuration", `${path} does not work for user ${uid}, who is not in /etc/passwd`, {
    help: "run promgen-agent as a user that this host or container knows, such as nobody",
  });
}

function asFailure(error: unknown, program: Program): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.name === "AbortError") {
    return new Failure("configuration", `${program.path} was stopped: it did not end within ${program.seconds} s`, {
      help: "try again; see what keeps this host busy",
      cause: error,
    });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") {
    return new Failure("configuration", `${program.path} is not installed, and signatures are to be checked`, {
      help: "install OpenSSH's client (openssh-client, openssh-clients), or leave out --allowed-signers",
      cause: error,
    });
  }
  return new Failure("configuration", `${program.path} cannot be run (${code ?? "unknown error"})`, {
    help: "see that the user of promgen-agent may execute it, and that a process may be started",
    cause: error,
  });
}
