/** Which target of one file is which target of another: what it is scraped by, not which labels it has. */
import type { FileName } from "../config.ts";
import type { GroupLabels } from "./group-labels.ts";
import { canonicalAddress } from "./target-address.ts";

/** Hashes the targets of a group: 53 bits, to compare and not to identify. */
export class IdentityHash {
  readonly #name: FileName;
  /** Of what the targets of the group share. */
  #first = 0;
  #second = 0;

  constructor(name: FileName) {
    this.#name = name;
  }

  /** The targets that follow are of a group with these labels. */
  startGroup(labels: GroupLabels): void {
    this.#first = 0x9e3779b9;
    this.#second = 0x85ebca6b;
    this.#mix(this.#name === "urls.json" ? probeKey(labels) : exporterKey(labels));
  }

  of(target: string): number {
    const first = this.#first;
    const second = this.#second;
    this.#mix(this.#name === "urls.json" ? target : canonicalAddress(target));
    const hash = finish(this.#first, this.#second);
    this.#first = first;
    this.#second = second;
    return hash;
  }

  #mix(text: string): void {
    let first = this.#first;
    let second = this.#second;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      first = Math.imul(first ^ code, 0x85ebca77);
      first = (first << 13) | (first >>> 19);
      second = Math.imul(second ^ code, 0x9e3779b1);
      second = (second << 17) | (second >>> 15);
    }
    this.#first = first;
    this.#second = second;
  }
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
