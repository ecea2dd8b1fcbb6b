/** Artifacts on a branch of a GitHub repository, through its API: with a token, and without git. */
import type { FileName, SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { isLoopback } from "./address.ts";
import { collect, tooLarge } from "./chunks.ts";
import { Attempt } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { notPlain } from "./git-entry.ts";
import { branchOf } from "./git-url.ts";
import type { GitHubApi } from "./github-api.ts";
import { MOST_MANIFEST_BYTES, missingPointer } from "./missing-pointer.ts";
import { MOST_POINTER_BYTES } from "./source.ts";
import type { PointerAnswer, Source } from "./source.ts";

const ADDRESS =
  /^github:(?<owner>[A-Za-z0-9][A-Za-z0-9_-]*)\/(?<repo>[A-Za-z0-9._-]+?)(?:\.git)?(?:#(?<fragment>.*))?$/;
const SHA = /^[0-9a-f]{40,64}$/;
/** The commit, and GitHub's ETag of the question for it. */
const VALIDATOR = /^(?<commit>[0-9a-f]{40,64}) (?<etag>(?:W\/)?"[!#-~]{1,512}")$/;

/**
 * @param url `github:owner/repository#branch`; the branch is `artifacts` where none is named
 * @param directory `` for the whole inventory, or `shards/<encoded name>/`
 * @throws {Failure} `configuration` where the URL is not one of these
 */
export async function openGitHubSource(url: string, config: SourceConfig, directory: string): Promise<Source> {
  const place = ADDRESS.exec(url)?.groups;
  const { owner = "", repo = "" } = place ?? {};
  if (place === undefined || repo === "." || repo === "..") {
    throw new Failure("configuration", "a github: source does not name a repository", {
      help: "write github:owner/repository#branch",
    });
  }
  const api = URL.canParse(config.githubApi) ? new URL(config.githubApi) : undefined;
  const isEncrypted = api?.protocol === "https:" || (api?.protocol === "http:" && isLoopback(api.hostname));
  if (api === undefined || !(isEncrypted || (api.protocol === "http:" && config.allowHttp))) {
    throw new Failure("configuration", "the address of GitHub's API is not one of https", {
      help: "see --github-api, such as https://github.example.com/api/v3",
    });
  }
  const branch = branchOf(place["fragment"]);
  const label = `github:${owner}/${repo}#${branch}`;
  // Octokit takes longer to load than everything else of the agent together.
  const { GitHubApi } = await import("./github-api.ts");
  return new GitHubSource(label, { owner, repo }, branch, directory, config, new GitHubApi(config, label));
}

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly sha: string;
  readonly size: number;
  readonly submodule_git_url?: string | null;
}

class GitHubSource implements Source {
  readonly label: string;
  readonly #repository: { readonly owner: string; readonly repo: string };
  readonly #branch: string;
  readonly #directory: string;
  readonly #config: SourceConfig;
  readonly #api: GitHubApi;
  /** What the branch was at when it was last asked for: the files come from the same commit. */
  #commit: string | undefined;
  /** The directory of the shard at that commit. */
  #entries: ReadonlyMap<string, Entry> | undefined;
  readonly #attempt: Attempt;

  constructor(
    label: string,
    repository: { readonly owner: string; readonly repo: string },
    branch: string,
    directory: string,
    config: SourceConfig,
    api: GitHubApi,
  ) {
    this.label = label;
    this.#repository = repository;
    this.#branch = branch;
    this.#directory = directory;
    this.#config = config;
    this.#attempt = new Attempt(config.timeout);
    this.#api = api;
  }

  get warnings(): readonly string[] {
    return this.#api.warnings;
  }

  async pointer(validator: string | undefined, signal: AbortSignal, fresh = false): Promise<PointerAnswer> {
    // A new attempt: certificates are read again with its first connection.
    this.#api.close();
    this.#entries = undefined;
    return await this.#attempt.begin(signal, async (deadline) => {
      const known = fresh ? undefined : VALIDATOR.exec(validator ?? "")?.groups;
      const found = await this.#branchTip(known?.["etag"], fresh, deadline);
      this.#commit = found?.commit ?? known?.["commit"];
      if (this.#commit === undefined) throw this.#strange();
      if (found === undefined) return { kind: "unchanged" };
      return await this.#pointerAt(found.commit, found.etag, deadline);
    });
  }

  async *file(name: FileName, _sha256: string, signal: AbortSignal, fresh = false): AsyncGenerator<Uint8Array, void> {
    const deadline = this.#attempt.deadline(signal);
    try {
      this.#commit ??= (await this.#branchTip(undefined, fresh, deadline))?.commit;
      this.#entries ??= await this.#list(this.#directory, deadline);
      const entry = this.#entries?.get(name);
      if (entry === undefined) {
        throw new Failure(
          "inconsistent",
          `${this.label} has no ${this.#directory}${name}, which its SHA256SUMS lists`,
          {
            help: "publish again",
          },
        );
      }
      yield* this.#content(this.#directory, entry, this.#config.maxBytes, deadline);
    } finally {
      deadline.done();
    }
  }

  async close(): Promise<void> {
    this.#api.close();
  }

  /** The commit that the branch is at; undefined where GitHub says that it has not changed. That costs nothing of a token's budget. */
  async #branchTip(
    etag: string | undefined,
    fresh: boolean,
    deadline: Deadline,
  ): Promise<{ readonly commit: string; readonly etag: string | undefined } | undefined> {
    const answer = await this.#api.json(
      {
        route: "GET /repos/{owner}/{repo}/git/ref/{ref}",
        parameters: { ...this.#repository, ref: `heads/${this.#branch}` },
        headers: {
          ...(etag === undefined ? {} : { "if-none-match": etag }),
          ...(fresh ? { "cache-control": "no-cache" } : {}),
        },
      },
      deadline,
    );
    if (answer.kind === "missing") throw answer.failure;
    if (answer.kind === "unchanged") return undefined;
    const { ref, object } = (answer.value ?? {}) as { ref?: unknown; object?: { sha?: unknown } };
    const commit = object?.sha;
    if (ref !== `refs/heads/${this.#branch}` || typeof commit !== "string" || !SHA.test(commit)) {
      throw this.#strange();
    }
    return { commit, etag: answer.etag };
  }

  async #pointerAt(commit: string, etag: string | undefined, deadline: Deadline): Promise<PointerAnswer> {
    this.#entries = await this.#list(this.#directory, deadline);
    const entry = this.#entries?.get("SHA256SUMS");
    if (entry === undefined) throw await this.#missing(deadline);
    const sums = await collect(this.#content(this.#directory, entry, MOST_POINTER_BYTES, deadline));
    const signature = this.#config.signatures === true ? this.#entries?.get("SHA256SUMS.sig") : undefined;
    return {
      kind: "pointer",
      sums,
      signature:
        signature === undefined
          ? undefined
          : await collect(this.#content(this.#directory, signature, MOST_POINTER_BYTES, deadline)),
      validator: etag === undefined ? undefined : `${commit} ${etag}`,
    };
  }

  async #missing(deadline: Deadline): Promise<Failure> {
    const root = this.#directory === "" ? undefined : await this.#list("", deadline);
    return await missingPointer(this.label, this.#directory, async (name) => {
      const entry = root?.get(name);
      return entry === undefined ? undefined : await collect(this.#content("", entry, MOST_MANIFEST_BYTES, deadline));
    });
  }

  /**
   * What is in a directory of the commit; undefined where there is no such directory. It tells links from files, which
   * GitHub would follow if it were asked for them, and how long a file must be.
   */
  async #list(directory: string, deadline: Deadline): Promise<ReadonlyMap<string, Entry> | undefined> {
    const path = directory.replace(/\/$/, "");
    const parameters = { ...this.#repository, path, ref: this.#commit ?? "" };
    const route = "GET /repos/{owner}/{repo}/contents/{path}{?ref}";
    const answer = await this.#api.json({ route, parameters }, deadline);
    if (answer.kind === "missing") return undefined;
    if (answer.kind === "unchanged") throw this.#strange();
    const found: unknown = answer.value;
    if (!Array.isArray(found)) throw isEntry(found) ? notPlain(this.label, path, kindOf(found)) : this.#strange();
    return new Map(found.filter(isEntry).map((entry) => [entry.name, entry]));
  }

  /** The bytes of a file, at most so many, and as many as the directory says. */
  async *#content(directory: string, entry: Entry, most: number, deadline: Deadline): AsyncGenerator<Uint8Array, void> {
    const path = `${directory}${entry.name}`;
    const kind = kindOf(entry);
    if (kind !== "file") throw notPlain(this.label, path, kind);
    if (entry.size > most) throw tooLarge(most, `${path} of ${this.label}`);
    const parameters = { ...this.#repository, sha: entry.sha };
    let bytes = 0;
    for await (const chunk of this.#api.raw(
      { route: "GET /repos/{owner}/{repo}/git/blobs/{sha}", parameters },
      deadline,
    )) {
      bytes += chunk.length;
      if (bytes > entry.size) break;
      yield chunk;
    }
    if (bytes !== entry.size) {
      throw new Failure("unreachable", `${this.label} gives another number of bytes than ${path} has`, {
        help: "see whether a proxy changes the answers of GitHub's API",
      });
    }
  }

  #strange(): Failure {
    return new Failure("unreachable", `${this.label}: the answer is not one of GitHub's API`, {
      help: "see --github-api, and whether something else answers in its place",
    });
  }
}

function isEntry(value: unknown): value is Entry {
  const { type, name, sha, size } = (value ?? {}) as Partial<Entry>;
  return typeof type === "string" && typeof name === "string" && SHA.test(String(sha)) && Number.isSafeInteger(size);
}

/** Directories list submodules as files. */
function kindOf({ type, submodule_git_url: submodule }: Entry): string {
  if (typeof submodule === "string") return "submodule";
  if (type === "symlink") return "symbolic link";
  return type === "dir" ? "directory" : type;
}
