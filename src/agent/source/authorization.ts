import type { CredentialsFile } from "../config.ts";

/** What a file of credentials holds, without what editors put around it. */
export function secretOf(bytes: Buffer): string {
  return bytes
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .replace(/(\r?\n)+$/, "");
}

/** The value of an `Authorization` header. */
export function authorizationOf(kind: CredentialsFile["kind"], secret: string): string {
  return kind === "bearer" ? `Bearer ${secret}` : `Basic ${Buffer.from(secret, "utf8").toString("base64")}`;
}
