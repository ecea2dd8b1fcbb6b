/**
 * Bytes → text, strictly: what is not UTF-8 is refused, never repaired.
 */
import type { YamlDiagnostic } from "./build.ts";

/**
 * A larger file is refused. The reference parser needs about 0.3 s a megabyte, so this bounds what one file can cost;
 * a million targets fit in 30 MB.
 */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LENIENT_UTF8 = new TextDecoder("utf-8");

export interface Decoded {
  /** Without a byte order mark; `undefined` where the bytes are not text. */
  readonly text: string | undefined;
  readonly isAscii: boolean;
  readonly diagnostics: readonly YamlDiagnostic[];
}

/** Decodes the bytes of a file. Findings: yaml/encoding, yaml/alias-bomb for its size. */
export function decode(file: string, bytes: Uint8Array): Decoded {
  const where = { file, path: [] } as const;
  if (bytes.length > MAX_FILE_BYTES) {
    const message = `the file has ${bytes.length} bytes; more than ${MAX_FILE_BYTES} are not read`;
    return failed({
      code: "yaml/alias-bomb",
      severity: "error",
      message,
      where,
      help: "split it into one file a service",
    });
  }
  // Not by destructuring, which asks for an iterator: this runs for every file.
  const b0 = bytes[0];
  const b1 = bytes[1];
  const b2 = bytes[2];
  if ((b0 === 0xff && b1 === 0xfe) || (b0 === 0xfe && b1 === 0xff)) {
    return failed(
      encodingError(
        "the file is UTF-16",
        where,
        "save it as UTF-8; Windows PowerShell's `>` and old Notepad write UTF-16",
      ),
    );
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const message = `the file contains a NUL byte in line ${countLines(bytes, nul)}: it is UTF-16, UTF-32 or not text`;
    return failed(encodingError(message, { ...where, range: rangeOfByte(bytes, nul) }, "save it as UTF-8"));
  }
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    const at = firstInvalid(bytes);
    const line = countLines(bytes, at);
    const hex = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0");
    return failed(
      encodingError(
        `the file is not UTF-8: byte 0x${hex} in line ${line}`,
        { ...where, range: rangeOfByte(bytes, at) },
        "save it as UTF-8; it is probably Latin-1 or Windows-1252",
      ),
    );
  }
  if (b0 === 0xef && b1 === 0xbb && b2 === 0xbf) {
    const message = "the file starts with a byte order mark";
    const help = "save it as UTF-8 without BOM; other readers take the mark for a part of the first key";
    return {
      text: text.slice(1),
      isAscii: text.length - 1 === bytes.length - 3,
      diagnostics: [{ code: "yaml/encoding", severity: "warning", message, where, help }],
    };
  }
  return { text, isAscii: text.length === bytes.length, diagnostics: [] };
}

/**
 * The text in which the ranges of a file's findings count: that of decode() or, of a file that it refuses, what can be
 * read of it, with `\ufffd` for what cannot. Nothing of one that is too large: of that, all of it is wrong.
 */
export function textForPlaces(bytes: Uint8Array): string {
  return bytes.length > MAX_FILE_BYTES ? "" : LENIENT_UTF8.decode(bytes);
}

function rangeOfByte(bytes: Uint8Array, at: number): [start: number, end: number] {
  const start = textForPlaces(bytes.subarray(0, at)).length;
  return [start, start + 1];
}

function failed(finding: YamlDiagnostic): Decoded {
  return { text: undefined, isAscii: false, diagnostics: [finding] };
}

function encodingError(message: string, where: YamlDiagnostic["where"], help: string): YamlDiagnostic {
  return { code: "yaml/encoding", severity: "error", message, where, help };
}

/** Offset of the first byte that does not start well-formed UTF-8, found by halves. */
function firstInvalid(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = (good + bad + 1) >> 1;
    if (isPrefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle - 1;
  }
  // A character that broke off belongs to a prefix that decodes, and is what is wrong.
  for (let at = good - 1; at >= Math.max(0, good - 3); at--) {
    const byte = bytes[at] ?? 0;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (length > 1 && at + length > good) return at;
    if (byte < 0x80 || length > 1) break;
  }
  return Math.min(good, bytes.length - 1);
}

function isPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function countLines(bytes: Uint8Array, end: number): number {
  let lines = 1;
  for (let index = 0; index < end; index++) if (bytes[index] === 10) lines++;
  return lines;
}
