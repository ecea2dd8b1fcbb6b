/** Who may bring the next run forward. A webhook carries nothing else: what is fetched then is checked as always. */
import { createHmac, timingSafeEqual } from "node:crypto";

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
