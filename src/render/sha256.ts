/** The digest that artifacts, plans and what accepts them are known by. */
import { createHash } from "node:crypto";

/** In lower-case hex; of a text the digest of its UTF-8 bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The same of the UTF-8 bytes of texts, one behind the other: together they may be more than a string can hold. */
export function sha256OfTexts(texts: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text);
  return hash.digest("hex");
}
