/** SHA256SUMS: which generation of which shard, and the digests of its files. */
import { parseDuration } from "../../model/duration.ts";
import { showText } from "../../model/show-text.ts";
import type { FileName } from "../config.ts";
import { FILE_NAMES } from "../config.ts";
import { Failure } from "../failure.ts";

/** What a SHA256SUMS says. */
export interface Pointer {
  /** Decoded name of the shard, `*` for the whole inventory. */
  readonly shard: string;
  /** Seconds since 1970 by the commit; 0 outside of Git. */
  readonly generation: number;
  readonly commit: string | undefined;
  readonly repository: string | undefined;
  /** Targets that each file says to hold, where the header names them. */
  readonly counts: Readonly<Partial<Record<FileName, number>>>;
  /** What the shard's servers scrape by where a group does not say, in seconds, where the header names it. */
  readonly times: { readonly interval?: number; readonly timeout?: number };
  /** CI accepted the removals up to here: agents with an older generation do not hold it again. */
  readonly accepts: number | undefined;
  /** Lower-case hex of each file. */
  readonly digests: Readonly<Record<FileName, string>>;
}

/** The highest format that this agent reads. */
const FORMAT = 1;

/** A SHA256SUMS has some 300 bytes. */
export const MAX_POINTER_BYTES = 64 * 1024;

/** What the first line begins with. */
const HEADER = /^# promgen-gen (0|[1-9][0-9]{0,8})(?=\s)/;

/**
 * Reads a SHA256SUMS. Nothing in it is guessed: what is not exactly as it is rendered is refused, only keys of the header
 * that are not known are passed over.
 *
 * @throws {Failure} `format` where it is newer than this agent, `unreachable` where it is a web page (which a login
 *   page between here and the source answers with), else `pointer`
 */
export function readPointer(bytes: Uint8Array): Pointer {
  const text = decode(bytes);
  const format = HEADER.exec(text);
  if (format === null) {
    checkBytes(text);
    throw notOurs("its first line does not begin with `# promgen-gen` and the number of a format");
  }
  if (Number(format[1]) > FORMAT) {
    throw new Failure("format", `SHA256SUMS has format ${format[1]}, and this agent reads up to ${FORMAT}`, {
      help: "upgrade promgen-agent",
    });
  }
  if (Number(format[1]) === 0) throw notOurs("there is no format 0");
  checkBytes(text);
  const [header = "", ...sums] = text.slice(0, -1).split("\n");
  const values = readHeader(header.slice(format[0].length));
  return {
    shard: shardOf(values),
    generation: count(values, "generation") ?? missing("generation"),
    commit: matching(values, "commit", /^(?:[0-9a-f]{40}|[0-9a-f]{64})(?:-dirty)?$/, "the id of a commit"),
    repository: matching(values, "repository", /./, "the address of a repository"),
    counts: countsOf(values),
    times: timesOf(values),
    accepts: count(values, "accepts"),
    digests: readSums(sums),
  };
}

/** One character a byte: everything beyond ASCII is refused later, but a newer format may have it. */
function decode(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_POINTER_BYTES)).toString(
    "latin1",
  );
  if (/^(?:\xef\xbb\xbf)?\s*</.test(text)) {
    throw new Failure("unreachable", "a web page came instead of SHA256SUMS", {
      help: "look at the source's address, and whether a login page or a proxy stands before it",
    });
  }
  if (bytes.length === 0) throw notOurs("it is empty");
  if (bytes.length > MAX_POINTER_BYTES) {
    throw notOurs(`it has ${bytes.length} bytes, more than the ${MAX_POINTER_BYTES} that one may have`);
  }
  return text;
}

/** Refuses what editors, mail gateways and broken downloads leave behind. */
function checkBytes(text: string): void {
  if (text.includes("\r")) throw notOurs("it has carriage returns: something on the way changed the ends of its lines");
  if (!text.endsWith("\n")) throw notOurs("its last line has no end: it was cut off");
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code >= 32 && code < 127)) continue;
    const line = text.slice(0, at).split("\n").length;
    throw notOurs(`line ${line} holds the byte 0x${code.toString(16).padStart(2, "0")}, and only ASCII may be there`);
  }
}

