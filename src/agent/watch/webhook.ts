/** Who may bring the next run forward. A webhook carries nothing else: what is fetched then is checked as always. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { sha256 } from "../sha256.ts";

/** GitHub cuts bodies at 25 MB, but a push says in less than this what was pushed. */
export const MAX_BODY = 2 ** 20;

/**
 * Whether the body was signed with the secret, as GitHub signs
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). Takes as long for a wrong signature as
 * for a right one.
 *
 * @param header of `X-Hub-Signature-256`
 */
export function isSigned(body: Uint8Array, header: string | undefined, secret: string): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(header ?? "")?.[1];
  if (hex === undefined || secret === "") return false;
  return timingSafeEqual(createHmac("sha256", secret).update(body).digest(), Buffer.from(hex, "hex"));
}

/** So far from this host's clock may a webhook say that it was sent: seconds. */
const WINDOW = 300;
/** Only who knows the secret can fill it. Some hundred bytes each. */
const MOST_REMEMBERED = 10_000;

/**
 * Takes what says when it was sent once, and only near that time. The signature holds for the time as for the rest of the
 * body, so that nobody can leave it out; `promgen-gen notify` puts a number used once beside it. GitHub says no time: what
 * it sends can be repeated, and brings a run forward each time.
 */
export class Repetitions {
  /** Digest of a body → until when it must be known, seconds since 1970. */
  readonly #seen = new Map<string, number>();

  /**
   * Remembers a signed body.
   *
   * @param now seconds since 1970
   * @returns why it must not be believed; undefined where nothing speaks against it
   */
  refusal(body: Uint8Array, now: number): string | undefined {
    const sent = sentAt(body);
    if (sent === undefined) return undefined;
    const away = Math.abs(now - sent);
    if (away > WINDOW) {
      return `was sent ${Math.round(away)} s ${sent < now ? "before" : "after"} what the clock says here: it is an old one, or one of the two clocks is wrong`;
    }
    const digest = sha256(body);
    if (this.#seen.has(digest)) return "was here before";
    for (const [known, until] of this.#seen)
      if (until < now || this.#seen.size >= MOST_REMEMBERED) this.#seen.delete(known);
    this.#seen.set(digest, sent + WINDOW);
    return undefined;
  }
}

function sentAt(body: Uint8Array): number | undefined {
  try {
    const { sent } = JSON.parse(Buffer.from(body).toString("utf8")) as { readonly sent?: unknown };
    return typeof sent === "number" ? sent : undefined;
  } catch {
    return undefined;
  }
}

/** Lets a number of calls through at once, then one every so many seconds. */
export class Bucket {
  readonly #size: number;
  readonly #seconds: number;
  #level: number;
  #at: number;

  /** @param now monotonic seconds, here and later */
  constructor(size: number, seconds: number, now: number) {
    this.#size = size;
    this.#seconds = seconds;
    this.#level = size;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#level = Math.min(this.#size, this.#level + (now - this.#at) / this.#seconds);
    this.#at = now;
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }
}
