/**
 * Moves the artifact branch to a new generation: in one step, only from where it was when the new one was compared with it,
 * and never by force. Of two publishers at once one wins.
 */
import { EnvironmentError } from "../exit.ts";
import { withoutUrlSecrets } from "../model/show-text.ts";
import { remoteTip } from "./branch-tips.ts";
import type { Target, Tips } from "./branch-tips.ts";
import { gitFailure } from "./repository.ts";
import type { Repository } from "./repository.ts";
import type { Answer } from "./run-program.ts";

export class BranchMover {
  /** For people, at the end of a sentence. */
  readonly name: string;
  readonly #repository: Repository;
  readonly #target: Target;
  readonly #tips: Tips;
  readonly #tell: (note: string) => void;

  /** @param tell says what does not keep from publishing */
  constructor(repository: Repository, target: Target, tips: Tips, tell: (note: string) => void) {
    this.#tell = tell;
    this.#repository = repository;
    this.#target = target;
    this.#tips = tips;
    this.name = `branch ${target.branch}${target.remote === undefined ? "" : ` of ${withoutUrlSecrets(target.remote)}`}`;
  }

  /** @param commit whose parent is the newest of the tips. Throws EnvironmentError where the branch is not moved. */
  async moveTo(commit: string): Promise<void> {
    const { branch, remote } = this.#target;
    const ref = `refs/heads/${branch}`;
    // The remote first: what it does not take was never published, here neither.
    if (remote !== undefined) await this.#push(commit);
    const { here } = this.#tips;
    const log = ["-m", "promgen-gen: publish"];
    const answer = await this.#repository.try(["update-ref", ...log, ref, commit, here ?? ""]);
    // Where it was pushed, it is published, and the branch here follows the next time.
    if (answer.code === 0 || remote !== undefined) return;
    const now = await this.#repository.tipOf(ref);
    throw now === here ? gitFailure("update-ref", answer) : this.#lost(now);
  }

  /** Where nothing is new: pushes what is here already. True where the remote did not have it. */
  async catchUp(): Promise<boolean> {
    const { newest, there } = this.#tips;
    if (this.#target.remote === undefined || newest === undefined || newest === there) return false;
    await this.#push(newest);
    return true;
  }

  async #push(commit: string): Promise<void> {
    const { branch, remote = "" } = this.#target;
    const options = ["--porcelain", "--no-follow-tags", "--recurse-submodules=no"];
    const answer = await this.#repository.try(["push", ...options, "--", remote, `${commit}:refs/heads/${branch}`]);
    if (answer.code === 0) return;
    const now = await remoteTip(this.#repository, branch, remote);
    // It was taken there: only the answer was lost, or one of several addresses to push to refuses it.
    if (now === commit) {
      const { message, hint } = refused(answer);
      return this.#tell(`${this.name} has it, though ${message}${hint === undefined ? "" : ` (${hint})`}`);
    }
    throw now === this.#tips.there ? refused(answer) : this.#lost(now);
  }

  #lost(now: string | undefined): EnvironmentError {
    return new EnvironmentError(
      `another publication was faster: ${this.name} is ${now === undefined ? "gone" : `at ${now.slice(0, 12)}`} now, and nothing was published`,
      "run this again: it is compared with that one then",
    );
  }
}

/** Why a remote does not take a branch stands in two places: its own words, and the line for the branch. */
function refused(answer: Answer): EnvironmentError {
  const reason = /^!\t[^\t]*\t(.*)$/m.exec(answer.stdout)?.[1];
  const words = reason === undefined ? answer.words : `error: ${reason}`;
  const said = answer.words.split("\n").find((line) => line.startsWith("remote: "));
  return gitFailure(
    "push",
    { ...answer, words },
    said === undefined ? "see that you may push to this branch" : `the server says: ${said.slice("remote: ".length)}`,
  );
}
