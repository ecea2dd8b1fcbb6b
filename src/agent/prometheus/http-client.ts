/**
 * Requests to a Prometheus of this host: no proxy, no redirects, every one with a deadline of its own. Credentials and
 * certificates are read again each time, because they rotate.
 */
import type { IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import type { ConnectionOptions } from "node:tls";
import type { PrometheusConfig } from "../config.ts";
import { collect } from "../source/chunks.ts";
import { readAuthorization, readSecureContext } from "../source/credentials.ts";
import { networkTrouble, NoAnswer } from "./no-answer.ts";

export interface Response {
  readonly status: number;
  /** Where a redirect points to. */
  readonly location: string | undefined;
  /** `Date` of the server, seconds since 1970. */
  readonly date: number | undefined;
  /** At most the cap of the request; throws {@link NoAnswer} beyond, and where it ends too early. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Request {
  readonly path: string;
  readonly method?: "GET" | "POST";
  /** Seconds until the last byte has come. */
  readonly seconds: number;
  /** Bytes of the body. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/** Speaks with one server. */
export class HttpClient {
  /** The base URL, without a slash at the end. */
  readonly base: string;
  readonly #config: Pick<PrometheusConfig, "credentials" | "tls">;

  constructor(url: string, config: Pick<PrometheusConfig, "credentials" | "tls">) {
    this.base = url.replace(/\/+$/, "");
    this.#config = config;
  }

  /**
   * Sends a request and hands over its answer, whatever its status is. Both end with `use`.
   *
   * @throws {NoAnswer} where none came, or not in time
   */
  async request<T>(request: Request, use: (response: Response) => Promise<T>): Promise<T> {
    try {
      return await this.#exchange(request, use);
    } catch (error) {
      throw networkTrouble(error, this.base);
    }
  }

  async #exchange<T>(request: Request, use: (response: Response) => Promise<T>): Promise<T> {
    const url = new URL(this.base + request.path);
    const options = await this.#options(url, request);
    const { request: send } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
    const asked = send(url, options);
    let message: IncomingMessage | undefined;
    const stop = (): void => {
      const timeout = new NoAnswer("timeout", `${this.base} did not answer within ${request.seconds} s`, {
        help: "see whether Prometheus hangs: its log, its load, its disk",
      });
      // The error of a request whose answer has begun would not reach who reads it.
      (message ?? asked).destroy(timeout);
    };
    const timer = setTimeout(stop, request.seconds * 1000);
    request.signal.addEventListener("abort", stop);
    try {
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        asked.on("response", resolve).on("error", reject).end();
      });
      if (request.signal.aborted) stop();
      message = await answered;
      // Who reads the body is told; who does not must not be ended by it.
      message.on("error", () => {});
      return await use({
        status: message.statusCode ?? 0,
        location: message.headers.location,
        date: secondsOf(message.headers.date),
        chunks: this.#capped(message, request.most),
      });
    } finally {
      clearTimeout(timer);
      request.signal.removeEventListener("abort", stop);
      asked.destroy();
    }
  }

  async *#capped(message: IncomingMessage, most: number): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of message as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > most) throw new NoAnswer("broken", `${this.base} answers with more than ${most} bytes`);
      yield chunk;
    }
  }

  async #options(url: URL, request: Request): Promise<RequestOptions & Pick<ConnectionOptions, "secureContext">> {
    const { credentials, tls } = this.#config;
    const headers: Record<string, string> = { Accept: "text/plain;version=0.0.4,*/*;q=0.1" };
    // doctor says what is wrong with such files; a proof has other work.
    const warn = (): void => {};
    if (credentials !== undefined) headers["Authorization"] = await readAuthorization(credentials, warn);
    if (request.method === "POST") headers["Content-Length"] = "0";
    // `agent: false`: a connection a request, so that nothing stays open and no certificate is remembered.
    const options: RequestOptions = { method: request.method ?? "GET", headers, agent: false };
    return url.protocol === "https:" ? { ...options, secureContext: await readSecureContext(tls, warn) } : options;
  }
}

/** The whole body as text. */
export async function textOf(response: Response): Promise<string> {
  return (await collect(response.chunks)).toString("utf8");
}

function secondsOf(date: string | undefined): number | undefined {
  const milliseconds = Date.parse(date ?? "");
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
