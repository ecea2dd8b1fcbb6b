/**
 * Requests to a Prometheus of this host: no proxy, no redirects, every one with a deadline of its own. Credentials and
 * certificates are read again each time, because they rotate.
 */
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import type { PrometheusConfig } from "../config.ts";
import { networkTrouble, NoAnswer, unreadable } from "./no-answer.ts";

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
    const url = new URL(this.base + request.path);
    const options = await this.#options(url, request);
    const { request: send } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
    const asked = send(url, options);
    const timeout = new NoAnswer("timeout", `${this.base} did not answer within ${request.seconds} s`, {
      help: "see whether Prometheus hangs: its log, its load, its disk",
    });
    const timer = setTimeout(() => asked.destroy(timeout), request.seconds * 1000);
    const stop = (): void => {
      asked.destroy(timeout);
    };
    request.signal.addEventListener("abort", stop);
    if (request.signal.aborted) stop();
    try {
      const message = await new Promise<IncomingMessage>((resolve, reject) => {
        // An error after the answer has begun is told by its chunks as well.
        asked.on("response", resolve).on("error", reject).end();
      });
      return await use({
        status: message.statusCode ?? 0,
        location: message.headers.location,
        date: secondsOf(message.headers.date),
        chunks: this.#capped(message, request.most),
      });
    } catch (error) {
      throw networkTrouble(error, this.base);
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

  async #options(url: URL, request: Request): Promise<RequestOptions> {
    const { credentials, tls } = this.#config;
    const headers: Record<string, string> = { Accept: "text/plain;version=0.0.4,*/*;q=0.1" };
    if (credentials !== undefined) {
      const secret = (await readText(credentials.path)).replace(/[\r\n]+$/, "");
      headers["Authorization"] =
        credentials.kind === "bearer" ? `Bearer ${secret}` : `Basic ${Buffer.from(secret).toString("base64")}`;
    }
    if (request.method === "POST") headers["Content-Length"] = "0";
    // `agent: false`: a connection a request, so that nothing stays open and no certificate is remembered.
    const options: RequestOptions = { method: request.method ?? "GET", headers, agent: false };
    if (url.protocol !== "https:") return options;
    if (tls.ca !== undefined) {
      const { rootCertificates } = await import("node:tls");
      options.ca = [...rootCertificates, await readText(tls.ca)];
    }
    if (tls.certificate !== undefined) options.cert = await readText(tls.certificate);
    if (tls.key !== undefined) options.key = await readText(tls.key);
    return options;
  }
}

/** The whole body as text. */
export async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function secondsOf(date: string | undefined): number | undefined {
  const milliseconds = Date.parse(date ?? "");
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
