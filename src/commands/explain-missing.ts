/**
 * What to say about something that is not there: what was looked at, what is near, and what could hide it.
 */
import type { Where } from "../diagnostic.ts";
import { editDistance } from "../model/nearest.ts";
import type { Inventory } from "../model/inventory.ts";
import { hostOrigin } from "../model/host-list.ts";
import { below, probeTargetOrigin } from "../model/inventory.ts";
import { showText } from "../model/show-text.ts";
import { hostLists, hostOfTarget } from "./explain-find.ts";
import type { Query } from "./explain-find.ts";
import { nearRules } from "./explain-rule.ts";
import { count } from "./explain-words.ts";

/** A name or host that somebody may have meant. */
export interface Near {
  readonly text: string;
  readonly what: "host" | "target" | "project" | "service" | "farm" | "shard" | "rule";
  readonly where: Where | undefined;
}

const MAX_NEAR = 3;
/** Above every edit distance that counts as near. */
const BEGINS = 4;
const NOT_NEAR = 5;

/** The nearest names, hosts and rules, best first. */
export function findNear(inventory: Inventory, query: Query): Near[] {
  const best: { near: () => Near; score: number }[] = [];
  const wanted = query.text.toLowerCase();
  // A port or a URL around a host is not what was mistyped.
  const host = query.range?.first ?? query.host;
  const offer = (word: string, text: string, near: () => Near): void => {
    const limit = best.length < MAX_NEAR ? NOT_NEAR : (best.at(-1)?.score ?? NOT_NEAR);
    const score = scoreOf(word, text.toLowerCase(), limit);
    if (score >= limit) return;
    best.push({ near, score });
    best.sort((a, b) => a.score - b.score).splice(MAX_NEAR);
  };
  const named = (
    what: Near["what"],
    things: readonly { readonly name: string; readonly origin: Where }[],
    key?: string,
  ): void => {
    for (const { name, origin } of things)
      offer(wanted, name, () => ({ text: name, what, where: below(origin, key ?? what) }));
  };
  named("project", inventory.projects, "name");
  named(
    "service",
    inventory.services.map(({ name, parts }) => ({ name, origin: parts[0]?.origin ?? { file: "", path: [] } })),
  );
  named("farm", inventory.farms);
  named("shard", inventory.shards);
  const seen = new Set<string>();
  for (const { list } of hostLists(inventory)) {
    const { names } = list;
    for (let index = 0; index < names.length; index++) {
      const text = names[index] ?? "";
      offer(host, text, () => ({ text, what: "host", where: hostOrigin(list, index) }));
    }
  }
  for (const project of inventory.projects)
    for (const [index, { targets }] of project.probes.entries())
      for (const [at, text] of targets.entries()) {
        // Who asks for a host may mean any target there.
        const [word, known] = query.url === undefined ? [host, hostOfTarget(text)] : [wanted, text];
        offer(word, known, () => ({ text, what: "target", where: probeTargetOrigin(project, index, at) }));
      }
  const found = best.map(({ near }) => near()).filter(({ text, what }) => seen.size < seen.add(`${what} ${text}`).size);
  if (found.length > 0 || /[.:]/.test(wanted)) return found;
  return nearRules(wanted)
    .slice(0, MAX_NEAR)
    .map((id) => ({ text: id, what: "rule", where: undefined }));
}

/** Of what a file has of a kind, so much is named. */
const MAX_NAMES = 5;

/** What a file has that can be asked for, such as "service `web`"; `undefined` for what is no file of the inventory. */
export function namesIn(inventory: Inventory, files: readonly string[], text: string): string[] | undefined {
  // As findings name a place: with line and column.
  const file = text.replace(/^\.\//, "").replace(/(?::\d+){1,2}$/, "");
  if (!files.includes(file)) return undefined;
  const isHere = ({ origin }: { readonly origin: Where }): boolean => origin.file === file;
  const said = (what: string, things: readonly { readonly name: string }[]): string[] => {
    const names = things.slice(0, MAX_NAMES).map(({ name }) => showText(name));
    const more = things.length > names.length ? ["…"] : [];
    return names.length === 0 ? [] : [`${what}${things.length === 1 ? "" : "s"} ${[...names, ...more].join(", ")}`];
  };
  return [
    ...said("shard", inventory.shards.filter(isHere)),
    ...said("farm", inventory.farms.filter(isHere)),
    ...said(
      "service",
      inventory.services.filter(({ parts }) => parts.some(isHere)),
    ),
    ...said("project", inventory.projects.filter(isHere)),
  ];
}

/** "looked at 1,234 hosts, 45 projects, …". */
export function searched(inventory: Inventory, files: number): string {
  let hosts = 0;
  let targets = 0;
  for (const { list } of hostLists(inventory)) hosts += list.count;
  for (const { probes } of inventory.projects) for (const probe of probes) targets += probe.targets.length;
  const counts = [
    count(hosts, "host"),
    count(targets, "target") + " of probes",
    count(inventory.projects.length, "project"),
    count(inventory.services.length, "service"),
    count(inventory.farms.length, "farm"),
    count(inventory.shards.length, "shard"),
  ];
  return `${counts.join(", ")} in ${count(files, "file")}`;
}

/** Ranges that could not be expanded and may have meant the host. */
export function brokenRanges(inventory: Inventory, query: Query): { text: string; where: Where }[] {
  const found: { text: string; where: Where }[] = [];
  for (const { list } of hostLists(inventory)) {
    for (const { item, text, reason } of list.problems) {
      const start = text.slice(0, text.search(/[[\]]/)).toLowerCase();
      if (!query.host.startsWith(start)) continue;
      found.push({ text: `the range ${showText(text)} gives no hosts: ${reason}`, where: below(list.origin, item) });
    }
  }
  return found.slice(0, MAX_NEAR);
}

/** Jobs and modules are no targets, but people ask for them. */
export function projectsWithJob(inventory: Inventory, job: string): string[] {
  return inventory.projects
    .filter(
      (project) => project.exporters.some((one) => one.job === job) || project.probes.some((one) => one.module === job),
    )
    .map((project) => project.name);
}

/** Smaller is nearer; `NOT_NEAR` or more is not near at all. */
function scoreOf(word: string, text: string, limit: number): number {
  // A short name for a long one, or the other way round.
  if (text.startsWith(`${word}.`) || word.startsWith(`${text}.`)) return 0.5;
  const most = Math.min(word.length <= 3 ? 1 : word.length <= 6 ? 2 : 3, Math.ceil(limit) - 1);
  if (Math.abs(word.length - text.length) <= most) {
    const distance = trimmedDistance(word, text, most);
    if (distance <= most) return distance;
  }
  return word.length >= 3 && text.startsWith(word) ? BEGINS : NOT_NEAR;
}

/** The edit distance, without the parts in which both agree: hosts of one domain have most of their letters in common. */
function trimmedDistance(a: string, b: string, most: number): number {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return editDistance(a.slice(start, a.length - end), b.slice(start, b.length - end), most);
}
