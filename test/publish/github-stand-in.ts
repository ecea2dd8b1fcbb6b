/**
 * As much of GitHub's REST API as comments need, on loopback, with GitHub's own refusals and limits: 65,536 characters of a
 * comment, tokens that may only read, locked conversations, pages, ETags, pauses.
 * https://docs.github.com/en/rest/issues/comments, https://docs.github.com/en/rest/using-the-rest-api
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const REPOSITORY = "acme/targets";

export interface Pull {
  readonly number: number;
  head: string;
  merge?: string | null;
  /** `owner/name`; null where it is gone. */
  from?: string | null;
  state?: "open" | "closed";
  isLocked?: boolean;
}

export interface StoredComment {
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  body: string;
}

interface Holder {
  /** What `GET /user` says; the token of an app may not ask. */
  readonly login: string;
  readonly isApp?: boolean;
  readonly canWrite?: boolean;
}

export interface GitHub {
  readonly url: string;
  readonly pulls: Pull[];
  readonly comments: StoredComment[];
  readonly tokens: Record<string, Holder>;
  /** `GET /repos/…`, in order. */
  readonly requests: string[];
  /** Answers first; `true` where it has answered. */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

const MOST_CHARACTERS = 65_536;
const WORKFLOW = { login: "github-actions[bot]", isApp: true };

/** The token `workflow` is that of a job with `pull-requests: write`, `fork` that of a run that may only read. */
export async function withGitHub<T>(act: (github: GitHub) => Promise<T>): Promise<T> {
  const state = {
    url: "",
    pulls: [] as Pull[],
    comments: [] as StoredComment[],
    tokens: {
      workflow: { ...WORKFLOW, canWrite: true },
      fork: { ...WORKFLOW, canWrite: false },
      person: { login: "kei", canWrite: true },
    } as Record<string, Holder>,
    requests: [] as string[],
    answer: undefined as GitHub["answer"],
  };
  const server = createServer((request, response) => {
    state.requests.push(`${request.method} ${request.url}`);
    if (state.answer?.(request, response) === true) return;
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => void (body += part));
    request.on("end", () => answer(state, request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await act(state);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Sends JSON as GitHub does: with an ETag, so that what is known already costs nothing. */
export function send(request: IncomingMessage, response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  const etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
  if (status === 200 && request.headers["if-none-match"] === etag) {
    response.writeHead(304, { etag }).end();
    return;
  }
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", etag }).end(text);
}

/** A refusal as GitHub words it. */
export function refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  send(request, response, status, { message, documentation_url: "https://docs.github.com/rest", status: `${status}` });
}

function answer(github: GitHub, request: IncomingMessage, response: ServerResponse, body: string): void {
  const reply = (status: number, value: unknown): void => send(request, response, status, value);
  const no = (status: number, message: string): void => refuse(request, response, status, message);
  const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const holder = Object.hasOwn(github.tokens, token) ? github.tokens[token] : undefined;
  if (holder === undefined) return no(401, "Bad credentials");
  const { pathname, searchParams } = new URL(request.url ?? "/", github.url);
  if (pathname === "/user")
    return holder.isApp === true
      ? no(403, "Resource not accessible by integration")
      : reply(200, { login: holder.login, id: 1 });

  const path = pathname.startsWith(`/repos/${REPOSITORY}/`) ? pathname.slice(`/repos/${REPOSITORY}`.length) : "";
  const page = (all: readonly unknown[]): void => {
    const size = Math.min(Number(searchParams.get("per_page") ?? 30), 100);
    const at = Number(searchParams.get("page") ?? 1);
    const link = new URL(request.url ?? "/", github.url);
    link.searchParams.set("page", String(at + 1));
    if (at * size < all.length) response.setHeader("link", `<${link.href}>; rel="next"`);
    reply(200, all.slice((at - 1) * size, at * size));
  };
  const isRead = request.method === "GET";
  const pullOf = (text: string | undefined): Pull | undefined =>
    github.pulls.find(({ number }) => number === Number(text));

  if (isRead && path === "/pulls") {
    const wanted = searchParams.get("state") ?? "open";
    return page(github.pulls.filter(({ state = "open" }) => state === wanted).map(showPull));
  }
  const [, single] = /^\/pulls\/(\d+)$/.exec(path) ?? [];
  const pull = pullOf(single);
  if (isRead && pull !== undefined) return reply(200, showPull(pull));

  const [, issue] = /^\/issues\/(\d+)\/comments$/.exec(path) ?? [];
  const talk = pullOf(issue);
  if (isRead && talk !== undefined)
    return page(github.comments.filter((comment) => comment.pull === talk.number).map(showComment));

  const [, id] = /^\/issues\/comments\/(\d+)$/.exec(path) ?? [];
  const known = github.comments.find((comment) => comment.id === Number(id));
  const place = talk ?? pullOf(String(known?.pull));
  if (place === undefined) return no(404, "Not Found");
  if (holder.canWrite !== true) return no(403, "Resource not accessible by integration");
  if (place.isLocked === true) return no(403, "Unable to create comment because issue is locked.");
  const { body: text = "" } = JSON.parse(body) as { body?: string };
  if ([...text].length > MOST_CHARACTERS) {
    const error = { resource: "IssueComment", code: "unprocessable", field: "data" };
    const message = `Body is too long (maximum is ${MOST_CHARACTERS} characters)`;
    return reply(422, { message: "Validation Failed", errors: [{ ...error, message }] });
  }
  if (request.method === "POST" && talk !== undefined) {
    const comment = { id: 1000 + github.comments.length, pull: talk.number, author: holder.login, body: text };
    github.comments.push(comment);
    return reply(201, showComment(comment));
  }
  if (request.method === "PATCH" && known !== undefined) {
    known.body = text;
    return reply(200, showComment(known));
  }
  return no(404, "Not Found");
}

function showPull({ number, head, merge, from, state = "open" }: Pull): unknown {
  const repo = from === null ? null : { full_name: from ?? REPOSITORY };
  return { number, state, head: { sha: head, repo }, merge_commit_sha: merge ?? null };
}

function showComment({ id, author, body }: StoredComment): unknown {
  return { id, user: { login: author, type: author.endsWith("[bot]") ? "Bot" : "User" }, body };
}
