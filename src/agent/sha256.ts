/** SHA-256, the only digest that counts here. (The bundle loads node:crypto with the first call.) */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";

/** Lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return startSha256().update(content).digest("hex");
}

/** For what comes in pieces. */
export function startSha256(): Hash {
  return createHash("sha256");
}
