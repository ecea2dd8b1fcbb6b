/** Servers on loopback that answer as a test wants them to, down to the byte. */
import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, RequestListener, Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import type { TlsOptions } from "node:tls";

export interface WebServer {
  readonly port: number;
  /** `http://127.0.0.1:port/`, or https. */
  readonly url: string;
  /** What was asked, in order. */
  readonly requests: readonly IncomingMessage[];
  /** Connections that were made. */
  readonly connections: () => number;
}

/** Runs a web server while `act` works, at 127.0.0.1 unless told otherwise. With `tls` it speaks https. */
export async function withWebServer<T>(
  answer: RequestListener,
  act: (server: WebServer) => Promise<T>,
  tls?: TlsOptions,
  host = "127.0.0.1",
): Promise<T> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  const server: HttpServer = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  const scheme = tls === undefined ? "http" : "https";
  return await listening(
    server,
    async (port, connections) => act({ port, url: `${scheme}://${host}:${port}/`, requests, connections }),
    host,
  );
}

/** Runs a TCP server while `act` works: `talk` gets each connection, with what the client said first. */
export async function withRawServer<T>(
  talk: (socket: Socket, asked: string) => void,
  act: (server: Pick<WebServer, "port" | "url" | "connections">) => Promise<T>,
): Promise<T> {
  const server = createTcpServer((socket) => {
    socket.on("data", (data) => talk(socket, data.toString("latin1")));
  });
  return await listening(server, async (port, connections) =>
    act({ port, url: `http://127.0.0.1:${port}/`, connections }),
  );
}

/** Accepts connections and never says a word. */
export async function withSilentServer<T>(act: (port: number) => Promise<T>): Promise<T> {
  return await listening(createTcpServer(), act);
}

/** Hangs up on everybody who connects. */
export async function withClosedDoor<T>(act: (port: number) => Promise<T>): Promise<T> {
  return await listening(
    createTcpServer((socket) => socket.end()),
    act,
  );
}

/** Serves files by path. Queries are left out; what is not there is 404. */
export function serve(files: Readonly<Record<string, string | Uint8Array>>): RequestListener {
  return (request, response) => {
    const content = files[(request.url ?? "").split("?")[0] ?? ""];
    if (content === undefined) response.writeHead(404, { "Content-Type": "text/html" }).end("<h1>Not Found</h1>");
    else response.writeHead(200, { "Content-Length": Buffer.byteLength(content) }).end(content);
  };
}

async function listening<T>(
  server: Server,
  act: (port: number, connections: () => number) => Promise<T>,
  host = "127.0.0.1",
): Promise<T> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    // Clients that go away are what is tested.
    socket.on("error", () => undefined);
  };
  server.on("connection", (socket: Socket) => {
    connections += 1;
    keep(socket);
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  try {
    return await act((server.address() as AddressInfo).port, () => connections);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
}
