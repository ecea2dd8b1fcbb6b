/** Sockets: TCP, through a proxy where there is one, with TLS on top where the URL says so. */
import { connect, isIP } from "node:net";
import type { LookupFunction, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { TlsFiles } from "../config.ts";
import { Failure } from "../failure.ts";
import { bareHost } from "./address.ts";
import { ADDRESS_ATTEMPT_MS } from "./connection-limits.ts";
import { readSecureContext } from "./credentials.ts";
import type { Warn } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import { readTo } from "./feed.ts";
import type { Feed } from "./feed.ts";
import { HttpConnection } from "./http-connection.ts";
import { requestOf } from "./http-head.ts";
import { connectionReset, networkFailure } from "./network-failure.ts";
import { portOf } from "./proxy.ts";
import type { Proxy } from "./proxy.ts";

export interface Connection {
  readonly url: URL;
  readonly proxy: Proxy | undefined;
  readonly tls: TlsFiles;
  /** Undefined: the resolver of the system. */
  readonly lookup: LookupFunction | undefined;
  readonly warn: Warn;
}

/** Connects to a URL's host, or to its proxy where plain http goes through one. */
export async function openConnection(to: Connection, deadline: Deadline): Promise<HttpConnection> {
  const { url, proxy } = to;
  if (proxy === undefined && url.protocol === "http:") {
    const feed: Feed = { take: () => false };
    return new HttpConnection(await dial(url, to.lookup, deadline, feed), feed);
  }
  return new HttpConnection(await openSocket(to, deadline));
}

async function openSocket(to: Connection, deadline: Deadline): Promise<Socket> {
  const { url, proxy } = to;
  if (proxy === undefined) return await secure(await dial(url, to.lookup, deadline), url, to, to.tls, deadline);
  let socket: Socket;
  try {
    socket = await openProxy(to, proxy, deadline);
  } catch (error) {
    // Whoever calls knows the source alone, which nobody has spoken to yet.
    throw networkFailure(error, `the proxy ${proxy.url.host} of ${proxy.variable}`);
  }
  return url.protocol === "http:" ? socket : await secure(socket, url, to, to.tls, deadline);
}

/** To a proxy, and through it where the URL wants TLS. */
async function openProxy(to: Connection, proxy: Proxy, deadline: Deadline): Promise<Socket> {
  let socket = await dial(proxy.url, undefined, deadline);
  // Our client certificate is for the source, not for its proxy.
  const { ca } = to.tls;
  if (proxy.url.protocol === "https:")
    socket = await secure(socket, proxy.url, to, ca === undefined ? {} : { ca }, deadline);
  return to.url.protocol === "http:" ? socket : await tunnel(socket, to.url, proxy, deadline);
}

/** @param feed where what comes goes to */
async function dial(url: URL, lookup: LookupFunction | undefined, deadline: Deadline, feed?: Feed): Promise<Socket> {
  const host = bareHost(url.hostname);
  deadline.phase = isIP(host) === 0 ? `looking up the address of ${host}` : `connecting to ${url.host}`;
  const socket = connect({
    host,
    port: portOf(url),
    noDelay: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    ...(lookup === undefined ? {} : { lookup }),
    ...(feed === undefined ? {} : { onread: readTo(feed) }),
  });
  socket.once("lookup", () => {
    deadline.phase = `connecting to ${url.host}`;
  });
  return await ready(socket, "connect", deadline);
}

async function secure(
  socket: Socket,
  url: URL,
  { warn }: Connection,
  files: TlsFiles,
  deadline: Deadline,
): Promise<Socket> {
  try {
    const tls = await import("node:tls");
    const context = await deadline.race(readSecureContext(files, warn));
    // TLS would not hear any more that the other side has hung up meanwhile.
    if (!socket.readable) throw connectionReset();
    deadline.phase = `in the TLS handshake with ${url.host}`;
    const host = bareHost(url.hostname);
    const secured = tls.connect({
      socket,
      host,
      secureContext: context,
      ...greeting(host),
    });
    return await ready<TLSSocket>(secured, "secureConnect", deadline);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** What a client says before it is encrypted. The protocol has no addresses in the name that it asks for. */
export function greeting(host: string): { readonly ALPNProtocols: string[]; readonly servername?: string } {
  return { ALPNProtocols: ["http/1.1"], ...(isIP(host) === 0 ? { servername: host } : {}) };
}

/** Asks a proxy to connect us with the host of a URL. */
async function tunnel(socket: Socket, url: URL, proxy: Proxy, deadline: Deadline): Promise<Socket> {
  deadline.phase = `waiting for the proxy ${proxy.url.host}`;
  const authority = `${url.hostname}:${portOf(url)}`;
  const headers = {
    Host: authority,
    "User-Agent": "promgen-agent",
    ...(proxy.authorization === undefined ? {} : { "Proxy-Authorization": proxy.authorization }),
  };
  const connection = new HttpConnection(socket);
  const { status } = await connection.ask(requestOf("CONNECT", authority, headers), deadline.signal);
  if (status >= 200 && status < 300) return connection.release();
  connection.destroy();
  throw proxyRefusal(status, url, proxy);
}

/** What a proxy's own refusal means. */
export function proxyRefusal(status: number, url: URL, proxy: Proxy): Failure {
  const who = `the proxy ${proxy.url.host}`;
  if (status === 407) {
    return new Failure("unauthorized", `${who} asks for credentials that it accepts (407)`, {
      help:
        proxy.authorization === undefined
          ? `write the proxy as http://user:password@${proxy.url.host}, or exempt ${url.hostname} in NO_PROXY`
          : "see that user and password of the proxy are still right; special characters in them are percent-encoded",
    });
  }
  return new Failure("unreachable", `${who} does not connect us with ${url.host} (${status})`, {
    help: `let the proxy reach ${url.host}, or exempt it in NO_PROXY`,
  });
}

/** Waits for a socket's event; destroys the socket where the time is over first. */
async function ready<S extends Socket>(socket: S, event: "connect" | "secureConnect", deadline: Deadline): Promise<S> {
  const { signal } = deadline;
  return await new Promise<S>((resolve, reject) => {
    const stop = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    const settle = (act: () => void) => (): void => {
      signal.removeEventListener("abort", stop);
      act();
    };
    // Stays: a socket that breaks while nobody uses it must not end the process.
    socket.on("error", (error) => settle(() => reject(error))());
    socket.once(
      "close",
      settle(() => reject(connectionReset())),
    );
    socket.once(
      event,
      settle(() => resolve(socket)),
    );
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
