/**
 * What a pull request's comment has on its first line, where no reader sees it: of which inventory it speaks, and the digest
 * of its text.
 */
import { sha256 } from "../render/sha256.ts";

export interface Marker {
  /** Tells the comments of several inventories apart. */
  readonly key: string;
  /** Of the text below it, in hex. */
  readonly sha256: string;
}

const MARKER = /^<!-- promgen-gen:plan v1 key=(?<key>\S*) sha256=(?<digest>[0-9a-f]{64}) -->$/;

/** Puts the marker on top of a text. */
export function markedText(text: string, key: string): string {
  return `<!-- promgen-gen:plan v1 key=${encodeKey(key)} sha256=${sha256(text)} -->\n${text}`;
}

/** The marker of a comment; `undefined` where its first line is none. */
export function readMarker(body: string): Marker | undefined {
  const { key, digest } = MARKER.exec(body.split(/\r?\n/, 1)[0] ?? "")?.groups ?? {};
  return key === undefined || digest === undefined ? undefined : { key: decodeKey(key), sha256: digest };
}

/** Without spaces, and without `--` and `>`, which end HTML comments. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll("-", "%2D");
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
