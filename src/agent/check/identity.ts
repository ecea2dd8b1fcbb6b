/** Which target of one file is which target of another: what it is scraped by, not which labels it has. */
import type { FileName } from "../config.ts";
import type { GroupLabels } from "./group-labels.ts";
import { canonicalAddress } from "./target-address.ts";

/** A hash that is not at its end: two numbers of 32 bits. */
export interface HashState {
  first: number;
  second: number;
}

/** What the hashes of all targets of a group begin with. */
export function hashOfGroup(name: FileName, labels: GroupLabels): HashState {
  const state = { first: 0x9e3779b9, second: 0x85ebca6b };
  mix(state, name === "urls.json" ? probeKey(labels) : exporterKey(labels));
  return state;
}

/** The identity of a target: 53 bits, to compare and not to identify. */
export function identityOf(name: FileName, { first, second }: HashState, target: string): number {
  const state = { first, second };
  mix(state, name === "urls.json" ? target : canonicalAddress(target));
  return finish(state.first, state.second);
}

function mix(state: HashState, text: string): void {
  let { first, second } = state;
  for (let at = 0; at < text.length; at++) {
    first = mixFirst(first, text.charCodeAt(at));
    second = mixSecond(second, text.charCodeAt(at));
  }
  state.first = first;
  state.second = second;
}

/** A character more. */
export function mixFirst(first: number, code: number): number {
  const mixed = Math.imul(first ^ code, 0x85ebca77);
  return (mixed << 13) | (mixed >>> 19);
}

/** A character more. */
export function mixSecond(second: number, code: number): number {
  const mixed = Math.imul(second ^ code, 0x9e3779b1);
  return (mixed << 17) | (mixed >>> 15);
}

/** Each bit of the result depends on each of both numbers (the finalizer of MurmurHash3, crosswise). */
export function finish(first: number, second: number): number {
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
