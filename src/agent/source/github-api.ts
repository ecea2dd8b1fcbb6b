/**
 * GitHub's API through octokit, and octokit through our own HTTP client: proxies, private authorities, size limits and
 * redirects are as in every other source. Its core alone: the plugins would wait and ask again behind the back of our
 * deadline, and be a third of the agent. The only importer of octokit in the agent; to be loaded where it is used.
 */
import { Octokit } from "@octokit/core";
import type { SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { capped, collect } from "./chunks.ts";
import type { Deadline } from "./deadline.ts";
import { gitHubFailure } from "./github-failure.ts";
import { drop, HttpClient, readBody } from "./http-client.ts";
import type { Answer } from "./http-client.ts";
import { unusable } from "./http-status.ts";

const RAW = "application/vnd.github.raw+json";
const JSON_TYPE = "application/vnd.github+json";
/** What GitHub says about an error, or about a directory of a thousand files. */
const MOST_JSON_BYTES = 4 * 1024 * 1024;
const API_VERSION = "2022-11-28";

export interface Question {
  /** Such as `GET /repos/{owner}/{repo}/git/blobs/{sha}`, as GitHub's documentation has it. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export type JsonAnswer =
  | { readonly kind: "value"; readonly value: unknown; readonly etag: string | undefined }
  /** Nothing has changed since the ETag that was sent along. */
  | { readonly kind: "unchanged" }
  | { readonly kind: "missing"; readonly failure: Failure };

/** All methods throw {@link Failure}. */
export class GitHubApi {
  readonly #label: string;
  readonly #isAnonymous: boolean;
  readonly #client: HttpClient;
  readonly #octokit: Octokit;

  /** @param label of the source, for the words of failures */
  constructor(config: SourceConfig, label: string) {
    this.#label = label;
    this.#isAnonymous = config.credentials === undefined;
    this.#client = new HttpClient(new URL(config.githubApi), config);
    const silent = (): void => undefined;
    this.#octokit = new Octokit({
      baseUrl: config.githubApi.replace(/\/+$/, ""),
      userAgent: "promgen-agent",
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
  }

  get warnings(): readonly string[] {
    return this.#client.warnings;
  }

  close(): void {
    this.#client.close();
  }

  async json(question: Question, deadline: Deadline): Promise<JsonAnswer> {
    const answer = await this.#ask(question, JSON_TYPE, deadline);
    if ("kind" in answer) return answer;
    const text = (await collect(bodyOf(answer, deadline))).toString("utf8");
    try {
      return { kind: "value", value: JSON.parse(text) as unknown, etag: answer.headers.etag };
    } catch {
      throw this.#notGitHub();
    }
  }

  /** The bytes of a file, as they come. */
  async *raw(question: Question, deadline: Deadline): AsyncGenerator<Uint8Array, void> {
    const answer = await this.#ask(question, RAW, deadline);
    if (!("kind" in answer)) yield* readBody(answer, deadline);
    else throw answer.kind === "missing" ? answer.failure : this.#notGitHub();
  }

  /** The head of a 200, or what there is no body of. */
  async #ask(
    { route, parameters, headers }: Question,
    accept: string,
    deadline: Deadline,
  ): Promise<Answer | Exclude<JsonAnswer, { kind: "value" }>> {
    const request = { fetch: fetchWith(this.#client, deadline), parseSuccessResponseBody: false };
    const asked = { accept, "x-github-api-version": API_VERSION, ...headers };
    let answer: Answer | "";
    try {
      answer = (await this.#octokit.request(route, { ...parameters, headers: asked, request })).data as Answer | "";
    } catch (error) {
      return this.#noAnswer(error);
    }
    // Octokit drops the body of a 204.
    if (answer === "") throw this.#notGitHub();
    const failure = answer.status === 200 ? unusable(answer) : this.#notGitHub();
    if (failure === undefined) return answer;
    drop(answer);
    throw failure;
  }

  /** What octokit throws for everything but a success. */
  #noAnswer(error: unknown): Exclude<JsonAnswer, { kind: "value" }> {
    if (!(error instanceof Error)) throw error;
    // What our client has thrown comes back wrapped.
    if (error.cause instanceof Failure) throw error.cause;
    const { response } = error as Partial<RequestError>;
    if (response === undefined) throw error;
    const { status } = response;
    if (status === 304) return { kind: "unchanged" };
    const failure = gitHubFailure({ ...response, message: error.message }, this.#label, this.#isAnonymous);
    if (status === 404) return { kind: "missing", failure };
    throw failure;
  }

  #notGitHub(): Failure {
    return new Failure("unreachable", `${this.#label}: something else than GitHub's API has answered`, {
      help: "see --github-api, and whether a proxy or a login page answers in its place",
    });
  }
}

/** As much as matters of what octokit throws. */
interface RequestError {
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string | undefined>> };
}

/** As much of `fetch` as octokit uses. A body that it does not ask for is ours to read. */
function fetchWith(client: HttpClient, deadline: Deadline) {
  return async (url: string, { headers }: { readonly headers: Readonly<Record<string, string>> }) => {
    const answer = await client.get(new URL(url), headers, deadline);
    const { status } = answer;
    if (status === 304) drop(answer);
    return {
      status,
      url: answer.url.href,
      headers: new Map(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
      body: answer,
      text: async () => (status === 304 ? "" : (await collect(bodyOf(answer, deadline))).toString("utf8")),
      // An error that is not text: octokit only asks whether it is one.
      arrayBuffer: async () => {
        drop(answer);
        return new ArrayBuffer(0);
      },
    };
  };
}

function bodyOf(answer: Answer, deadline: Deadline): AsyncIterable<Uint8Array> {
  return capped(readBody(answer, deadline), MOST_JSON_BYTES, `the answer of ${answer.url.host}`);
}
