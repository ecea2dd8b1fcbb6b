/**
 * The reference path: the `yaml` package reads the whole file, says what is wrong, and yields the same events as the fast
 * path. What cannot be kept (a merge key, a second value of one key, an unknown alias) is left out of the events, and the
 * file counts as not wholly read.
 */
import type { Document, EmptyStream } from "yaml";
import type { YamlDiagnostic } from "./build.ts";
import { MAX_DEPTH } from "./build.ts";
import { firstTooDeep } from "./brackets.ts";
import type { EventStream } from "./events.ts";
import { scanTags } from "./marks.ts";
import { yaml } from "./packages.ts";
import type { Problems } from "./syntax.ts";
import { syntaxDiagnostics } from "./syntax.ts";
import { walkDocuments } from "./walk.ts";

export interface ReferenceResult {
  readonly stream: EventStream;
  readonly diagnostics: readonly YamlDiagnostic[];
  /** False where something was left out of the events. */
  readonly isComplete: boolean;
}

type Parsed = Document.Parsed[] | EmptyStream;

/** Reads a text with the `yaml` package. Never throws on bad input. */
export function referenceEvents(file: string, source: string): ReferenceResult {
  const unreadable = loneReturn(file, source) ?? tooDeep(file, source);
  if (unreadable !== undefined) return nothing(source, [unreadable]);

  const parsed = parseAll(source);
  const documents = "empty" in parsed ? [] : parsed;
  const tags = scanTags(file, source);
  const syntax = syntaxDiagnostics(file, source, problemsOf(parsed), (text) => problemsOf(parseAll(text)));
  if (syntax.length > 0) {
    // A line that is but a tag lacks a colon because of it.
    const starts = new Set(tags.map(({ where }) => where.range?.[0]));
    return nothing(source, [...syntax.filter(({ where }) => !starts.has(where.range?.[0])), ...tags]);
  }

  const { events, texts, diagnostics, isComplete } = walkDocuments(file, source, documents);
  return {
    stream: { source, events, texts },
    diagnostics: [...tags, ...diagnostics],
    isComplete: isComplete && tags.length === 0,
  };
}

function parseAll(source: string): Parsed {
  const options = { prettyErrors: false, uniqueKeys: false, merge: false, logLevel: "silent", version: "1.2" } as const;
  return yaml().parseAllDocuments(source, options);
}

function problemsOf(parsed: Parsed): readonly Problems[] {
  return "empty" in parsed ? [parsed] : parsed;
}

function nothing(source: string, diagnostics: readonly YamlDiagnostic[]): ReferenceResult {
  return { stream: { source, events: [], texts: undefined }, diagnostics, isComplete: false };
}

/** YAML and Prometheus take a carriage return alone for a line break, the parser does not, and nobody writes it on purpose. */
function loneReturn(file: string, source: string): YamlDiagnostic | undefined {
  const at = source.includes("\r") ? source.search(/\r(?!\n)/) : -1;
  if (at < 0) return undefined;
  return {
    code: "yaml/syntax",
    severity: "error",
    message: "a carriage return stands alone, without the line feed that ends a line",
    where: { file, path: [], range: [at, at + 1] },
    help: "save the file with LF or CRLF line endings",
  };
}

function tooDeep(file: string, source: string): YamlDiagnostic | undefined {
  const at = firstTooDeep(source);
  if (at === undefined) return undefined;
  return {
    code: "yaml/alias-bomb",
    severity: "error",
    message: `lists and maps are nested more than ${MAX_DEPTH} deep`,
    where: { file, path: [], range: [at, at + 1] },
    help: "an inventory needs about eight levels; look for brackets that are never closed",
  };
}
