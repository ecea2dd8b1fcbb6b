/**
 * Which targets are the same. The identity of a target is (job, scheme, canonical host, port, path, params); every project
 * names its own targets, and the rules say which meetings of two are mistakes.
 *
 * A million targets are compared through 64-bit hashes in typed arrays (about 85 MB less than a map of strings); equal
 * hashes are settled by comparing the strings.
 */
import { canonicalHost } from "../model/address.ts";
import type { Exporter, HostList, Inventory, Project } from "../model/inventory.ts";
import { hostsOf } from "../model/inventory.ts";

/** One target as its project names it. */
export interface TargetRef {
  readonly project: Project;
  /** Index in the project's exporters. */
  readonly exporter: number;
  readonly hosts: HostList;
  /** Index in `hosts.names`. */
  readonly host: number;
}

/** Two or more targets of one identity, in the order of reading. */
export type SameTarget = readonly TargetRef[];

export interface Identities {
  readonly same: readonly SameTarget[];
}

interface Run {
  readonly project: Project;
  readonly exporter: number;
  readonly hosts: HostList;
  /** Number of the run's first target. */
  readonly first: number;
}

/** Finds all identities that occur more than once. Only enabled exporters count. */
export function collectIdentities(inventory: Inventory): Identities {
  const { runs, total } = listRuns(inventory);
  const table = new IdentityTable(total);
  const hashes = new Map<HostList, HostHashes>();
  for (const run of runs) {
    // A farm's list serves several projects; a project's own list serves its exporters one after the other.
    let hosts = hashes.get(run.hosts);
    if (hosts === undefined) {
      if (hashes.size > 64) hashes.clear();
      hashes.set(run.hosts, (hosts = hashHosts(run.hosts)));
    }
    const endpoint = hashText(endpointKey(run.project.exporters[run.exporter]));
    const other = hashText(`${endpoint}`);
    for (let host = 0; host < run.hosts.names.length; host++) {
      table.add(mix(hosts.first[host] ?? 0, endpoint), mix(hosts.second[host] ?? 0, other), run.first + host);
    }
  }
  return { same: settle(table.collisions, runs) };
}

/** What tells two exporters apart on one host; the job too, since two jobs scrape one endpoint for different ends. */
export function endpointKey(exporter: Exporter | undefined): string {
  if (exporter === undefined) return "";
  const path = exporter.path.path === "" ? "/metrics" : exporter.path.path;
  const params = Object.entries({ ...Object.fromEntries(exporter.path.query), ...exporter.params }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([exporter.job, exporter.scheme, exporter.port, path, params]);
}

function listRuns(inventory: Inventory): { runs: Run[]; total: number } {
  const runs: Run[] = [];
  let total = 0;
  for (const project of inventory.projects) {
    const hosts = hostsOf(inventory, project);
    if (hosts === undefined || hosts.names.length === 0) continue;
    for (const [index, exporter] of project.exporters.entries()) {
      if (!exporter.isEnabled || exporter.port === undefined) continue;
      runs.push({ project, exporter: index, hosts, first: total });
      total += hosts.names.length;
    }
  }
  return { runs, total };
}

interface HostHashes {
  readonly first: Int32Array;
  readonly second: Int32Array;
}

function hashHosts(hosts: HostList): HostHashes {
  const first = new Int32Array(hosts.names.length);
  const second = new Int32Array(hosts.names.length);
  for (const [index, name] of hosts.names.entries()) {
    let a = 0x811c9dc5 | 0;
    let b = 0x9e3779b9 | 0;
    let isPlain = name.charCodeAt(0) > 57 && name.charCodeAt(name.length - 1) !== 46;
    for (let at = 0; isPlain && at < name.length; at++) {
      const code = name.charCodeAt(at);
      // Lower-case ASCII without a colon is its own canonical form.
      isPlain = (code >= 97 && code <= 122) || (code >= 45 && code <= 57 && code !== 47);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b) + at;
    }
    if (!isPlain) {
      const canonical = canonicalHost(name);
      a = 0x811c9dc5 | 0;
      b = 0x9e3779b9 | 0;
      for (let at = 0; at < canonical.length; at++) {
        a = Math.imul(a ^ canonical.charCodeAt(at), 0x01000193);
        b = Math.imul(b ^ canonical.charCodeAt(at), 0x85ebca6b) + at;
      }
    }
    first[index] = a;
    second[index] = b;
  }
  return { first, second };
}

function hashText(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** MurmurHash3's finalizer over two halves: every bit of both reaches every bit of the result. */
function mix(a: number, b: number): number {
  let hash = a ^ Math.imul(b, 0xcc9e2d51);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Open addressing: slot → number of a target + 1, with its hash beside it. */
class IdentityTable {
  /** First number → all numbers of the same hash. */
  readonly collisions = new Map<number, number[]>();
  readonly #slots: Int32Array;
  readonly #hash: Int32Array;
  readonly #mask: number;

  constructor(total: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, total * 1.5)));
    this.#slots = new Int32Array(size);
    this.#hash = new Int32Array(size);
    this.#mask = size - 1;
  }

  add(first: number, second: number, target: number): void {
    let slot = first & this.#mask;
    for (;;) {
      const held = this.#slots[slot] ?? 0;
      if (held === 0) {
        this.#slots[slot] = target + 1;
        this.#hash[slot] = second;
        return;
      }
      if (this.#hash[slot] === second) {
        const same = this.collisions.get(held - 1);
        if (same === undefined) this.collisions.set(held - 1, [held - 1, target]);
        else same.push(target);
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
  }
}

/** Groups what has one hash by the identity itself. */
function settle(collisions: ReadonlyMap<number, readonly number[]>, runs: readonly Run[]): SameTarget[] {
  const same: SameTarget[] = [];
  for (const numbers of collisions.values()) {
    const byIdentity = new Map<string, TargetRef[]>();
    for (const number of numbers) {
      const target = decode(runs, number);
      const key = `${canonicalHost(target.hosts.names[target.host] ?? "")} ${endpointKey(target.project.exporters[target.exporter])}`;
      const known = byIdentity.get(key);
      if (known === undefined) byIdentity.set(key, [target]);
      else known.push(target);
    }
    for (const targets of byIdentity.values()) if (targets.length > 1) same.push(targets);
  }
  return same;
}

function decode(runs: readonly Run[], number: number): TargetRef {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs[middle]?.first ?? 0) <= number) low = middle;
    else high = middle - 1;
  }
  const run = runs[low];
  if (run === undefined) throw new Error("an identity without a run");
  return { project: run.project, exporter: run.exporter, hosts: run.hosts, host: number - run.first };
}
