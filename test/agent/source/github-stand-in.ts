/** Answers as GitHub's API is documented to: what is asked of it, it counts. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GitHubAsked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage["headers"];
  status: number;
}

/** Path → content; or an entry that is no file. */
export type Tree = Readonly<Record<string, string | Buffer | { readonly type: "symlink" | "submodule" }>>;

export interface GitHubStandIn {
  readonly api: string;
  readonly asked: GitHubAsked[];
  /** The branch `artifacts` of `acme/targets`; without a commit there is none. */
  publish(tree: Tree | undefined): string;
  /** The value of Authorization that is wanted; undefined: everybody may read. */
  authorization: string | undefined;
  /** Answers in place of the API; true where it did. */
  trouble: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const REPOSITORY = "/api/v3/repos/acme/targets/";

export async function withGitHub(tree: Tree | undefined, act: (hub: GitHubStandIn) => Promise<void>): Promise<void> {
  const commits = new Map<string, Tree>();
  let tip: string | undefined;
  const asked: GitHubAsked[] = [];
  const server = createServer((request, response) => {
    const entry: GitHubAsked = {
      path: request.url ?? "",
      authorization: request.headers.authorization,
      headers: request.headers,
      status: 0,
    };
    asked.push(entry);
    response.on("finish", () => {
      entry.status = response.statusCode;
    });
    if (!hub.trouble(request, response)) answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const hub: GitHubStandIn = {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
    asked,
    authorization: undefined,
    trouble: () => false,
    publish: (next) => {
      tip = next === undefined ? undefined : sha(`${commits.size}${JSON.stringify(next)}`);
      if (tip !== undefined && next !== undefined) commits.set(tip, next);
      return tip ?? "";
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://localhost");
    // It hides what may not be read, as if it were not there.
    const isAllowed = hub.authorization === undefined || request.headers.authorization === hub.authorization;
    if (request.headers.authorization !== undefined && !isAllowed)
      return json(response, 401, { message: "Bad credentials" });
    if (!isAllowed || !url.pathname.startsWith(REPOSITORY)) return notFound(response);
    const rest = url.pathname.slice(REPOSITORY.length);

    if (rest === `git/ref/${encodeURIComponent("heads/artifacts")}` && tip !== undefined) {
      const body = {
        ref: "refs/heads/artifacts",
        node_id: "x",
        url: "x",
        object: { type: "commit", sha: tip, url: "x" },
      };
      const etag = `W/"${sha(JSON.stringify(body) + request.headers.authorization)}"`;
      if (request.headers["if-none-match"] === etag) return void response.writeHead(304, { ETag: etag }).end();
      return json(response, 200, body, { ETag: etag });
    }
    if (rest.startsWith("contents/")) {
      return contents(decodeURIComponent(rest.slice("contents/".length)), url.searchParams.get("ref") ?? "", response);
    }
    if (rest.startsWith("git/blobs/")) return blob(rest.slice("git/blobs/".length), request, response);
    return notFound(response);
  }

  function contents(path: string, ref: string, response: ServerResponse): void {
    const tree = commits.get(ref) ?? {};
    const prefix = path === "" ? "" : `${path}/`;
    const names = new Set(
      Object.keys(tree)
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length).split("/")[0] ?? ""),
    );
    if (tree[path] !== undefined) return json(response, 200, described(path, tree[path], true));
    if (names.size === 0) return notFound(response);
    return json(
      response,
      200,
      [...names].map((name) => described(`${prefix}${name}`, tree[`${prefix}${name}`], false)),
    );
  }

  function blob(id: string, request: IncomingMessage, response: ServerResponse): void {
    const found = [...commits.values()]
      .flatMap((tree) => Object.values(tree))
      .find((content) => isContent(content) && blobId(content) === id);
    if (found === undefined || !isContent(found)) return notFound(response);
    if (request.headers.accept !== "application/vnd.github.raw+json") {
      return json(response, 200, { sha: id, content: Buffer.from(found).toString("base64"), encoding: "base64" });
    }
    response.writeHead(200, { "Content-Type": "application/vnd.github.raw+json; charset=utf-8" });
    response.end(found);
  }

  try {
    hub.publish(tree);
    await act(hub);
  } finally {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

/** Directories list submodules as files, for old clients; asked for itself, one says what it is. */
function described(path: string, content: Tree[string] | undefined, isItself: boolean): Record<string, unknown> {
  const common = { name: path.split("/").at(-1), path, url: "x", html_url: "x" };
  if (content === undefined) return { ...common, type: "dir", size: 0, sha: sha(path) };
  if (isContent(content)) return { ...common, type: "file", size: Buffer.byteLength(content), sha: blobId(content) };
  if (content.type === "symlink") return { ...common, type: "symlink", size: 4, sha: sha(path), target: "else" };
  return { ...common, type: isItself ? "submodule" : "file", size: 0, sha: sha(path), submodule_git_url: "https://x" };
}

function isContent(content: Tree[string]): content is string | Buffer {
  return typeof content === "string" || Buffer.isBuffer(content);
}

function blobId(content: string | Buffer): string {
  return createHash("sha1")
    .update(`blob ${Buffer.byteLength(content)}\0`)
    .update(content)
    .digest("hex");
}

function sha(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}

function notFound(response: ServerResponse): void {
  json(response, 404, { message: "Not Found", documentation_url: "https://docs.github.com/rest" });
}
