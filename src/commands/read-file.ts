/**
 * One file of the inventory → checked documents: the stages source, parse and schema, which look at one file alone and
 * so may run anywhere, and what the model can find out about its hosts alone.
 */
import type { Diagnostic, Path } from "../diagnostic.ts";
import { EnvironmentError } from "../exit.ts";
import { listHosts } from "../model/listed-hosts.ts";
import { withoutAnswered } from "../parse/answered.ts";
import { textForPlaces } from "../parse/decode.ts";
import { locatorOf, parseFile } from "../parse/parse.ts";
import type { Locator, ParsedFile, Suppression } from "../parse/parse.ts";
import { checkDocument } from "../schema/document.ts";
import type { CheckedDocument } from "../schema/document.ts";
import type { BlobId } from "../source/git-blob.ts";
import type { Tree } from "../source/tree.ts";

/** Plain data: it may cross from one thread to another. */
export interface ReadFile {
  readonly file: string;
  readonly documents: readonly CheckedDocument[];
  /** Of the file itself; those of its documents are with them. */
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressions: readonly Suppression[];
  /** False where something that the file says is not in `documents`. */
  readonly isComplete: boolean;
  /** Nothing is in it, and nobody said why. */
  readonly isEmpty: boolean;
  /** Git's id of what it holds, where it was asked for. */
  readonly blob?: string;
}

/**
 * Reads and checks a file that the tree has listed. Throws EnvironmentError where it cannot be read.
 *
 * @param blobId where Git's id of its content is asked for
 */
export function readInventoryFile(tree: Tree, file: string, blobId?: BlobId): ReadFile {
  const bytes = tree.read(file, true);
  // It was listed: going on without it would lose its targets without a word.
  if (bytes === undefined) throw new EnvironmentError(`${file} vanished while the inventory was read`, "run it again");
  const parsed = parseFile(file, bytes);
  const hasEscapes = bytes.includes("\\".charCodeAt(0));
  const facts = { isWhole: parsed.isComplete, hasEscapes, sourceAt: sourceOf(file, bytes) };
  const documents = parsed.documents.map((value, index) => readDocument(checkDocument(file, index, value, facts)));
  return {
    file,
    documents,
    diagnostics: withoutAnswered(file, bytes, parsed.diagnostics, documents),
    suppressions: parsed.suppressions,
    isComplete: parsed.isComplete,
    isEmpty: isEmpty(parsed, bytes),
    ...(blobId === undefined ? {} : { blob: blobId(bytes) }),
  };
}

/** Finds the text of values as they are written; the file is read anew for the first one. */
function sourceOf(file: string, bytes: Uint8Array): (path: Path) => string | undefined {
  let text: string | undefined;
  let locate: Locator | undefined;
  return (path) => {
    text ??= textForPlaces(bytes);
    locate ??= locatorOf(file, text);
    const place = locate(path, "value");
    return place && text.slice(...place);
  };
}

function readDocument(document: CheckedDocument): CheckedDocument {
  if (document.kind !== undefined) listHosts(document.kind, document.value);
  return document;
}

/** Without any document. Somebody who puts everything into comments knows it. */
export function isEmpty(parsed: ParsedFile, bytes: Uint8Array): boolean {
  return parsed.isComplete && parsed.documents.every((value) => value === null) && !bytes.includes("#".charCodeAt(0));
}
