/** What lies in a queue: hostile text, of which nothing is taken but whether there may be something newer. */
import type { Announcement } from "../../notify/amqp-queue.ts";

/** Ours have some 200 bytes. */
export const MOST_BYTES = 4096;

/** Whose messages we take. */
export interface Recipient {
  readonly queue: string;
  /** In NFC; `*` takes those of every shard. */
  readonly shard: string;
}

/** The generation that a message announces, or why it is none for us, in one sentence without anything of its text. */
export function readMessage(body: unknown, { queue, shard }: Recipient): number | string {
  // By the content type that it claims, the client library has made a text or a value of it already.
  const value = Buffer.isBuffer(body) || typeof body === "string" ? parsed(body) : body;
  if (typeof value !== "object" || value === null) return `it is no JSON object of at most ${MOST_BYTES} bytes`;
  const { version, queue: to, shard: of, generation } = value as { readonly [Name in keyof Announcement]?: unknown };
  if (version !== 1)
    return typeof version === "number" && version > 1
      ? "its format is newer than this agent: upgrade promgen-agent"
      : "it is none of promgen-gen's";
  if (typeof generation !== "number" || !Number.isSafeInteger(generation) || generation < 0)
    return "it names no generation";
  if (to !== queue) return "it was sent to another queue: it is for another host";
  const isForUs = shard === "*" || (typeof of === "string" && of.normalize("NFC") === shard);
  return isForUs ? generation : "it is for another shard";
}

function parsed(body: Buffer | string): unknown {
  if (body.length > MOST_BYTES) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
