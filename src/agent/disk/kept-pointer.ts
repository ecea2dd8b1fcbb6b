/**
 * SHA256SUMS and its signature, kept as a pair in two files.
 *
 * No rename moves two files, so the signature is first laid down under a name that says which SHA256SUMS it belongs to:
 * whoever finds both after a crash knows whether the pair was changed already. A pointer without a signature has an empty
 * one there.
 */
import { readdirSync, renameSync, unlinkSync } from "node:fs";
import { sha256 } from "../sha256.ts";
import type { KeptPointer } from "./disk.ts";
import type { Directory } from "./directory.ts";
import { inside, syncDirectory } from "./directory.ts";
import { attempt } from "./errno.ts";
import { replaceFile } from "./new-file.ts";
import { readOld } from "./old-file.ts";

export const SUMS = "SHA256SUMS";
export const SIGNATURE = "SHA256SUMS.sig";
const WAITING = /^SHA256SUMS\.[0-9a-f]{64}\.sig$/;

/** The pointer kept in a directory; undefined where there is none. */
export function readPointer(directory: Directory): KeptPointer | undefined {
  const sums = readOld(directory, SUMS);
  if (sums === undefined) return undefined;
  const isWaiting = namesIn(directory).some((name) => WAITING.test(name));
  const waiting = isWaiting ? readOld(directory, waitingFor(sums)) : undefined;
  const signature = waiting ?? readOld(directory, SIGNATURE);
  return { sums, signature: signature?.length === 0 ? undefined : signature };
}

/** Replaces the pointer kept in a directory. */
export function writePointer(directory: Directory, { sums, signature }: KeptPointer): void {
  replaceFile(directory, waitingFor(sums), [signature ?? new Uint8Array()], "later");
  replaceFile(directory, SUMS, [sums], "later");
  finishPointer(directory);
}

/** Ends what {@link writePointer} had begun when it was killed: the pair is the old one or the new one, whole. */
export function finishPointer(directory: Directory): void {
  const names = namesIn(directory).filter((name) => WAITING.test(name));
  if (names.length === 0) return;
  const sums = readOld(directory, SUMS);
  const current = sums === undefined ? undefined : waitingFor(sums);
  attempt(`write ${directory.path}/${SIGNATURE}`, () => {
    for (const name of names) {
      if (name !== current) unlinkSync(inside(directory, name));
      else if (readOld(directory, name)?.length !== 0)
        renameSync(inside(directory, name), inside(directory, SIGNATURE));
      else {
        // In this order: without the empty one, the old signature would be taken for that of the new pointer.
        if (readOld(directory, SIGNATURE) !== undefined) unlinkSync(inside(directory, SIGNATURE));
        unlinkSync(inside(directory, name));
      }
    }
  });
  syncDirectory(directory);
}

function namesIn(directory: Directory): readonly string[] {
  return attempt(`list ${directory.path}`, () => readdirSync(inside(directory, "")));
}

function waitingFor(sums: Uint8Array): string {
  return `${SUMS}.${sha256(sums)}.sig`;
}
