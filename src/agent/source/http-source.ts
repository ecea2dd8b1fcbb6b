/** Artifacts on a static web server. */
import type { LookupFunction } from "node:net";
import type { FileName, SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { sha256 } from "../sha256.ts";
import { bareHost } from "./address.ts";
import { capped, collect, tooLarge } from "./chunks.ts";
import { greeting } from "./connection.ts";
import { Attempt } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { drop, HttpClient, ownHeaders, readBody } from "./http-client.ts";
import type { Answer } from "./http-client.ts";
import { emptyAnswer, refusal, unusable, webPage } from "./http-status.ts";
import { MOST_MANIFEST_BYTES, missingPointer } from "./missing-pointer.ts";
import { portOf, proxyFor } from "./proxy.ts";
import { forget } from "./question.ts";
import type { Asked, Question } from "./question.ts";
import { shown } from "./shown.ts";
import { MOST_POINTER_BYTES } from "./source.ts";
import type { PointerAnswer, Source } from "./source.ts";
import { conditionalHeaders, validatorOf } from "./validator.ts";

/** Of a second of an attempt: a question comes before that, and takes a twentieth more at most. */
const PATIENCE_MS = 50;

/**
 * @param url checked already, the directory that holds manifest.json
 * @param directory `` for the whole inventory, or `shards/<encoded name>/`
 * @param lookup instead of the system's resolver
 * @param asked for SHA256SUMS already: what came of it is the first answer, where it was asked as it would be now
 */
export function openHttpSource(
  url: URL,
  config: SourceConfig,
  directory: string,
  lookup?: LookupFunction,
  asked?: Asked,
): Source {
  return new HttpSource(url, config, directory, lookup, asked);
}

class HttpSource implements Source {
  readonly label: string;
  readonly #root: URL;
  readonly #directory: string;
  readonly #config: SourceConfig;
  readonly #client: HttpClient;
  readonly #attempt: Attempt;
  #asked: Asked | undefined;

  constructor(
    url: URL,
    config: SourceConfig,
    directory: string,
    lookup: LookupFunction | undefined,
    asked: Asked | undefined,
  ) {
    this.#root = new URL(url);
    if (!this.#root.pathname.endsWith("/")) this.#root.pathname += "/";
    this.label = shown(this.#root);
    this.#directory = directory;
    this.#config = config;
    this.#attempt = new Attempt(config.timeout);
    this.#client = new HttpClient(this.#root, config, lookup);
    this.#asked = asked;
  }

  get warnings(): readonly string[] {
    return this.#client.warnings;
  }

  async pointer(validator: string | undefined, signal: AbortSignal, fresh = false): Promise<PointerAnswer> {
    // A new attempt: certificates are read again with its first connection.
    this.#client.close();
    const since = await this.#takeUp(fresh ? undefined : validator);
    const read = async (deadline: Deadline): Promise<PointerAnswer> => {
      // Who doubts what a cache said gains nothing from hearing it confirmed.
      const conditions = fresh ? {} : conditionalHeaders(validator);
      const answer = await this.#ask(`${this.#directory}SHA256SUMS`, conditions, fresh, deadline);
      const { status, headers } = answer;
      if (status === 304 && Object.keys(conditions).length > 0) {
        drop(answer);
        return { kind: "unchanged" };
      }
      if (isMissing(status)) {
        drop(answer);
        throw await missingPointer(this.label, this.#directory, (name) => this.#readRoot(name, fresh, deadline));
      }
      const sums = await readAll(answer, MOST_POINTER_BYTES, deadline);
      // An empty signature is none, and an empty file has a digest: of what is asked for first nobody knows anything.
      if (sums.length === 0) throw emptyAnswer(answer.url);
      if (/^\s*</.test(Buffer.from(sums.subarray(0, 64)).toString("latin1"))) throw webPage(answer.url);
      const signature = this.#config.signatures === true ? await this.#signature(sums, fresh, deadline) : undefined;
      return { kind: "pointer", sums, signature, validator: validatorOf(headers) };
    };
    return await this.#attempt.begin(signal, read, since);
  }

  /** What was asked before, once. @returns when, unless it is asked anew */
  async #takeUp(validator = ""): Promise<number | undefined> {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return undefined;
    if (JSON.stringify(asked.question) !== JSON.stringify(this.question(validator))) return forget(asked);
    const heard = await asked.answer;
    if (heard === undefined) return undefined;
    await this.#client.takeUp(heard);
    return asked.at;
  }

  question(validator: string): Question | undefined {
    const { tls, proxy, credentials, timeout } = this.#config;
    const url = this.#urlOf(`${this.#directory}SHA256SUMS`);
    const conditions = Object.entries(conditionalHeaders(validator));
    if (conditions.length === 0 || Object.keys(tls).length > 0 || proxyFor(url, proxy) !== undefined) return undefined;
    const host = bareHost(url.hostname);
    const headers = [...Object.entries(ownHeaders(url)), ...conditions];
    const lines = [`GET ${url.pathname} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), ""];
    return {
      host,
      port: portOf(url),
      ...(url.protocol === "http:" ? {} : { tls: greeting(host) }),
      head: lines.join("\r\n"),
      ...(credentials === undefined ? {} : { credentials }),
      patience: timeout * PATIENCE_MS,
    };
  }

  async *file(name: FileName, sha256: string, signal: AbortSignal, fresh = false): AsyncGenerator<Uint8Array, void> {
    const deadline = this.#attempt.deadline(signal);
    try {
      // The digest in the query is for caches: what they kept under another one is not asked for.
      const answer = await this.#ask(`${this.#directory}${name}?${sha256}`, {}, fresh, deadline);
      if (isMissing(answer.status)) {
        drop(answer);
        throw new Failure(
          "inconsistent",
          `${this.label} has no ${this.#directory}${name}, which its SHA256SUMS lists`,
          {
            help: "wait until publishing has ended, or publish again",
          },
        );
      }
      yield* read(answer, this.#config.maxBytes, deadline);
    } finally {
      deadline.done();
    }
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  /** SHA256SUMS.sig of these very sums: the digest keeps a cache from giving that of older ones. */
  async #signature(sums: Uint8Array, fresh: boolean, deadline: Deadline): Promise<Uint8Array | undefined> {
    const digest = sha256(sums);
    const answer = await this.#ask(`${this.#directory}SHA256SUMS.sig?${digest}`, {}, fresh, deadline);
    if (!isMissing(answer.status)) return await readAll(answer, MOST_POINTER_BYTES, deadline);
    drop(answer);
    return undefined;
  }

  async #readRoot(name: string, fresh: boolean, deadline: Deadline): Promise<Uint8Array | undefined> {
    const answer = await this.#ask(name, {}, fresh, deadline);
    if (answer.status === 200) return await readAll(answer, MOST_MANIFEST_BYTES, deadline);
    drop(answer);
    return undefined;
  }

  async #ask(
    path: string,
    conditions: Readonly<Record<string, string>>,
    fresh: boolean,
    deadline: Deadline,
  ): Promise<Answer> {
    const url = this.#urlOf(path);
    return await this.#client.get(url, { ...conditions, ...(fresh ? { "Cache-Control": "no-cache" } : {}) }, deadline);
  }

  #urlOf(path: string): URL {
    // Names of directories are percent-encoded on disk already: their `%` is a letter of the name.
    return new URL(path.replaceAll("%", "%25"), this.#root);
  }
}

function isMissing(status: number): boolean {
  return status === 404 || status === 410;
}

async function readAll(answer: Answer, most: number, deadline: Deadline): Promise<Uint8Array> {
  return await collect(read(answer, most, deadline));
}

/** The body of a 200 that is what it should be. */
async function* read(answer: Answer, most: number, deadline: Deadline): AsyncGenerator<Uint8Array, void> {
  const { status, headers, url } = answer;
  const isAnnouncedTooLarge = Number(headers["content-length"] ?? 0) > most;
  const failure =
    status !== 200
      ? refusal(answer)
      : (unusable(answer) ?? (isAnnouncedTooLarge ? tooLarge(most, shown(url)) : undefined));
  if (failure !== undefined) {
    drop(answer);
    throw failure;
  }
  yield* capped(readBody(answer, deadline), most, shown(url));
}
