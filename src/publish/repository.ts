/** The repository that is published from, and to, as far as plain git commands reach. */
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { runProgram } from "./run-program.ts";
import type { Answer, Call } from "./run-program.ts";

type Circumstances = Pick<Call, "input" | "variables">;

/** How a commit that was published stands to the one that is checked out. */
export type Descent = "descends" | "does not descend" | "unknown here" | "cut off by a shallow clone";

export class Repository {
  readonly #io: Io;

  /** @param io its `cwd` lies in a checkout */
  constructor(io: Io) {
    this.#io = io;
  }

  /** What git prints, without the line break at its end. Throws EnvironmentError where it fails. */
  async git(args: readonly string[], circumstances: Circumstances = {}): Promise<string> {
    const answer = await this.try(args, circumstances);
    if (answer.code === 0) return answer.stdout.replace(/\n$/, "");
    throw gitFailure(args[0] ?? "", answer);
  }

  /** What git prints; `undefined` where it says no. */
  async ask(args: readonly string[]): Promise<string | undefined> {
    const { code, stdout } = await this.try(args);
    return code === 0 ? stdout.replace(/\n$/, "") : undefined;
  }

  async try(args: readonly string[], circumstances: Circumstances = {}): Promise<Answer> {
    return await runProgram(this.#io, "git", args, { directory: this.#io.cwd, ...circumstances });
  }

  /** Whether git gets an environment variable with something in it. */
  hasVariable(name: string): boolean {
    return (this.#io.env[name] ?? "") !== "";
  }

  /** The commit at a full name such as `refs/heads/main`, or at an id; `undefined` where there is none. */
  async commitAt(name: string): Promise<string | undefined> {
    return await this.ask(["rev-parse", "--verify", "--quiet", `${name}^{commit}`]);
  }

  async isAncestor(commit: string, of: string): Promise<boolean> {
    return (await this.try(["merge-base", "--is-ancestor", commit, of])).code === 0;
  }

  /** @param commit an id, as a manifest has it */
  async descentFrom(commit: string): Promise<Descent> {
    const isHere = (await this.commitAt(commit)) !== undefined;
    if (isHere && (await this.isAncestor(commit, "HEAD"))) return "descends";
    if ((await this.ask(["rev-parse", "--is-shallow-repository"])) === "true") return "cut off by a shallow clone";
    return isHere ? "does not descend" : "unknown here";
  }

  /**
   * The values of a trailer in the messages of commits, https://git-scm.com/docs/git-interpret-trailers
   *
   * Outside of Git there are none.
   *
   * @param since id of a commit that does not count, nor do those before it; without it only the checked out commit counts
   */
  async trailers(key: string, since: string | undefined): Promise<readonly string[]> {
    if ((await this.commitAt("HEAD")) === undefined) return [];
    const range = since === undefined ? ["--max-count=1", "HEAD"] : [`${since}..HEAD`];
    const values = await this.git(["log", `--format=%(trailers:key=${key},valueonly)`, ...range, "--"]);
    return values.split("\n").filter((value) => value !== "");
  }
}

/** @param what the command of git */
export function gitFailure(what: string, { words, code }: Answer, hint?: string): EnvironmentError {
  const said = words.split("\n").filter((line) => line.trim() !== "");
  const telling = said.find((line) => /^(?:fatal|error|remote): /.test(line)) ?? said[0];
  const how = code === undefined ? "a signal ended it" : `it ended with ${code}`;
  return new EnvironmentError(`git ${what} failed: ${telling ?? how}`, hint);
}
