/** Heads of requests and of answers (RFC 9112), and how bodies end. What could be read in two ways is refused. */
import type { IncomingHttpHeaders } from "node:http";

export interface Head {
  readonly status: number;
  /** Names in lower case. What comes more than once is joined by commas. */
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body, or how its end is told. */
  readonly length: number | "chunks" | "close";
  /** Whether something else may be asked on this connection. */
  readonly isKept: boolean;
}

const STATUS = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Any line can be read in one way alone: with a second one, spaces that fill a head would keep Node busy for half an hour. */
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*(?:([\x21-\x7e\x80-\xff]+(?:[\t ]+[\x21-\x7e\x80-\xff]+)*)[\t ]*)?$/;

/**
 * A request without a body.
 *
 * @param headers of those that differ in upper case alone, the last one counts
 * @throws {Error} where it would say something else than it is to say
 */
export function requestOf(method: string, target: string, headers: Readonly<Record<string, string>>): string {
  const lines = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), `${name}: ${value}`]));
  const all = [`${method} ${target} HTTP/1.1`, ...lines.values()];
  if (!all.every((line) => /^[\t\x20-\x7e\x80-\xff]*$/.test(line))) throw malformed("ERR_INVALID_CHAR");
  return all.map((line) => `${line}\r\n`).join("") + "\r\n";
}

/**
 * @param text all of a head in Latin-1, without the empty line
 * @throws {Error} with a code of Node's own parser, for networkFailure
 */
export function readHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const [, minor, digits] = STATUS.exec(first) ?? [];
  if (digits === undefined) throw malformed("HPE_INVALID_CONSTANT");
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = FIELD.exec(line) ?? [];
    if (name === undefined) throw malformed("HPE_INVALID_HEADER_TOKEN");
    const key = name.toLowerCase();
    const before = fields.get(key);
    fields.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  const status = Number(digits);
  const connection = fields.get("connection") ?? "";
  const isKept = minor === "1" ? !/\bclose\b/i.test(connection) : /\bkeep-alive\b/i.test(connection);
  return { status, headers: Object.fromEntries(fields), length: lengthOf(status, fields), isKept };
}

/** Length of the body: RFC 9112, 6.3. */
function lengthOf(status: number, fields: ReadonlyMap<string, string>): Head["length"] {
  const [coding, length] = [fields.get("transfer-encoding"), fields.get("content-length")];
  if (coding !== undefined && (length !== undefined || coding.toLowerCase() !== "chunked"))
    throw malformed("HPE_INVALID_TRANSFER_ENCODING");
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed("HPE_INVALID_CONTENT_LENGTH");
  if (status < 200 || status === 204 || status === 304) return 0;
  return coding !== undefined ? "chunks" : length === undefined ? "close" : Number(length);
}

/** The size that a line before a chunk says; what follows it there means nothing to us. */
export function chunkSize(line: string): number {
  const [, digits] = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line) ?? [];
  if (digits === undefined) throw malformed("HPE_INVALID_CHUNK_SIZE");
  return Number.parseInt(digits, 16);
}

/** What is no HTTP. */
export function malformed(code: string): Error {
  return Object.assign(new Error("this is no answer in HTTP"), { code });
}
