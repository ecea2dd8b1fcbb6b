/** A question over HTTP, with an end: no answer, or one without an end, is a trouble in words. */
import { fetchTrouble } from "../model/fetch-trouble.ts";

export interface Question {
  readonly method?: "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it. */
  readonly seconds: number;
  /** Bytes: longer answers are not read. */
  readonly limit: number;
}

export type Answer = { readonly status: number; readonly text: string } | { readonly trouble: string };

/** Asks, once. Redirects are answers: nobody is led elsewhere with what was meant for one host. Never throws. */
export async function ask(url: URL, { method, headers, body, seconds, limit }: Question): Promise<Answer> {
  try {
    const answer = await fetch(url, {
      method: method ?? "GET",
      // What is packed may be large beyond its length.
      headers: { ...headers, "accept-encoding": "identity" },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      // It takes no parts of a millisecond, which what is left of a time has.
      signal: AbortSignal.timeout(Math.ceil(seconds * 1000)),
    });
    const text = await readText(answer.body, limit);
    return text === undefined ? { trouble: `answers with more than ${limit} bytes` } : { status: answer.status, text };
  } catch (error) {
    return { trouble: fetchTrouble(error, url, seconds) };
  }
}

async function readText(body: AsyncIterable<Uint8Array> | null, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
