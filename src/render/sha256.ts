/** The digest that artifacts, plans and what accepts them are known by. */
import { createHash } from "node:crypto";

/** In lower-case hex; of a text the digest of its UTF-8 bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
