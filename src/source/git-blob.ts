/**
 * What Git calls the content of a file.
 */
import { createHash } from "node:crypto";

/** The hash that ids are made with: a repository has one of these. */
export type BlobAlgorithm = "sha1" | "sha256";

/** Gives the id that Git gives to these bytes, https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export type BlobId = (bytes: Uint8Array) => string;

export function blobIds(algorithm: BlobAlgorithm): BlobId {
  return (bytes) => createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** @param id any id of the repository, with all its digits */
export function algorithmOf(id: string): BlobAlgorithm {
  return id.length === 40 ? "sha1" : "sha256";
}
