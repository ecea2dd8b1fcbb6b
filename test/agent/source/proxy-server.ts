/** A proxy of HTTP on loopback: CONNECT, and whole URLs. Whatever name is asked for, it connects with 127.0.0.1. */
import { createServer, request as ask } from "node:http";
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { TlsOptions } from "node:tls";

export interface ProxyServer {
  readonly port: number;
  /** `CONNECT host:port` and `GET url`, with the credentials that came along. */
  readonly asked: readonly string[];
  /** What it was told to send on with requests of plain http. */
  readonly headers: readonly NodeJS.Dict<string | string[]>[];
}

export interface ProxyHabits {
  /** What `Proxy-Authorization` must be. */
  readonly authorization?: string;
  /** Answers this to everything. */
  readonly status?: number;
  /** What it says where it has connected somebody. */
  readonly established?: string;
  /** Breaks connections off after so many bytes from the server. */
  readonly diesAfter?: number;
  /** Speaks TLS itself. */
  readonly tls?: TlsOptions;
}

/** Runs a proxy while `act` works. */
export async function withProxy<T>(habits: ProxyHabits, act: (proxy: ProxyServer) => Promise<T>): Promise<T> {
  const asked: string[] = [];
  const headers: NodeJS.Dict<string | string[]>[] = [];
  const sockets = new Set<Socket>();
  const statusFor = (authorization: string | undefined): number => {
    asked.push(`${asked.pop() ?? ""} ${authorization ?? "-"}`);
    return habits.status ?? (habits.authorization === undefined || habits.authorization === authorization ? 200 : 407);
  };
  const server: Server = habits.tls === undefined ? createServer() : createTlsServer(habits.tls);
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  server.on("connect", (request, client: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    const status = statusFor(request.headers["proxy-authorization"]);
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    const target = connect(Number(/\d+$/.exec(request.url ?? "")?.[0]), "127.0.0.1");
    sockets.add(target.on("error", () => client.destroy()));
    client.on("error", () => target.destroy());
    client.write(`${habits.established ?? "HTTP/1.1 200 Connection established"}\r\n\r\n`);
    client.pipe(target);
    let bytes = 0;
    target.on("data", (data: Buffer) => {
      bytes += data.length;
      if (bytes > (habits.diesAfter ?? Infinity)) client.destroy();
      else client.write(data);
    });
    target.on("end", () => client.end());
  });
  server.on("request", (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    const status = statusFor(request.headers["proxy-authorization"]);
    if (status !== 200) return void response.writeHead(status).end();
    const { port, pathname, search } = new URL(request.url ?? "");
    ask({ port, host: "127.0.0.1", path: pathname + search, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    return await act({ port: (server.address() as AddressInfo).port, asked, headers });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
}
