/** A repository over HTTP, as `git http-backend` serves it, with troubles on the way. */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { environment } from "../../workplace.ts";

export interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
}

export interface GitServer {
  /** Without a `/` at its end. */
  readonly origin: string;
  readonly asked: Asked[];
}

/** What a server does instead of its work, or before it; true where it has answered. */
export type Trouble = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Serves the repositories below a directory.
 *
 * @param bytesPerSecond of each answer, at most
 */
export async function withGitServer<T>(
  root: string,
  act: (server: GitServer) => Promise<T>,
  trouble: Trouble = () => false,
  bytesPerSecond = Number.POSITIVE_INFINITY,
): Promise<T> {
  return await withServer(trouble, (request, response) => serve(root, request, response, bytesPerSecond), act);
}

/** Any server. What is open at the end is cut off. */
export async function withServer<T>(
  trouble: Trouble,
  listener: RequestListener,
  act: (server: GitServer) => Promise<T>,
): Promise<T> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    asked.push({ method, url, authorization: headers.authorization });
    if (!trouble(request, response)) listener(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    return await act({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked });
  } finally {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

/** CGI, as far as git needs it. */
function serve(root: string, request: IncomingMessage, response: ServerResponse, bytesPerSecond: number): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...environment(root),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      REMOTE_ADDR: "127.0.0.1",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  response.on("close", () => child.kill("SIGKILL"));
  void answer(child.stdout, response, bytesPerSecond).catch(() => response.destroy());
}

async function answer(output: AsyncIterable<Buffer>, response: ServerResponse, bytesPerSecond: number): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    let rest = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) continue;
      const headers = new Map(
        head
          .subarray(0, end)
          .toString()
          .split("\r\n")
          .map((line) => line.split(": ", 2) as [string, string]),
      );
      response.writeHead(Number.parseInt(headers.get("Status") ?? "200", 10), Object.fromEntries(headers));
      rest = head.subarray(end + 4);
      head = undefined;
    }
    response.write(rest);
    if (rest.length / bytesPerSecond > 0.001) {
      await new Promise((resolve) => setTimeout(resolve, (rest.length / bytesPerSecond) * 1000));
    }
  }
  response.end();
}