/** Key → value, still encoded. */
function readHeader(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (text === "") return values;
  for (const word of text.slice(1).split(" ")) {
    const [, key, value] = /^([a-z][a-z0-9_-]*)=(.*)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) throw notOurs(`${showText(word)} in its first line is no key=value`);
    if (values.has(key)) throw notOurs(`its first line has \`${key}\` twice`);
    values.set(key, value);
  }
  return values;
}

function shardOf(values: ReadonlyMap<string, string>): string {
  const shard = decoded(values, "shard") ?? missing("shard");
  // A name cannot be mistaken for the whole inventory: only the bare `*` is that.
  if (shard === "" || (shard === "*" && values.get("shard") !== "*")) throw badValue("shard", "the name of a shard");
  // As the options have it: the letters of a name may be of other code points in the inventory.
  return shard.normalize("NFC");
}

function timesOf(values: ReadonlyMap<string, string>): Pointer["times"] {
  const seconds = (key: string): number | undefined => {
    const text = values.get(key);
    if (text === undefined) return undefined;
    const milliseconds = parseDuration(text);
    if (milliseconds === undefined || milliseconds === 0) throw badValue(key, "a duration of Prometheus");
    return milliseconds / 1000;
  };
  const [interval, timeout] = [seconds("scrape_interval"), seconds("scrape_timeout")];
  return { ...(interval === undefined ? {} : { interval }), ...(timeout === undefined ? {} : { timeout }) };
}

function countsOf(values: ReadonlyMap<string, string>): Partial<Record<FileName, number>> {
  const counts: Partial<Record<FileName, number>> = {};
  for (const name of FILE_NAMES) {
    const value = count(values, name.replace(".json", ""));
    if (value !== undefined) counts[name] = value;
  }
  return counts;
}

/** A whole number as it is rendered: `01`, `1e3`, `-1` and what JavaScript cannot count are refused. */
function count(values: ReadonlyMap<string, string>, key: string): number | undefined {
  const value = values.get(key);
  if (value === undefined) return undefined;
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(value) || !Number.isSafeInteger(Number(value))) {
    throw badValue(key, "a whole number from 0 to 9007199254740991");
  }
  return Number(value);
}

function matching(
  values: ReadonlyMap<string, string>,
  key: string,
  pattern: RegExp,
  meant: string,
): string | undefined {
  const value = decoded(values, key);
  if (value !== undefined && !pattern.test(value)) throw badValue(key, meant);
  return value;
}

function decoded(values: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = values.get(key);
  if (value === undefined) return undefined;
  let text: string;
  try {
    text = decodeURIComponent(value);
  } catch (error) {
    throw notOurs(`the value of \`${key}\` in its first line is not percent-encoded UTF-8`, error);
  }
  if (/\p{Cc}/u.test(text)) throw badValue(key, "text without control characters");
  return text;
}

function readSums(lines: readonly string[]): Record<FileName, string> {
  const digests: Partial<Record<FileName, string>> = {};
  for (const [index, line] of lines.entries()) {
    const [, digest, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (digest === undefined) {
      throw notOurs(`line ${index + 2} is not 64 lower-case hexadecimal digits, two spaces and a name`);
    }
    const name = FILE_NAMES.find((known) => known === path);
    if (name === undefined)
      throw notOurs(`line ${index + 2} names ${showText(path ?? "")}, and that is no file of a shard`);
    if (digests[name] !== undefined) throw notOurs(`line ${index + 2} names ${name} again`);
    digests[name] = digest;
  }
  const { "targets.json": targets, "urls.json": urls } = digests;
  if (targets === undefined || urls === undefined) {
    throw notOurs(`it has no line for ${targets === undefined ? "targets.json" : "urls.json"}`);
  }
  return { "targets.json": targets, "urls.json": urls };
}

function missing(key: string): never {
  throw notOurs(`its first line has no \`${key}\``);
}

function badValue(key: string, meant: string): Failure {
  return notOurs(`the value of \`${key}\` in its first line is not ${meant}`);
}

function notOurs(why: string, cause?: unknown): Failure {
  return new Failure("pointer", `SHA256SUMS cannot be read: ${why}`, {
    help: "look at what the source has there; `promgen-gen publish` writes it, and nothing else should change it",
    ...(cause === undefined ? {} : { cause }),
  });
}
