/**
 * Whether a branch only went on. Where artifacts are not signed, whoever can push to the branch is believed, but nobody is
 * believed who takes back what was there: the new commit must descend from the one that was taken before. Signed artifacts
 * speak for themselves, and their branch may be made anew.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, codeOf } from "../disk/errno.ts";
import { Failure } from "../failure.ts";
import type { Deadline } from "./deadline.ts";
import type { GitClone } from "./git-clone.ts";

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** How much more history is fetched, one after the other, until the old commit is found. A commit is a publication. */
const DEEPER = ["--deepen=20", "--deepen=200", "--unshallow"] as const;

/** Remembers, beside a clone that may be thrown away, which commit was taken last. */
export class GitHistory {
  readonly #file: string;
  readonly #label: string;

  /** @param workplace directory that the clone lies in */
  constructor(workplace: string, label: string) {
    this.#file = join(workplace, "taken");
    this.#label = label;
  }

  /**
   * Takes a commit that is in the clone.
   *
   * @throws {Failure} `replay` where it does not descend from the one that was taken before; of the disk's reasons where
   *   that one cannot be read, or this one not be written down
   */
  async take(commit: string, clone: GitClone, deadline: Deadline): Promise<void> {
    const before = this.#taken();
    if (before === commit) return;
    if (before !== undefined && !(await descends(commit, before, clone, deadline))) {
      throw new Failure(
        "replay",
        `${this.#label}: the branch was rewritten: ${commit.slice(0, 12)} does not descend from ${before.slice(0, 12)}, and artifacts are not signed`,
        {
          help: `sign what is published and set --allowed-signers; or, where the rewriting was meant, delete ${this.#file}`,
        },
      );
    }
    const temporary = `${this.#file}.new`;
    attempt(`write ${this.#file}`, () => {
      writeFileSync(temporary, `${commit}\n`, { mode: 0o600 });
      renameSync(temporary, this.#file);
    });
  }

  /**
   * Undefined where nothing was taken yet, or the record is damaged: then the generation alone decides. A record that is
   * there and cannot be read is neither: to go on without it would take whatever the branch was rewritten to.
   */
  #taken(): string | undefined {
    return attempt(`read ${this.#file}`, () => {
      try {
        const text = readFileSync(this.#file, "utf8").trim();
        return COMMIT.test(text) ? text : undefined;
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    });
  }
}

async function descends(commit: string, before: string, clone: GitClone, deadline: Deadline): Promise<boolean> {
  for (const more of DEEPER) {
    if (await clone.isAncestor(before, commit, deadline)) return true;
    if (!(await clone.isShallow(deadline))) return false;
    await clone.deepen(more, commit, deadline);
  }
  return await clone.isAncestor(before, commit, deadline);
}
