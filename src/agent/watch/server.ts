/** What `run --listen` serves: /metrics, /healthz and POST /-/sync. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../clock.ts";
import { Failure } from "../failure.ts";
import type { Level, Log } from "../log.ts";
import type { Health } from "./health.ts";
import { Bucket, isSigned, MAX_BODY, Repetitions } from "./webhook.ts";

/** What the server tells, and whom it tells. */
export interface Offer {
  metrics(): Promise<string>;
  health(): Promise<Health>;
  /** Where webhooks are wanted. */
  readonly webhook?: {
    /** Read again at every call: it rotates. */
    secret(): Promise<string>;
    sync(): void;
  };
}

export interface Listener {
  readonly port: number;
  /** Ends open connections, too. */
  close(): Promise<void>;
}

/** Who is slow must not keep others out. */
export interface Limits {
  readonly connections: number;
  /** Milliseconds for the headers, and for all of a request. */
  readonly headers: number;
  readonly request: number;
}

const LIMITS: Limits = { connections: 64, headers: 5_000, request: 10_000 };

/** @throws {Failure} `configuration` where the address cannot be listened on */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  offer: Offer,
  clock: Clock,
  log: Log,
  limits = LIMITS,
): Promise<Listener> {
  const { createServer } = await import("node:http");
  const answer = new Answers(offer, clock, log);
  const server = createServer(
    {
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      // How often Node looks whether one of the two is over.
      connectionsCheckingInterval: limits.headers / 5,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => void answer.to(request, response),
  );
  server.maxConnections = limits.connections;
  await started(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
    },
  };
}

async function started(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      const why =
        code === "EADDRINUSE"
          ? "another program listens there"
          : code === "EACCES"
            ? "ports below 1024 take a capability"
            : `this host has no such address (${code})`;
      reject(
        new Failure("configuration", `cannot listen on ${host} port ${port}: ${why}`, {
          help: "choose another --listen",
        }),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
  // A connection that cannot be accepted (no descriptors left) is not the end of the agent.
  server.on("error", () => {});
}

interface Route {
  readonly methods: readonly string[];
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

class Answers {
  readonly #offer: Offer;
  readonly #clock: Clock;
  readonly #repetitions = new Repetitions();
  readonly #refused: Complaints;
  readonly #failed: Complaints;

  constructor(offer: Offer, clock: Clock, log: Log) {
    this.#offer = offer;
    this.#clock = clock;
    this.#refused = new Complaints("warning", "webhook-refused", clock, log);
    this.#failed = new Complaints("error", "answer-failed", clock, log);
  }

  async to(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    request.on("error", () => {});
    try {
      const path = (request.url ?? "").replace(/\?.*$/s, "");
      const route = this.#route(path);
      if (route === undefined) return send(response, 404, "not found: there are /metrics, /healthz and POST /-/sync\n");
      if (route.methods.includes(request.method ?? "")) return await route.answer(request, response);
      response.setHeader("Allow", route.methods.join(", "));
      send(response, 405, `use ${route.methods.join(" or ")}\n`);
    } catch (error) {
      this.#failed.say("a request could not be answered", { why: String(error) });
      if (!response.headersSent) send(response, 500, "something is wrong here; see the log\n");
    }
  }

  #route(path: string): Route | undefined {
    switch (path) {
      case "/metrics":
        return { methods: ["GET", "HEAD"], answer: async (_, response) => await this.#metrics(response) };
      case "/healthz":
        return { methods: ["GET", "HEAD"], answer: async (_, response) => await this.#health(response) };
      case "/-/sync": {
        const { webhook } = this.#offer;
        if (webhook === undefined) return undefined;
        return { methods: ["POST"], answer: async (request, response) => await this.#sync(webhook, request, response) };
      }
      default:
        return undefined;
    }
  }

  async #metrics(response: ServerResponse): Promise<void> {
    response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    send(response, 200, await this.#offer.metrics());
  }

  async #health(response: ServerResponse): Promise<void> {
    const health = await this.#offer.health();
    response.setHeader("Content-Type", "application/json");
    send(response, health.status === "ok" ? 200 : 503, `${JSON.stringify(health)}\n`);
  }

  async #sync(
    webhook: NonNullable<Offer["webhook"]>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await bodyOf(request);
    // Nobody is there to be answered.
    if (body === "broken off") return;
    if (body === "too long") {
      response.setHeader("Connection", "close");
      return send(response, 413, `at most ${MAX_BODY} bytes\n`);
    }
    const header = request.headers["x-hub-signature-256"];
    if (!isSigned(body, Array.isArray(header) ? undefined : header, await webhook.secret())) {
      this.#refused.say("a webhook's signature does not fit the secret of --webhook-secret");
      return send(response, 401, "X-Hub-Signature-256 does not fit\n");
    }
    const refusal = this.#repetitions.refusal(body, this.#clock.now());
    if (refusal !== undefined) {
      this.#refused.say(`a webhook ${refusal}`);
      return send(response, 409, `it ${refusal}\n`);
    }
    // However many come: the daemon makes one run of them, and one more where one is at work.
    webhook.sync();
    send(response, 202, "the next run is brought forward\n");
  }
}

/** Lines of the log for what somebody can bring about at will: one a minute, which must not fill the log. */
class Complaints {
  readonly #level: Level;
  readonly #event: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #bucket: Bucket;
  #unlogged = 0;

  constructor(level: Level, event: string, clock: Clock, log: Log) {
    this.#level = level;
    this.#event = event;
    this.#clock = clock;
    this.#log = log;
    this.#bucket = new Bucket(1, 60, clock.monotonic());
  }

  say(what: string, fields: Parameters<Log["write"]>[3] = {}): void {
    this.#unlogged++;
    if (!this.#bucket.take(this.#clock.monotonic())) return;
    this.#log.write(this.#level, this.#event, what, { ...fields, times: this.#unlogged });
    this.#unlogged = 0;
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Cache-Control", "no-store");
  response.statusCode = status;
  response.end(body);
}

/** The whole body, or why there is none. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | "too long" | "broken off"> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) return "too long";
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BODY) return "too long";
      chunks.push(chunk);
    }
  } catch {
    // It throws for nothing else than a connection that ends, or takes longer than it may.
    return "broken off";
  }
  return Buffer.concat(chunks);
}
