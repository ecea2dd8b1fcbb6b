/** Which target of one file is which target of another: what it is scraped by, not which labels it has. */
import type { FileName } from "../config.ts";
import type { GroupLabels } from "./group-labels.ts";
import { canonicalAddress } from "./target-address.ts";

/** A hash that is not at its end: two numbers of 32 bits. */
export interface HashState {
  readonly first: number;
  readonly second: number;
}

/** What the hashes of all targets of a group begin with. */
export function hashOfGroup(name: FileName, labels: GroupLabels): HashState {
  const bytes = viewOf(name === "urls.json" ? probeKey(labels) : exporterKey(labels));
  const hash = hashOfBytes(bytes, 0, bytes.byteLength, 0x9e3779b9, 0x85ebca6b);
  return { first: hash | 0, second: Math.trunc(hash / 0x100000000) };
}

/** The identity of a target: 53 bits, to compare and not to identify. */
export function identityOf(name: FileName, { first, second }: HashState, target: string): number {
  const bytes = viewOf(name === "urls.json" ? target : canonicalAddress(target));
  return hashOfBytes(bytes, 0, bytes.byteLength, first, second);
}

function viewOf(text: string): DataView {
  const bytes = Buffer.from(text);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Hashes bytes: 53 bits. It goes by words, since a run is too short to be fast with single bytes. */
export function hashOfBytes(bytes: DataView, start: number, end: number, first: number, second: number): number {
  // The length, too: the last word is filled up.
  let one = first ^ (end - start);
  let two = second;
  for (let at = start; at < end; at += 4) {
    const word = at + 4 <= end ? bytes.getInt32(at) : lastWord(bytes, at, end);
    one = Math.imul(one ^ word, 0x85ebca77);
    one = (one << 13) | (one >>> 19);
    two = Math.imul(two ^ word, 0x9e3779b1);
    two = (two << 17) | (two >>> 15);
  }
  return finish(one, two);
}

function lastWord(bytes: DataView, start: number, end: number): number {
  let word = 0;
  for (let at = start; at < end; at++) word = (word << 8) | bytes.getUint8(at);
  return word;
}

/** Each bit of the result depends on each of both numbers (the finalizer of MurmurHash3, crosswise). */
function finish(first: number, second: number): number {
  const high = Math.imul(first ^ (first >>> 16), 0x85ebca6b) ^ Math.imul(second ^ (second >>> 13), 0xc2b2ae35);
  const low = Math.imul(second ^ (second >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return ((low ^ (low >>> 16)) & 0x1fffff) * 0x100000000 + ((high ^ (high >>> 16)) >>> 0);
}

function exporterKey(labels: GroupLabels): string {
  const params = [...labels].filter(([name]) => name.startsWith("__param_")).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    labels.get("job") ?? "",
    labels.get("__scheme__") ?? "http",
    labels.get("__metrics_path__") ?? "/metrics",
    ...params,
  ]);
}

function probeKey(labels: GroupLabels): string {
  return JSON.stringify([labels.get("__param_module") ?? ""]);
}
