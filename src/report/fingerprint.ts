/**
 * What makes a finding the same one in another revision, where its line has another number.
 */
import { holdsSecret } from "../model/secret-shapes.ts";
import type { Located } from "./place.ts";

/**
 * A fingerprint for each finding: 16 hex digits of rule, file, message and the text of the line without white space. The
 * second of two that would be equal ends with `:2`. The text of a line with a secret is left out: hashes can be guessed.
 */
export function fingerprints(located: readonly Located[]): string[] {
  const seen = new Map<string, number>();
  let line = { key: "", hash: "" };
  return located.map(({ diagnostic, place }) => {
    const { span } = place;
    let lineHash = "";
    if (span !== undefined && !span.isWholeFile && diagnostic.redact !== true) {
      // Findings come sorted, and one line of several megabytes may have thousands of them.
      const key = `${span.start.line} ${place.file}`;
      if (line.key !== key) {
        const text = span.lineText;
        line = { key, hash: holdsSecret(text) ? "" : hash64(text.replace(/\s+/g, "")) };
      }
      lineHash = line.hash;
    }
    const print = hash64([diagnostic.code, place.file, lineHash, diagnostic.message].join("\0"));
    const times = (seen.get(print) ?? 0) + 1;
    seen.set(print, times);
    return times === 1 ? print : `${print}:${times}`;
  });
}

/** Two FNV-1a hashes of 32 bits side by side, the second one with another multiplier, each mixed at the end. */
function hash64(text: string): string {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x85ebca6b) + 1;
  }
  return hex(high) + hex(low);
}

function hex(hash: number): string {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0).toString(16).padStart(8, "0");
}
