/** What a source offers, and what is asked of one. */
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import type { Source } from "../../../src/agent/source/source.ts";

export const TARGETS = '[\n{"labels":{"job":"node"},"targets":["web1.example.com:9100"]}\n]\n';
export const URLS = '[{"targets":[]}]\n';
export const DIGEST = sha256(TARGETS);
export const SUMS = `# promgen-gen 1 shard=tokyo-a generation=1795334400 targets=1 urls=0\n${DIGEST}  targets.json\n${sha256(URLS)}  urls.json\n`;

/** No secret of a test may be in any words: they all hold this. */
export const CANARY = "c4n4ry";

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export function config(more: Partial<SourceConfig> = {}): SourceConfig {
  return {
    urls: [],
    tls: {},
    allowHttp: false,
    allowPrivateRedirects: false,
    timeout: 60,
    maxBytes: 1 << 20,
    proxy: {},
    githubApi: "https://api.github.com",
    ...more,
  };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

/** The failure that something ends with. Its reason is checked, and that it tells no secret and what to do. */
export async function failure(reason: Reason, work: Promise<unknown> | (() => Promise<unknown>)): Promise<Failure> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    assert.instance(error, Failure, inspect(error));
    const thrown = error as Failure;
    assert.is(thrown.reason, reason, inspect(thrown));
    assert.not.ok(inspect(thrown, { depth: 6, showHidden: true }).includes(CANARY), inspect(thrown));
    assert.not.match(thrown.message, /\n/);
    return thrown;
  }
  throw new Error(`no failure, but ${reason} was expected`);
}

/** SHA256SUMS as text. */
export async function sums(source: Source, validator?: string): Promise<string> {
  const answer = await source.pointer(validator, never());
  return answer.kind === "pointer" ? Buffer.from(answer.sums).toString("utf8") : answer.kind;
}

/** A file as text. */
export async function read(source: Source, name: "targets.json" | "urls.json" = "targets.json"): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.file(name, DIGEST, never())) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Opens a source, and closes it after use. */
export async function using<T>(source: Source, act: (source: Source) => Promise<T>): Promise<T> {
  try {
    return await act(source);
  } finally {
    await source.close();
  }
}
