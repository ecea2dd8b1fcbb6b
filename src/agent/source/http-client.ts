/**
 * HTTP as a careful stranger speaks it. `fetch` is not used: it unpacks bombs, takes bodies that end early for complete
 * ones, knows no proxies and has no deadline for the whole.
 */
import type { LookupFunction, Socket } from "node:net";
import type { SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { bareHost } from "./address.ts";
import { openConnection, proxyRefusal } from "./connection.ts";
import { readAuthorization } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import { HttpConnection } from "./http-connection.ts";
import { requestOf } from "./http-head.ts";
import type { Head } from "./http-head.ts";
import { networkFailure } from "./network-failure.ts";
import { proxyFor } from "./proxy.ts";
import type { Proxy } from "./proxy.ts";
import type { Heard } from "./question.ts";
import { isRedirect } from "./redirect.ts";
import type { Home } from "./redirect.ts";
import { shown } from "./shown.ts";

const MOST_REDIRECTS = 5;

export type HttpConfig = Pick<SourceConfig, "credentials" | "tls" | "allowHttp" | "allowPrivateRedirects" | "proxy">;

/** What every request says. */
export function ownHeaders({ host }: URL): Readonly<Record<string, string>> {
  return { Host: host, "User-Agent": "promgen-agent", Accept: "*/*", "Accept-Encoding": "identity" };
}

/** The head of an answer. Its body must be read or dropped. */
export interface Answer extends Head {
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly connection: HttpConnection;
}

/** Talks to one server and to where it redirects to; keeps connections until {@link close}. */
export class HttpClient {
  readonly #config: HttpConfig;
  readonly #home: Home & { readonly addresses: Set<string> };
  readonly #lookup: LookupFunction | undefined;
  readonly #routes = new Map<string, Route>();
  readonly #warnings = new Set<string>();

  /**
   * @param url the server that credentials and client certificates are for: no other origin gets them
   * @param lookup instead of the system's resolver
   */
  constructor(url: URL, config: HttpConfig, lookup?: LookupFunction) {
    this.#config = config;
    this.#home = { url, addresses: new Set() };
    this.#lookup = lookup;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** Closes all connections. The next request opens new ones, with certificates read again. */
  close(): void {
    for (const route of this.#routes.values()) route.destroy();
    this.#routes.clear();
  }

  /** Takes a question up that was asked elsewhere: where it comes next, word for word, its answer is there already. */
  async takeUp(heard: Heard): Promise<void> {
    const route = await this.#route(this.#home.url, undefined);
    route.keep(new HttpConnection(heard.socket, heard.feed, heard));
  }

  /**
   * Asks for a URL and follows redirects.
   *
   * @throws {Failure} for everything but an answer with a status
   */
  async get(url: URL, headers: Readonly<Record<string, string>>, deadline: Deadline): Promise<Answer> {
    let at = url;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const answer = await this.#ask(at, headers, deadline);
      if (!isRedirect(answer.status)) return answer;
      drop(answer);
      const { redirectTarget } = await import("./redirect.ts");
      at = redirectTarget(at, answer.headers.location, this.#home, this.#config);
    }
    throw new Failure("redirect", `${shown(url)} redirects more than ${MOST_REDIRECTS} times`, {
      help: "look for a loop, or name the last URL as --source",
    });
  }

  /** A token that was replaced while it was on its way is read once more. */
  async #ask(url: URL, headers: Readonly<Record<string, string>>, deadline: Deadline): Promise<Answer> {
    const authorization = await this.#authorization(url, deadline);
    const answer = await this.#send(url, { ...headers, ...authorization }, deadline);
    if (answer.status !== 401 || authorization === undefined) return answer;
    const again = await this.#authorization(url, deadline);
    if (again?.Authorization === authorization.Authorization) return answer;
    drop(answer);
    return await this.#send(url, { ...headers, ...again }, deadline);
  }

  async #authorization(url: URL, deadline: Deadline): Promise<{ readonly Authorization: string } | undefined> {
    const { credentials } = this.#config;
    if (credentials === undefined || !this.#isHome(url)) return undefined;
    deadline.phase = `reading ${credentials.path}`;
    return { Authorization: await guarded(url, deadline, readAuthorization(credentials, this.#warn)) };
  }

  async #send(url: URL, headers: Readonly<Record<string, string>>, deadline: Deadline): Promise<Answer> {
    const proxy = proxyFor(url, this.#config.proxy);
    const route = await this.#route(url, proxy);
    const plainProxy = url.protocol === "http:" ? proxy : undefined;
    const target = `${plainProxy === undefined ? "" : url.origin}${url.pathname}${url.search}`;
    const request = requestOf("GET", target, {
      ...ownHeaders(url),
      ...(plainProxy?.authorization === undefined ? {} : { "Proxy-Authorization": plainProxy.authorization }),
      ...headers,
    });
    for (;;) {
      let connection: HttpConnection | undefined;
      try {
        connection = await route.connect(deadline);
        // Before the answer: a socket that ends with it has forgotten its address.
        this.#remember(url, proxy, connection.socket);
        deadline.phase = `waiting for the answer of ${url.host}`;
        const head = await connection.ask(request, deadline.signal);
        if (head.status === 407 && proxy !== undefined) throw proxyRefusal(407, url, proxy);
        return { ...head, url, connection };
      } catch (error) {
        // The server closed a kept connection as we took it up again. No second one can be as old.
        if (connection?.isReused !== true || !isReset(error)) throw broken(error, url, deadline);
      }
    }
  }

  async #route(url: URL, proxy: Proxy | undefined): Promise<Route> {
    const key = url.origin;
    let route = this.#routes.get(key);
    if (route === undefined) {
      const lookup = await this.#lookupFor(url);
      const { ca } = this.#config.tls;
      const tls = this.#isHome(url) ? this.#config.tls : ca === undefined ? {} : { ca };
      route = new Route(async (deadline) => openConnection({ url, proxy, tls, lookup, warn: this.#warn }, deadline));
      this.#routes.set(key, route);
    }
    return route;
  }

  /** Where the source itself is, its owner said. What a redirect's name resolves to is judged. */
  async #lookupFor(url: URL): Promise<LookupFunction | undefined> {
    if (this.#isHome(url) || this.#config.allowPrivateRedirects) return this.#lookup;
    const { publicLookup } = await import("./redirect.ts");
    const lookup = this.#lookup ?? (await import("node:dns")).lookup;
    return publicLookup(url, this.#home, lookup);
  }

  #remember(url: URL, proxy: Proxy | undefined, { remoteAddress }: Socket): void {
    if (proxy === undefined && remoteAddress !== undefined && this.#isHome(url))
      this.#home.addresses.add(bareHost(remoteAddress));
  }

  #isHome(url: URL): boolean {
    return url.origin === this.#home.url.origin;
  }

  readonly #warn = (warning: string): void => {
    this.#warnings.add(warning);
  };
}

/**
 * Reads a body until its end or the deadline. A chunk is what it is until the next one is asked for.
 *
 * @throws {Failure} `unreachable` where it ends early, or where nobody could tell because its length is not announced
 */
export async function* readBody(answer: Answer, deadline: Deadline): AsyncGenerator<Uint8Array, void> {
  const { connection, length, url } = answer;
  deadline.phase = `reading the answer of ${url.host}`;
  try {
    if (length === "close") {
      connection.destroy();
      throw new Failure("unreachable", `${url.host} does not say how long its answer is: it could be cut off`, {
        help: "let the server send Content-Length, or chunks",
      });
    }
    yield* connection.body(answer);
  } catch (error) {
    throw broken(error, url, deadline);
  }
}

/** Leaves a body unread, without waiting for any of it. */
export function drop(answer: Answer): void {
  answer.connection.skip(answer);
}

function isReset(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function broken(error: unknown, url: URL, deadline: Deadline): Failure {
  return deadline.failure(url.host) ?? networkFailure(error, url.host);
}

async function guarded<T>(url: URL, deadline: Deadline, work: Promise<T>): Promise<T> {
  try {
    return await deadline.race(work);
  } catch (error) {
    throw broken(error, url, deadline);
  }
}

/** The way to one origin, and the connection that was kept of it. */
class Route {
  readonly #open: (deadline: Deadline) => Promise<HttpConnection>;
  #kept: HttpConnection | undefined;

  constructor(open: (deadline: Deadline) => Promise<HttpConnection>) {
    this.#open = open;
  }

  async connect(deadline: Deadline): Promise<HttpConnection> {
    if (this.#kept?.isIdle === true) return this.#kept;
    return this.keep(await this.#open(deadline));
  }

  keep(connection: HttpConnection): HttpConnection {
    this.#kept?.destroy();
    return (this.#kept = connection);
  }

  destroy(): void {
    this.#kept?.destroy();
  }
}
