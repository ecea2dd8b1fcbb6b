/**
 * SHA256SUMS: what an agent polls. One comment line says which generation of which shard it is, then two-column sums
 * follow, as `sha256sum -c` reads them.
 */
import type { FileFacts, Stamp } from "./artifact.ts";

/** Readers refuse a higher number, and say to upgrade. */
const FORMAT = 1;

/** @param shard name of the shard, or `*` for the whole inventory */
export function sha256Sums(shard: string, stamp: Stamp, targets: FileFacts, urls: FileFacts): string {
  const header: [string, string | number | undefined][] = [
    ["shard", shard],
    ["generation", stamp.generation],
    ["commit", stamp.commit],
    ["repository", stamp.repository],
    ["targets", targets.targets],
    ["urls", urls.targets],
  ];
  const words = header
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encodeValue(String(value))}`);
  return `# promgen-gen ${FORMAT} ${words.join(" ")}\n${targets.sha256}  targets.json\n${urls.sha256}  urls.json\n`;
}

/** Percent-encodes what would end a word or a line, and what is not ASCII; `*` alone, `:` and `/` are kept for people. */
function encodeValue(text: string): string {
  if (text === "*") return text;
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return encoded.replace(/%3A/g, ":").replace(/%2F/g, "/");
}
