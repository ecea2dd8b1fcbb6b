/**
 * HTTP as a careful stranger speaks it. `fetch` is not used: it unpacks bombs, takes bodies that end early for complete
 * ones, knows no proxies and has no deadline for the whole.
 */
import { Agent, request } from "node:http";
import type { ClientRequestArgs, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { bareHost } from "./address.ts";
import { openConnection, proxyRefusal } from "./connection.ts";
import { MOST_HEADER_BYTES } from "./connection-limits.ts";
import { readAuthorization } from "./credentials.ts";
import type { Deadline } from "./deadline.ts";
import { connectionReset, networkFailure } from "./network-failure.ts";
import { portOf, proxyFor } from "./proxy.ts";
import type { Proxy } from "./proxy.ts";
import { isRedirect } from "./redirect.ts";
import type { Home } from "./redirect.ts";

const MOST_REDIRECTS = 5;
/** A body that nobody wants is read to its end when it is this small: the connection can be used again. */
const SMALL_BODY = 16 * 1024;

export type HttpConfig = Pick<SourceConfig, "credentials" | "tls" | "allowHttp" | "allowPrivateRedirects" | "proxy">;

/** What every request says. */
export function ownHeaders({ host }: URL): Readonly<Record<string, string>> {
  return { Host: host, "User-Agent": "promgen-agent", Accept: "*/*", "Accept-Encoding": "identity" };
}

/** The head of an answer. Its body must be read or dropped. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly body: IncomingMessage;
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
    throw new Failure("redirect", `${url.host} redirects more than ${MOST_REDIRECTS} times`, {
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
    for (;;) {
      const exchange = new Exchange(route, url, url.protocol === "http:" ? proxy : undefined, headers, deadline);
      try {
        const answer = await exchange.answer;
        this.#remember(url, proxy, answer.body.socket);
        if (answer.status === 407 && proxy !== undefined) throw proxyRefusal(407, url, proxy);
        return answer;
      } catch (error) {
        // The server closed a kept connection as we took it up again. No second one can be as old.
        if (!exchange.wasStale(error)) throw broken(error, url, deadline);
        route.dropIdle();
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
      route = new Route(url.protocol, async (deadline) =>
        openConnection({ url, proxy, tls, lookup, warn: this.#warn }, deadline),
      );
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
 * Reads a body in chunks of at most 64 kB, until its end or the deadline.
 *
 * @throws {Failure} `unreachable` where it ends early, or where nobody could tell because its length is not announced
 */
export async function* readBody({ body, url }: Answer, deadline: Deadline): AsyncGenerator<Uint8Array, void> {
  deadline.phase = `reading the answer of ${url.host}`;
  try {
    if (
      body.headers["content-length"] === undefined &&
      body.headers["transfer-encoding"]?.toLowerCase() !== "chunked"
    ) {
      body.destroy();
      throw new Failure("unreachable", `${url.host} does not say how long its answer is: it could be cut off`, {
        help: "let the server send Content-Length, or chunks",
      });
    }
    yield* body as AsyncIterable<Buffer>;
    // What Node documents as the test of a whole answer, beside the errors that it raises.
    if (!body.complete) throw connectionReset();
  } catch (error) {
    throw broken(error, url, deadline);
  }
}

/** Leaves a body unread, at little cost and without waiting. */
export function drop({ body }: Answer): void {
  body.on("error", () => undefined);
  const length = body.headers["content-length"];
  const isSmall = body.statusCode === 304 || (length !== undefined && Number(length) <= SMALL_BODY);
  if (isSmall) body.resume();
  else body.destroy();
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

/** The connections to one origin. */
class Route extends Agent {
  /** What `request` compares with its own; with TLS it would want node:https. */
  readonly protocol: string;
  readonly #open: (deadline: Deadline) => Promise<Socket>;

  constructor(protocol: string, open: (deadline: Deadline) => Promise<Socket>) {
    super({ keepAlive: true });
    this.protocol = protocol;
    this.#open = open;
  }

  override createConnection(
    options: ClientRequestArgs & { readonly deadline?: Deadline },
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { deadline } = options;
    if (deadline === undefined || callback === undefined) throw new TypeError("not called by a request of ours");
    this.#open(deadline).then(
      (socket) => callback(null, socket),
      (error: unknown) => (callback as (error: unknown) => void)(error),
    );
  }

  dropIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

/** One request and the head of its answer. */
class Exchange {
  readonly answer: Promise<Answer>;
  #isReused = false;

  constructor(
    route: Route,
    url: URL,
    plainProxy: Proxy | undefined,
    headers: Readonly<Record<string, string>>,
    deadline: Deadline,
  ) {
    const options: ClientRequestArgs & { readonly deadline: Deadline } = {
      agent: route,
      protocol: url.protocol,
      host: bareHost(url.hostname),
      port: portOf(url),
      path: plainProxy === undefined ? `${url.pathname}${url.search}` : `${url.origin}${url.pathname}${url.search}`,
      headers: {
        ...ownHeaders(url),
        ...(plainProxy?.authorization === undefined ? {} : { "Proxy-Authorization": plainProxy.authorization }),
        ...headers,
      },
      maxHeaderSize: MOST_HEADER_BYTES,
      signal: deadline.signal,
      deadline,
    };
    const asked = request(options);
    this.answer = new Promise((resolve, reject) => {
      asked.on("error", (error) => {
        this.#isReused = asked.reusedSocket;
        reject(error);
      });
      asked.once("socket", () => {
        deadline.phase = `waiting for the answer of ${url.host}`;
      });
      asked.once("response", (body) => {
        resolve({ status: body.statusCode ?? 0, headers: body.headers, url, body });
      });
      // An answer that switches protocols ends without an error.
      asked.once("close", () => reject(connectionReset()));
      asked.end();
    });
  }

  wasStale(error: unknown): boolean {
    return this.#isReused && ["ECONNRESET", "EPIPE"].includes((error as NodeJS.ErrnoException).code ?? "");
  }
}
