/**
 * A bare clone of one branch, without history. It is a cache and nothing more: what is damaged in it, or left half done
 * by a killed run, is thrown away and fetched again.
 */
import { Failure } from "../failure.ts";
import type { Deadline } from "./deadline.ts";
import { GitError, runGit, streamGit } from "./git-commands.ts";
import { bytesArriving, countPacks, makeDirectory, removeDebris, removeDirectory } from "./git-directory.ts";
import type { GitEnvironment } from "./git-environment.ts";
import { gitFailure, mayBeDamage } from "./git-failure.ts";
import type { GitPlace } from "./git-url.ts";

/** Where the fetched commit is kept. */
const TIP = "refs/promgen/tip";
/** Each publish that is fetched adds a pack; beyond these, one clone anew is less than what they take. */
const MOST_PACKS = 32;
const OLDEST_GIT = [2, 31] as const;
/** How often a fetch is measured, in milliseconds. */
const WATCH = 100;
type ObjectFormat = "sha1" | "sha256";
const COMMIT = /^[0-9a-f]{40}$|^[0-9a-f]{64}$/;

/** What a tree says about one path. */
export interface TreeEntry {
  readonly kind: "file" | "directory" | "symbolic link" | "submodule";
  readonly id: string;
  /** Bytes, of files and symbolic links. */
  readonly size: number;
}

const KINDS: Readonly<Record<string, TreeEntry["kind"]>> = {
  "100644": "file",
  "100664": "file",
  "100755": "file",
  "120000": "symbolic link",
  "040000": "directory",
  "160000": "submodule",
};

/** The clone could not be read, and is gone: the next time it is made anew. */
export class DamagedClone extends Failure {
  constructor(label: string) {
    super("unreachable", `the clone of ${label} was damaged and is thrown away`, {
      help: "run again: it is cloned anew. If it comes back, look at the disk of the state directory",
    });
  }
}

function formatOf(commit: string): ObjectFormat {
  return commit.length === 64 ? "sha256" : "sha1";
}

/** All methods throw {@link Failure}. Who calls them has the agent's lock, or a directory of its own: no other git is at work here. */
export class GitClone {
  readonly #directory: string;
  readonly #place: GitPlace;
  readonly #mostBytes: number;
  readonly #readEnvironment: () => Promise<GitEnvironment>;
  #environment: GitEnvironment = { variables: {}, authorization: undefined };

  /**
   * @param directory is made where it is missing, and deleted where what is in it is of no use
   * @param readEnvironment gives what git runs with, credentials as they are now
   * @param mostBytes that one fetch may bring, packed
   */
  constructor(directory: string, place: GitPlace, readEnvironment: () => Promise<GitEnvironment>, mostBytes: number) {
    this.#directory = directory;
    this.#place = place;
    this.#readEnvironment = readEnvironment;
    this.#mostBytes = mostBytes;
  }

