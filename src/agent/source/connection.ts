/** Sockets: TCP, through a proxy where there is one, with TLS on top where the URL says so. */
import { request } from "node:http";
import { connect, isIP } from "node:net";
import type { LookupFunction, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { TlsFiles } from "../config.ts";
import { Failure } from "../failure.ts";
import { bareHost } from "./address.ts";
import { ADDRESS_ATTEMPT_MS, MOST_HEADER_BYTES } from "./connection-limits.ts";
import { readSecureContext } from "./credentials.ts";
import type { Warn } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import { connectionReset } from "./network-failure.ts";
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
export async function openConnection(to: Connection, deadline: Deadline): Promise<Socket> {
  const { url, proxy } = to;
  if (proxy === undefined) {
    const socket = await dial(url, to.lookup, deadline);
    return url.protocol === "https:" ? await secure(socket, url, to, to.tls, deadline) : socket;
  }
  let socket = await dial(proxy.url, undefined, deadline);
  // Our client certificate is for the source, not for its proxy.
  const { ca } = to.tls;
  if (proxy.url.protocol === "https:")
    socket = await secure(socket, proxy.url, to, ca === undefined ? {} : { ca }, deadline);
  if (url.protocol === "http:") return socket;
  return await secure(await tunnel(socket, url, proxy, deadline), url, to, to.tls, deadline);
}

async function dial(url: URL, lookup: LookupFunction | undefined, deadline: Deadline): Promise<Socket> {
  const host = bareHost(url.hostname);
  deadline.phase = isIP(host) === 0 ? `looking up the address of ${host}` : `connecting to ${url.host}`;
  const socket = connect({
    host,
    port: portOf(url),
    noDelay: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    ...(lookup === undefined ? {} : { lookup }),
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
  const asked = request({
    method: "CONNECT",
    path: authority,
    headers: {
      Host: authority,
      "User-Agent": "promgen-agent",
      ...(proxy.authorization === undefined ? {} : { "Proxy-Authorization": proxy.authorization }),
    },
    maxHeaderSize: MOST_HEADER_BYTES,
    signal: deadline.signal,
    createConnection: () => socket,
  });
  return await new Promise<Socket>((resolve, reject) => {
    asked.once("error", reject);
    asked.once("close", () => reject(connectionReset()));
    asked.once("connect", (answer, through: Socket, head) => {
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) through.unshift(head);
        resolve(through);
      } else {
        through.destroy();
        reject(proxyRefusal(statusCode, url, proxy));
      }
    });
    asked.end();
  });
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
