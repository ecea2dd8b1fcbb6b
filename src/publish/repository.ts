/** The repository that is published from, and to, as far as plain git commands reach. */
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { runProgram } from "./run-program.ts";
import type { Answer, Call } from "./run-program.ts";

type Circumstances = Pick<Call, "input" | "variables">;

/** How a commit that was published stands to the one that is checked out. */
export type Descent = "descends" | "does not descend" | "unknown here" | "cut off by a shallow clone";

/** What is there stays there as long as we run: to start Git takes longer than most of what it is asked. */
const yeses = new WeakMap<Io, Set<string>>();

export class Repository {
  readonly #io: Io;
  readonly #variables: Readonly<Record<string, string>>;

  /** @param io its `cwd` lies in a checkout, or `variables` say where the repository is */
  constructor(io: Io, variables: Readonly<Record<string, string>> = {}) {
    this.#io = io;
    this.#variables = variables;
  }

  /** What git prints, without the line break at its end. Throws EnvironmentError where it fails. */
  async git(args: readonly string[], circumstances: Circumstances = {}): Promise<string> {
    const answer = await this.try(args, circumstances);
    if (answer.code === 0) return answer.stdout.replace(/\n$/, "");
    throw gitFailure(args[0] ?? "", answer);
  }

  /** What git prints; `undefined` where it says no, which is exit code 1. Throws EnvironmentError where it fails. */
  async ask(args: readonly string[]): Promise<string | undefined> {
    const answer = await this.try(args);
    if (answer.code === 1) return undefined;
    if (answer.code === 0) return answer.stdout.replace(/\n$/, "");
    throw gitFailure(args[0] ?? "", answer);
  }

