/**
 * Bytes → values and findings, behind one interface. fast.ts says what takes which way.
 */
import type { YamlDiagnostic } from "./build.ts";
import { buildDocuments, NotSimple } from "./build.ts";
import { decode } from "./decode.ts";
import type { Event } from "./events.ts";
import { fastEvents } from "./fast.ts";
import type { Locator } from "./locate.ts";
import { createLocator } from "./locate.ts";
import type { Suppression } from "./marks.ts";
import { readSuppressions } from "./marks.ts";
import { referenceEvents } from "./reference.ts";

export type { Locator } from "./locate.ts";
export type { Suppression } from "./marks.ts";

export interface ParsedFile {
  /** One value a document: null, boolean, number, text, lists and maps of them. Empty where the text cannot be read. */
  readonly documents: readonly unknown[];
  readonly diagnostics: readonly YamlDiagnostic[];
  /** False where something that the file says is not in `documents`. */
  readonly isComplete: boolean;
  readonly suppressions: readonly Suppression[];
}

/**
 * Parses one file. Never throws on bad input.
 *
 * @param file its name for findings
 * @param bytes as they stand on disk; anything but UTF-8 is a finding
 */
export function parseFile(file: string, bytes: Uint8Array): ParsedFile {
  const { text, isAscii, diagnostics } = decode(file, bytes);
  if (text === undefined) return { documents: [], diagnostics, isComplete: false, suppressions: [] };
  const fast = parseFast(file, text, isAscii);
  if (fast !== undefined) return { ...fast, diagnostics: [...diagnostics, ...fast.diagnostics] };
  const parsed = parseByReference(file, text, isAscii);
  return { ...parsed, diagnostics: [...diagnostics, ...parsed.diagnostics] };
}

/** The fast path alone; `undefined` for what it leaves to the reference. */
export function parseFast(file: string, text: string, isAscii: boolean): ParsedFile | undefined {
  const events = fastEvents(text);
  if (events === undefined) return undefined;
  const diagnostics: YamlDiagnostic[] = [];
  try {
    const documents = buildDocuments({ file, source: text, isAscii, events, diagnostics, isReference: false });
    return { documents, diagnostics, isComplete: true, suppressions: [] };
  } catch (error) {
    if (error instanceof NotSimple) return undefined;
    throw error;
  }
}

/** The reference path alone. */
export function parseByReference(file: string, text: string, isAscii: boolean): ParsedFile {
  const { events, diagnostics, isComplete } = referenceEvents(file, text);
  const built: YamlDiagnostic[] = [];
  const documents = buildDocuments({ file, source: text, isAscii, events, diagnostics: built, isReference: true });
  return { documents, diagnostics: [...diagnostics, ...built], isComplete, suppressions: readSuppressions(text) };
}

/** Finds the places of nodes in a text that parseFile took. */
export function locatorOf(file: string, text: string): Locator {
  return createLocator(text, locatableEvents(file, text));
}

function locatableEvents(file: string, text: string): readonly Event[] {
  // What the fast path refuses while it builds values, the reference leaves out of its events: ask the same way.
  return parseFast(file, text, true) === undefined ? referenceEvents(file, text).events : (fastEvents(text) ?? []);
}
