/**
 * Findings that are new since another revision.
 */
import type { Diagnostic } from "../diagnostic.ts";
import { fingerprints } from "./fingerprint.ts";
import type { TextOf } from "./place.ts";
import { resolvePlaces } from "./place.ts";

export interface Findings {
  /** Judged. */
  readonly diagnostics: readonly Diagnostic[];
  readonly textOf: TextOf;
}

export interface Sorted {
  readonly fresh: readonly Diagnostic[];
  /** The other revision has them as well. */
  readonly older: readonly Diagnostic[];
}

/**
 * Tells what is new from what was there. A finding is the same one where its line has moved; of several that cannot be
 * told apart, as many are older as there were.
 */
export function findNew(now: Findings, before: Findings): Sorted {
  const known = new Set(fingerprints(resolvePlaces(before.diagnostics, before.textOf)));
  const located = resolvePlaces(now.diagnostics, now.textOf);
  const fresh: Diagnostic[] = [];
  const older: Diagnostic[] = [];
  // The second of two equal findings has a fingerprint of its own.
  for (const [index, print] of fingerprints(located).entries()) {
    const diagnostic = located[index]?.diagnostic;
    if (diagnostic !== undefined) (known.has(print) ? older : fresh).push(diagnostic);
  }
  return { fresh, older };
}