  /** The commit that the branch of the repository is at. One round trip. */
  async remoteTip(deadline: Deadline): Promise<string> {
    const { url, branch, label } = this.#place;
    const ref = `refs/heads/${branch}`;
    deadline.phase = "asking for the branch";
    // HEAD tells a repository that has not this branch from what has nothing at all.
    const answer = await this.#mending(deadline, "sha1", () =>
      this.#git(["ls-remote", "--", url, "HEAD", ref], deadline),
    );
    // A pattern may match the end of other refs too.
    const line = answer.split("\n").find((text) => text.endsWith(`\t${ref}`));
    const commit = line?.slice(0, line.indexOf("\t"));
    if (commit === undefined || !COMMIT.test(commit)) {
      throw new Failure("unreachable", `${label}: the repository has no branch ${branch}`, {
        help:
          answer === ""
            ? "see that this is the URL of a repository, without a proxy's page or one to sign in before it: git takes these for a repository without branches. If it is right, publish"
            : "name the branch that is published to after the #; if it was deleted, publish again",
      });
    }
    return commit;
  }

  /**
   * Has the commit here, or else that which the branch is at by now.
   *
   * @returns the commit that is here
   */
  async bring(commit: string, deadline: Deadline): Promise<string> {
    return await this.#mending(deadline, formatOf(commit), async () => {
      if (await this.#holds(commit, deadline)) return commit;
      await this.#fetch(deadline);
      return (await this.#git(["rev-parse", "--verify", "--end-of-options", `${TIP}^{commit}`], deadline)).trim();
    });
  }

  /** Whether the newer commit, which is here, is known to descend from the older one. */
  async isAncestor(older: string, newer: string, deadline: Deadline): Promise<boolean> {
    const known = await this.#readable(() => this.#git(["rev-list", newer, "--"], deadline), deadline);
    return known.split("\n").includes(older);
  }

  /** Whether there is more history than is here. */
  async isShallow(deadline: Deadline): Promise<boolean> {
    const answer = await this.#readable(() => this.#git(["rev-parse", "--is-shallow-repository"], deadline), deadline);
    return answer.trim() === "true";
  }

  /** Brings more history of the branch, whose commit is here. */
  async deepen(more: `--deepen=${number}` | "--unshallow", commit: string, deadline: Deadline): Promise<void> {
    await this.#mending(deadline, formatOf(commit), async () => await this.#fetch(deadline, more));
  }

  /** What is at a path of a commit that is here; undefined where nothing is. Symbolic links are not followed. */
  async entry(commit: string, path: string, deadline: Deadline): Promise<TreeEntry | undefined> {
    const answer = await this.#readable(
      () => this.#git(["ls-tree", "-z", "-l", "--full-tree", commit, "--", path], deadline),
      deadline,
    );
    const match = /^(?<mode>\d{6}) \w+ (?<id>[0-9a-f]+) +(?<size>\d+|-)\t(?<path>[^\0]*)\0$/.exec(answer)?.groups;
    const kind = KINDS[match?.["mode"] ?? ""];
    if (match?.["id"] === undefined || kind === undefined || match["path"] !== path) return undefined;
    return { kind, id: match["id"], size: Number(match["size"] === "-" ? 0 : match["size"]) };
  }

  /** The bytes of a file, as long as its entry says. */
  async *content({ id, size }: TreeEntry, deadline: Deadline): AsyncGenerator<Uint8Array, void> {
    let bytes = 0;
    try {
      for await (const chunk of streamGit(this.#setting(), ["cat-file", "blob", id], deadline.signal)) {
        bytes += chunk.length;
        if (bytes > size) break;
        yield chunk;
      }
      if (bytes !== size) throw new GitError(undefined, `object ${id} has ${bytes} bytes instead of ${size}`);
    } catch (error) {
      throw await this.#unreadable(error, deadline);
    }
  }

  /** Throws the clone away. */
  async discard(): Promise<void> {
    await removeDirectory(this.#directory);
  }

  #setting(): { directory: string; variables: Readonly<Record<string, string>> } {
    return { directory: this.#directory, variables: this.#environment.variables };
  }

  async #git(args: readonly string[], { signal }: { readonly signal: AbortSignal }): Promise<string> {
    return await runGit(this.#setting(), args, signal);
  }

  async #holds(commit: string, deadline: Deadline): Promise<boolean> {
    const tip = await this.#git(["for-each-ref", "--format=%(objectname)", TIP], deadline);
    return tip.trim() === commit;
  }

  async #fetch(deadline: Deadline, depth = "--depth=1"): Promise<void> {
    const { url, branch, label } = this.#place;
    deadline.phase = "fetching";
    const tooLarge = new AbortController();
    const signal = AbortSignal.any([deadline.signal, tooLarge.signal]);
    const watch = setInterval(() => {
      void bytesArriving(this.#directory).then((bytes) => bytes > this.#mostBytes && tooLarge.abort());
    }, WATCH);
    // Not --quiet: where git says nothing, simple-git waits whether more is to come.
    const options = [depth, "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
    try {
      await this.#git(["fetch", ...options, "--", url, `+refs/heads/${branch}:${TIP}`], { signal });
    } catch (error) {
      if (!tooLarge.signal.aborted) throw error;
      await removeDebris(this.#directory);
      throw new Failure("too-large", `${label} has more than ${this.#mostBytes} bytes to fetch, packed`, {
        help: "raise --max-bytes, or use an https: or github: source, which fetch only what this shard needs",
      });
    } finally {
      clearInterval(watch);
    }
  }

  /**
   * Runs what talks to the other side, in a clone that is in order. Once more where credentials were replaced meanwhile, and
   * in a new clone where git may have stumbled over this one.
   */
  async #mending<T>(deadline: Deadline, format: ObjectFormat, act: () => Promise<T>): Promise<T> {
    const once = async (): Promise<T> => {
      this.#environment = await this.#readEnvironment();
      await this.#prepare(format, deadline);
      return await act();
    };
    try {
      return await once();
    } catch (error) {
      if (deadline.signal.aborted || !(error instanceof GitError)) throw this.#failure(error, deadline);
      if (mayBeDamage(error.message)) await this.discard();
      else {
        const failure = this.#meaning(error);
        if (failure.reason !== "unauthorized" || !(await this.#haveCredentialsChanged())) throw failure;
      }
    }
    try {
      return await once();
    } catch (error) {
      throw this.#failure(error, deadline);
    }
  }

  async #haveCredentialsChanged(): Promise<boolean> {
    return (await this.#readEnvironment()).authorization !== this.#environment.authorization;
  }

  /** Runs what reads the clone alone. */
  async #readable<T>(act: () => Promise<T>, deadline: Deadline): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw await this.#unreadable(error, deadline);
    }
  }

  /** A clone that cannot be read is thrown away: the next run has a new one. */
  async #unreadable(error: unknown, deadline: Deadline): Promise<unknown> {
    if (!(error instanceof GitError) || deadline.signal.aborted) return this.#failure(error, deadline);
    await this.discard();
    return new DamagedClone(this.#place.label);
  }

  #failure(error: unknown, deadline: Deadline): unknown {
    if (deadline.signal.aborted) return deadline.failure(this.#place.label);
    return error instanceof GitError ? this.#meaning(error) : error;
  }

  #meaning({ message }: GitError): Failure {
    return gitFailure(message, this.#place, this.#environment.authorization);
  }

  async #prepare(format: ObjectFormat, deadline: Deadline): Promise<void> {
    const packs = await countPacks(this.#directory);
    if (packs !== undefined && packs <= MOST_PACKS) {
      await removeDebris(this.#directory);
      return;
    }
    await this.discard();
    await makeDirectory(this.#directory);
    await this.#assertRecent(deadline);
    await this.#git(["init", "--bare", `--object-format=${format}`], deadline);
  }

  /** Older ones leave out our settings without a word, the credentials among them. */
  async #assertRecent(deadline: Deadline): Promise<void> {
    const version = (await this.#git(["version"], deadline)).trim();
    const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
    if (major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1])) return;
    throw new Failure("configuration", `${version} is too old for a git source`, {
      help: `install git ${OLDEST_GIT.join(".")} or newer, or use a github: or https: source`,
    });
  }
}
