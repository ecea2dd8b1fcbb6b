/**
 * Names in paths: NFC, percent-encoded UTF-8, so that every name is one directory on every file system and in every URL.
 */
import { createHash } from "node:crypto";

/** A longer encoded name is cut, and told apart by a hash. Most file systems take 255 bytes. */
const LONGEST = 200;
const KEPT = 150;

/** The directory name of a shard, service or project. */
export function encodeName(name: string): string {
  const nfc = name.normalize("NFC");
  const encoded = encodeURIComponent(nfc).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (encoded.length <= LONGEST) return encoded;
  const cut = encoded.slice(0, KEPT).replace(/%[0-9A-F]?$/, "");
  return `${cut}~${createHash("sha256").update(nfc).digest("hex").slice(0, 16)}`;
}
