/**
 * A finding as data. Every room speaks in these; only the report room turns them into lines,
 * columns and colour.
 */

export type Severity = "error" | "warning" | "info";

/** A route of keys and indices from the root of a file: document index first, then keys and list indices. */
export type Path = readonly (string | number)[];

/**
 * A place in a file, without line numbers.
 *
 * - `file`: path relative to the inventory's root directory, with `/`.
 * - `path`: route to a node; `[]` means the file as a whole. The first element is the document's index in the file.
 * - `part`: `"key"` points to the key of the last step instead of its value.
 * - `range`: start and end offset in the text (UTF-16 units), where a room knows text rather than nodes; wins over `path`.
 */
export interface Where {
  readonly file: string;
  readonly path: Path;
  readonly part?: "key" | "value";
  readonly range?: readonly [start: number, end: number];
}

export interface Related {
  readonly where: Where;
  readonly note: string;
}

export interface Diagnostic<Code extends string = string> {
  /** Stable, documented, greppable: `group/name`. */
  readonly code: Code;
  readonly severity: Severity;
  /** One sentence, no colour, no newline. */
  readonly message: string;
  readonly where: Where;
  readonly related?: readonly Related[];
  /** What to do, imperative. */
  readonly help?: string;
  /** The text of the line must not be shown: it holds a secret. */
  readonly redact?: boolean;
}

const RANK: Record<Severity, number> = { error: 2, warning: 1, info: 0 };

/** True when `severity` is as bad as `threshold`, or worse. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return RANK[severity] >= RANK[threshold];
}

/** Total order of findings that have no line numbers yet: file, then code, then message. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return compareText(a.where.file, b.where.file) || compareText(a.code, b.code) || compareText(a.message, b.message);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