  async try(args: readonly string[], { variables, ...circumstances }: Circumstances = {}): Promise<Answer> {
    const all = { ...this.#variables, ...variables };
    return await runProgram(this.#io, "git", args, { directory: this.#io.cwd, variables: all, ...circumstances });
  }

  /** False outside of Git. Throws EnvironmentError where Git does not look: the directory may belong to somebody else. */
  async exists(): Promise<boolean> {
    return await this.#onceTrue("", async () => await this.#isThere());
  }

  /** Asks until the answer is yes, which stays so for all that run in the same circumstances. */
  async #onceTrue(key: string, question: () => Promise<boolean>): Promise<boolean> {
    if (yeses.get(this.#io)?.has(this.#inCircumstances(key)) === true) return true;
    if (!(await question())) return false;
    this.#remember(key);
    return true;
  }

  #remember(...keys: readonly string[]): void {
    const known = yeses.get(this.#io) ?? new Set();
    yeses.set(this.#io, known);
    for (const key of keys) known.add(this.#inCircumstances(key));
  }

  #inCircumstances(key: string): string {
    return JSON.stringify([this.#variables, key]);
  }

  async #isThere(): Promise<boolean> {
    const answer = await this.try(["rev-parse", "--git-dir"]);
    if (answer.code === 0) return true;
    if (/not a git repository \(or any/.test(answer.words)) return false;
    throw gitFailure("rev-parse", answer);
  }

  /** Whether git gets an environment variable with something in it. */
  hasVariable(name: string): boolean {
    return (this.#io.env[name] ?? "") !== "";
  }

  /** The commit that is checked out; `undefined` outside of Git, too. Throws EnvironmentError as `exists` and `tipOf` do. */
  async head(): Promise<string | undefined> {
    const answer = await this.try(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    if (answer.code !== 0 || isBroken(answer)) return (await this.exists()) ? await this.#readTip("HEAD") : undefined;
    const commit = answer.stdout.trim();
    this.#remember("", commit);
    return commit;
  }

  /**
   * The commit at a full name such as `refs/heads/main`; `undefined` where there is no such name.
   *
   * Throws EnvironmentError where there is one, but no commit that can be read: that is not the same as none.
   */
  async tipOf(name: string): Promise<string | undefined> {
    const [tip] = await this.tipsOf([name]);
    return tip;
  }

  /** The same for several names, in that order, with one git where all can be read. */
  async tipsOf(names: readonly string[]): Promise<readonly (string | undefined)[]> {
    // Other commands would take a tag called `refs/heads/main` for the branch, where there is none.
    const format = "--format=%(objectname) %(objecttype) %(refname)";
    const { code, stdout } = await this.try(["for-each-ref", format, "--", ...names]);
    const lines = code === 0 ? stdout.split("\n") : [];
    const tips: (string | undefined)[] = [];
    for (const name of names) {
      const commit = lines.find((line) => line.endsWith(` commit ${name}`))?.split(" ", 1)[0];
      if (commit !== undefined) this.#remember("", commit);
      tips.push(commit ?? (await this.#readTip(name)));
    }
    return tips;
  }

  /** @param name `HEAD`, or a full name. What cannot be read is told from what is not there. */
  async #readTip(name: string): Promise<string | undefined> {
    const answer = await this.try(["rev-parse", "--verify", "--quiet", name]);
    if (answer.code === 1 && !isBroken(answer)) return undefined;
    const id = answer.stdout.trim();
    if (answer.code === 0 && !isBroken(answer) && (await this.has(id)))
      return (await this.#isName(name)) ? id : undefined;
    if (answer.code !== 0 && !isBroken(answer)) throw gitFailure("rev-parse", answer);
    throw new EnvironmentError(
      `${name} cannot be read: ${isBroken(answer) ? "it holds no id of a commit" : `the repository does not have the commit ${id}`}`,
      "`git fsck` says what is damaged; fetch it again, or put it back from another clone",
    );
  }

  /** False where Git has looked further, for a tag that is called `refs/heads/main`, say. */
  async #isName(name: string): Promise<boolean> {
    return (await this.ask(["show-ref", "--verify", "--quiet", name])) !== undefined;
  }

  /** Whether there is a commit with this id. Throws EnvironmentError where it cannot be read. */
  async has(commit: string): Promise<boolean> {
    const question = async (): Promise<boolean> =>
      (await this.ask(["rev-parse", "--verify", "--quiet", `${commit}^{commit}`])) !== undefined;
    return await this.#onceTrue(commit, question);
  }

  /** Throws EnvironmentError where the history cannot be read. */
  async isAncestor(commit: string, of: string): Promise<boolean> {
    const answer = await this.try(["merge-base", "--is-ancestor", commit, of]);
    if (answer.code !== 0 && !isNo(answer)) throw gitFailure("merge-base", answer);
    return answer.code === 0;
  }

  /** @param commit an id, as a manifest has it */
  async descentFrom(commit: string): Promise<Descent> {
    const answer = await this.try(["merge-base", "--is-ancestor", commit, "HEAD"]);
    if (answer.code === 0) return "descends";
    const isHere = await this.has(commit);
    if (isHere && !isNo(answer)) throw gitFailure("merge-base", answer);
    if (await this.isShallow()) return "cut off by a shallow clone";
    return isHere ? "does not descend" : "unknown here";
  }

  /** True where commits are missing here that the history has. */
  async isShallow(): Promise<boolean> {
    return (await this.ask(["rev-parse", "--is-shallow-repository"])) === "true";
  }

  /**
   * What stands behind a key in the messages of commits, in lines of their own: as Git reads trailers
   * (https://git-scm.com/docs/git-interpret-trailers), but wherever they stand. A squash puts lines below those of the commits
   * that it is made of, or more such commits, and may indent them all; it makes items of a list of their titles. A value that is
   * wrapped stands in the next line, where it is one of those that are looked for.
   *
   * @param value what a value begins with, as a pattern
   * @param since id of a commit that does not count, nor do those before it; without it only the checked out commit counts
   * @returns the values, "" where there is none
   */
  async trailers(key: string, value: string, since: string | undefined): Promise<readonly string[]> {
    const range = since === undefined ? ["--max-count=1", "HEAD"] : [`${since}..HEAD`];
    const messages = await this.git(["rev-list", "--format=%B", ...range, "--"]);
    const start = `^[ \\t]*(?:[*-][ \\t]+)?${key}[ \\t]*:`;
    const wrapped = `(?:[ \\t]*\\r?\\n[ \\t]*(?=${value}))?`;
    const lines = messages.matchAll(new RegExp(`${start}${wrapped}(?<value>.*)$`, "gim"));
    return Array.from(lines, ({ groups }) => groups?.["value"]?.trim() ?? "");
  }
}

/** A file of a name has no id in it: Git passes it over, and says no more than that. */
function isBroken({ words }: Answer): boolean {
  return /^warning: ignoring (?:broken ref|ref with broken name)/m.test(words);
}

/** Older versions of Git end with 1, too, where they cannot read a commit between the two. */
function isNo({ code, words }: Answer): boolean {
  return code === 1 && !/^error: /m.test(words);
}

/** @param what the command of git */
export function gitFailure(what: string, { words, code }: Answer, hint?: string): EnvironmentError {
  const said = words.split("\n").filter((line) => line.trim() !== "");
  const telling = said.find((line) => /^(?:fatal|error|remote): /.test(line)) ?? said[0];
  const how = code === undefined ? "a signal ended it" : `it ended with ${code}`;
  return new EnvironmentError(`git ${what} failed: ${telling ?? how}`, hint);
}
