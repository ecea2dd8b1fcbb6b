/** ETags and modification times, with which a server can answer that nothing changed. */
import type { IncomingHttpHeaders } from "node:http";

const ETAG = /^(W\/)?"[\u0021\u0023-\u007E\u0080-\u00FF]{0,512}"$/;
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Nothing of ours is older. File systems without times (Nix, some containers) say 1970 or 1980 of everything. */
const OLDEST = Date.UTC(2000, 0);

/**
 * What to ask with the next time: an ETag or, where there is none, a modification time.
 *
 * Undefined where it cannot be relied on. Servers make ETags of time and size, and every SHA256SUMS of a shard is equally
 * long: one that changed in the second of this answer may change again without its ETag (RFC 9110, 8.8.1), and one that
 * always has the same time would never be seen to change.
 */
export function validatorOf(headers: IncomingHttpHeaders): string | undefined {
  const { etag, date, "last-modified": modified } = headers;
  const changed = Date.parse(modified ?? "");
  const answered = Date.parse(date ?? "");
  if (changed < OLDEST || answered - changed < 2000) return undefined;
  if (etag !== undefined && ETAG.test(etag)) return etag;
  return modified !== undefined && DATE.test(modified) && answered >= changed ? modified : undefined;
}

/** Headers that ask whether something changed. None for what is not a validator: it may come from a damaged state file. */
export function conditionalHeaders(validator: string | undefined): Readonly<Record<string, string>> {
  if (validator === undefined) return {};
  if (ETAG.test(validator)) return { "If-None-Match": validator };
  return DATE.test(validator) ? { "If-Modified-Since": validator } : {};
}
