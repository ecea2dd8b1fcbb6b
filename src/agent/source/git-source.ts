/** Artifacts on a branch of a Git repository. */
import { join } from "node:path";
import type { FileName, SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { collect, tooLarge } from "./chunks.ts";
import { Attempt } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { DamagedClone, GitClone } from "./git-clone.ts";
import { notPlain } from "./git-entry.ts";
import { gitEnvironment } from "./git-environment.ts";
import type { GitEnvironment } from "./git-environment.ts";
import { parseGitUrl } from "./git-url.ts";
import { GitHistory } from "./git-history.ts";
import type { GitPlace } from "./git-url.ts";
import { MOST_MANIFEST_BYTES, missingPointer } from "./missing-pointer.ts";
import { MOST_POINTER_BYTES } from "./source.ts";
import type { PointerAnswer, Source } from "./source.ts";

/**
 * @param url `git+https://…#branch`, and the same with ssh, file, or http; the branch is `artifacts` where none is named
 * @param directory `` for the whole inventory, or `shards/<encoded name>/`
 * @param workplace a directory of the agent's own, for the clone; it may be lost at any time
 * @throws {Failure} `configuration` where the URL is not one of these
 */
export async function openGitSource(
  url: string,
  config: SourceConfig,
  directory: string,
  workplace: string,
): Promise<Source> {
  return new GitSource(parseGitUrl(url, config.allowHttp), config, directory, workplace);
}

class GitSource implements Source {
  readonly label: string;
  readonly #config: SourceConfig;
  readonly #directory: string;
  readonly #clone: GitClone;
  readonly #history: GitHistory;
  readonly #warnings = new Set<string>();
  /** What the branch was at when SHA256SUMS was asked for: the files come from the same commit. */
  #commit: string | undefined;
  /** The clone was made anew in this attempt: once is enough. */
  #isAnew = false;
  readonly #attempt: Attempt;

  constructor(place: GitPlace, config: SourceConfig, directory: string, workplace: string) {
    this.label = place.label;
    this.#config = config;
    this.#attempt = new Attempt(config.timeout);
    this.#directory = directory;
    const environment = async (): Promise<GitEnvironment> =>
      await gitEnvironment(place, config, workplace, (warning) => this.#warnings.add(warning));
    this.#history = new GitHistory(workplace, place.label);
    this.#clone = new GitClone(join(workplace, "clone.git"), place, environment, config.maxBytes);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  async pointer(validator: string | undefined, signal: AbortSignal, fresh = false): Promise<PointerAnswer> {
    this.#isAnew = false;
    return await this.#attempt.begin(signal, async (deadline) => {
      await this.#refresh(fresh);
      this.#commit = await this.#clone.remoteTip(deadline);
      if (this.#commit === validator && !fresh) return { kind: "unchanged" };
      try {
        return await this.#pointer(this.#commit, deadline);
      } catch (error) {
        if (!(error instanceof DamagedClone)) throw error;
        return await this.#pointer(this.#commit, deadline);
      }
    });
  }

  async *file(name: FileName, _sha256: string, signal: AbortSignal, fresh = false): AsyncGenerator<Uint8Array, void> {
    const deadline = this.#attempt.deadline(signal);
    try {
      await this.#refresh(fresh);
      const commit = await this.#clone.bring(this.#commit ?? (await this.#clone.remoteTip(deadline)), deadline);
      const content = await this.#content(commit, `${this.#directory}${name}`, this.#config.maxBytes, deadline);
      if (content === undefined) {
        throw new Failure(
          "inconsistent",
          `${this.label} has no ${this.#directory}${name}, which its SHA256SUMS lists`,
          {
            help: "publish again",
          },
        );
      }
      yield* content;
    } finally {
      deadline.done();
    }
  }

  /** Nothing of ours outlives a call but the clone, which is meant to. */
  async close(): Promise<void> {}

  async #pointer(tip: string, deadline: Deadline): Promise<PointerAnswer> {
    const commit = await this.#clone.bring(tip, deadline);
    if (this.#config.signatures !== true) await this.#history.take(commit, this.#clone, deadline);
    this.#commit = commit;
    const read = async (path: string, most: number): Promise<Uint8Array | undefined> => {
      const content = await this.#content(commit, path, most, deadline);
      return content === undefined ? undefined : await collect(content);
    };
    const sums = await read(`${this.#directory}SHA256SUMS`, MOST_POINTER_BYTES);
    if (sums === undefined) {
      await this.#assertDirectories(commit, deadline);
      throw await missingPointer(this.label, this.#directory, (name) => read(name, MOST_MANIFEST_BYTES));
    }
    const isSigned = this.#config.signatures === true;
    const signature = isSigned ? await read(`${this.#directory}SHA256SUMS.sig`, MOST_POINTER_BYTES) : undefined;
    return { kind: "pointer", sums, signature, validator: commit };
  }

  /** The bytes of a file, at most so many; undefined where there is nothing at the path. */
  async #content(
    commit: string,
    path: string,
    most: number,
    deadline: Deadline,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const entry = await this.#clone.entry(commit, path, deadline);
    if (entry === undefined) return undefined;
    if (entry.kind !== "file") throw notPlain(this.label, path, entry.kind);
    if (entry.size > most) throw tooLarge(most, `${path} of ${this.label}`);
    return this.#clone.content(entry, deadline);
  }

  /** Tells a link in place of a directory from a directory that is not there: git follows none. */
  async #assertDirectories(commit: string, deadline: Deadline): Promise<void> {
    for (let at = this.#directory.indexOf("/"); at > 0; at = this.#directory.indexOf("/", at + 1)) {
      const path = this.#directory.slice(0, at);
      const entry = await this.#clone.entry(commit, path, deadline);
      if (entry !== undefined && entry.kind !== "directory") throw notPlain(this.label, path, entry.kind);
    }
  }

  /** Our clone is a cache as well: who wants it fresh gets a new one. */
  async #refresh(fresh: boolean): Promise<void> {
    if (!fresh || this.#isAnew) return;
    this.#isAnew = true;
    await this.#clone.discard();
  }
}
