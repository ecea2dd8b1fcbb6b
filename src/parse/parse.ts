/**
 * Bytes → values and findings, behind one interface. fast.ts says what takes which way.
 */
import type { YamlDiagnostic } from "./build.ts";
import { buildDocuments, NotSimple } from "./build.ts";
import { decode } from "./decode.ts";
import type { EventStream } from "./events.ts";
import { fastEvents } from "./fast.ts";
import { readPlain } from "./plain.ts";
import { plainLocator } from "./plain-locate.ts";
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
  const plain = readPlain(text, isAscii);
  if (typeof plain === "object") return { documents: plain, diagnostics, isComplete: true, suppressions: [] };
  const fast = plain === "broken" ? undefined : parseFast(file, text, isAscii);
  if (fast !== undefined) return { ...fast, diagnostics: [...diagnostics, ...fast.diagnostics] };
  const parsed = parseByReference(file, text, isAscii);
  return { ...parsed, diagnostics: [...diagnostics, ...parsed.diagnostics] };
}

/** The fast path alone; `undefined` for what it leaves to the reference. */
export function parseFast(file: string, text: string, isAscii: boolean): ParsedFile | undefined {
  const stream = fastEvents(text);
  return stream && buildFast(file, stream, isAscii);
}

function buildFast(file: string, stream: EventStream, isAscii: boolean): ParsedFile | undefined {
  const diagnostics: YamlDiagnostic[] = [];
  try {
    const documents = buildDocuments({ file, stream, isAscii, diagnostics, isReference: false });
    return { documents, diagnostics, isComplete: true, suppressions: [] };
  } catch (error) {
    if (error instanceof NotSimple) return undefined;
    throw error;
  }
}

/** The reference path alone. */
export function parseByReference(file: string, text: string, isAscii: boolean): ParsedFile {
  const { stream, diagnostics, isComplete } = referenceEvents(file, text);
  const built: YamlDiagnostic[] = [];
  const documents = buildDocuments({ file, stream, isAscii, diagnostics: built, isReference: true });
  return {
    documents,
    diagnostics: [...diagnostics, ...unique(built)],
    isComplete,
    suppressions: readSuppressions(text),
  };
}

/** What an alias repeats is written once, and so is what is to be said of it. */
function unique(diagnostics: readonly YamlDiagnostic[]): YamlDiagnostic[] {
  const seen = new Map<string, YamlDiagnostic>();
  for (const finding of diagnostics) {
    const id = `${finding.code} ${String(finding.where.range)}`;
    if (!seen.has(id)) seen.set(id, finding);
  }
  return [...seen.values()];
}

/** Finds the places of nodes in a text that parseFile took. */
export function locatorOf(file: string, text: string): Locator {
  // The places of a file are those of the path that gave its values.
  const plain = readPlain(text, isAscii(text));
  if (typeof plain === "object") return plainLocator(text);
  const stream = plain === "broken" ? undefined : fastEvents(text);
  const isFast = stream !== undefined && buildFast(file, stream, false) !== undefined;
  return createLocator(isFast ? stream : referenceEvents(file, text).stream);
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
