/**
 * As much of GitHub's API as a comment needs, through octokit, which asks again where GitHub says when.
 * https://docs.github.com/en/rest/issues/comments
 */
import { randomUUID } from "node:crypto";
import type { Octokit } from "octokit";
import { commentFailure, statusOf } from "./comment-failure.ts";

export interface Access {
  /** Such as `https://api.github.com`. */
  readonly baseUrl: string;
  readonly token: string;
  /** `owner/name` */
  readonly repository: string;
  readonly userAgent: string;
}

export interface PullRequest {
  readonly number: number;
  /** The commit that is proposed. */
  readonly head: string;
  /** What GitHub has made of it and of the branch that it goes to, for its workflows to run on. */
  readonly merge: string | undefined;
  /** The repository that it comes from; undefined where that is gone. */
  readonly from: string | undefined;
}

export interface Comment {
  readonly id: number;
  /** Login; undefined where the account is gone. */
  readonly author: string | undefined;
  readonly body: string;
}

const PAGE = 100;
/** 3,000 comments or pull requests: whoever has more is not helped by waiting longer. */
const MOST_PAGES = 30;
/** Milliseconds for one answer. */
const ANSWER = 30_000;
/** Seconds to wait where GitHub asks for a pause. A job should not stand still for a comment. */
const LONGEST_PAUSE = 60;
/** Asked again after a second, where GitHub has a problem of its own. */
const RETRIES = 1;

/** All methods throw EnvironmentError, with what GitHub says and what to do. */
export class CommentApi {
  readonly #octokit: Octokit;
  readonly #access: Access;
  readonly #where: { readonly owner: string; readonly repo: string };

  private constructor(octokit: Octokit, access: Access) {
    this.#octokit = octokit;
    this.#access = access;
    const [owner = "", repo = ""] = access.repository.split("/");
    this.#where = { owner, repo };
  }

  static async open(access: Access): Promise<CommentApi> {
    const { Octokit } = await import("octokit");
    const silent = (): void => undefined;
    const mayWait = (seconds: number, _options: unknown, _octokit: unknown, retries: number): boolean =>
      retries === 0 && seconds <= LONGEST_PAUSE;
    const octokit = new Octokit({
      auth: access.token,
      baseUrl: access.baseUrl,
      userAgent: access.userAgent,
      log: { debug: silent, info: silent, warn: silent, error: silent },
      retry: { retries: RETRIES },
      throttle: { id: randomUUID(), onRateLimit: mayWait, onSecondaryRateLimit: mayWait },
      request: { fetch: ask },
    });
    return new CommentApi(octokit, access);
  }

  /** Who the token belongs to. Undefined for the token of an app, as that of a workflow is: it may not ask. */
  async login(): Promise<string | undefined> {
    try {
      return (await this.#octokit.rest.users.getAuthenticated()).data.login;
    } catch (error) {
      const status = statusOf(error);
      if (status === 403 || status === 404) return undefined;
      throw commentFailure(error, this.#access);
    }
  }

  async pullRequest(number: number): Promise<PullRequest> {
    return await this.#try(async () => {
      const { data } = await this.#octokit.rest.pulls.get({ ...this.#where, pull_number: number });
      return describe(data);
    });
  }

  /** The open pull requests that propose this commit, also those from forks, for which GitHub has no shorter way. */
  async pullRequestsOf(commit: string): Promise<readonly PullRequest[]> {
    return await this.#try(async () => {
      const newestFirst = { state: "open", sort: "updated", direction: "desc", per_page: PAGE } as const;
      const pages = this.#octokit.paginate.iterator(this.#octokit.rest.pulls.list, { ...this.#where, ...newestFirst });
      const found: PullRequest[] = [];
      for await (const pull of itemsOf(pages)) if (pull.head.sha === commit) found.push(describe(pull));
      return found;
    });
  }

  /** The first comment, by age, that is as asked. */
  async findComment(pull: number, isWanted: (comment: Comment) => boolean): Promise<Comment | undefined> {
    return await this.#try(async () => {
      const which = { ...this.#where, issue_number: pull, per_page: PAGE };
      const pages = this.#octokit.paginate.iterator(this.#octokit.rest.issues.listComments, which);
      for await (const { id, user, body = "" } of itemsOf(pages)) {
        const comment = { id, author: user?.login, body };
        if (isWanted(comment)) return comment;
      }
      return undefined;
    });
  }

  async createComment(pull: number, body: string): Promise<void> {
    await this.#try(() => this.#octokit.rest.issues.createComment({ ...this.#where, issue_number: pull, body }));
  }

  async updateComment(id: number, body: string): Promise<void> {
    await this.#try(() => this.#octokit.rest.issues.updateComment({ ...this.#where, comment_id: id, body }));
  }

  async #try<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw commentFailure(error, this.#access);
    }
  }
}

/** Redirects are not followed: a `POST` would become a `GET`, and succeed without having done anything. */
async function ask(url: string, init: RequestInit): Promise<Response> {
  return await fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(ANSWER) });
}

async function* itemsOf<T>(pages: AsyncIterable<{ readonly data: readonly T[] }>): AsyncGenerator<T> {
  let count = 0;
  for await (const { data } of pages) {
    yield* data;
    if (++count === MOST_PAGES) return;
  }
}

interface PullData {
  readonly number: number;
  readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly merge_commit_sha: string | null;
}

function describe({ number, head, merge_commit_sha }: PullData): PullRequest {
  return { number, head: head.sha, merge: merge_commit_sha ?? undefined, from: head.repo?.full_name };
}
