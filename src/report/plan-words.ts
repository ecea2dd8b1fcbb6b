/**
 * The words that text and Markdown share.
 */
import type { Counts } from "../plan/plan.ts";
import type { PlanDocument } from "./plan-document.ts";
import type { OperationName, PlanGroup } from "./plan-groups.ts";
import { grouped, quantity } from "./summary.ts";

export const SIGNS: Readonly<Record<OperationName, string>> = {
  add: "+",
  remove: "−",
  move: "⇄",
  change: "~",
  relabel: "~",
};

/** As `+12 −3 ⇄2 ~5 · 18,302 → 18,311 targets`. */
export function headline({ hasChanges, totals, shards }: PlanDocument): string {
  const scale =
    totals.before === totals.after ? grouped(totals.before) : `${grouped(totals.before)} → ${grouped(totals.after)}`;
  const targets = `${scale} target${totals.after === 1 ? "" : "s"} in ${quantity(shards.filter(({ isGone }) => !isGone).length, "shard")}`;
  const signs = signCounts(totals);
  if (signs !== "") return `${signs} · ${targets}`;
  return `${hasChanges ? "no target comes, goes or gets other series" : "no changes"} · ${targets}`;
}

/** As `+12 −3 ⇄2 ~5`, without what is zero. */
function signCounts({ added, removed, movedIn, changed, relabelled }: Counts): string {
  const counts = [
    ["+", added],
    ["−", removed],
    ["⇄", movedIn],
    ["~", changed + relabelled],
  ] as const;
  return counts
    .filter(([, count]) => count > 0)
    .map(([sign, count]) => `${sign}${grouped(count)}`)
    .join(" ");
}

/** Of targets that are scraped otherwise without new series; nothing where there are none. */
export function adjustedWords({ totals: { adjusted } }: PlanDocument): string | undefined {
  if (adjusted === 0) return undefined;
  return `${quantity(adjusted, "target")} keep${adjusted === 1 ? "s" : ""} ${adjusted === 1 ? "its" : "their"} series and ${adjusted === 1 ? "is" : "are"} only scraped otherwise (interval, timeout and other labels with __)`;
}

/**
 * What the artifacts name as their repository, where that changes.
 *
 * @param show a name as it may stand there
 */
export function repositoryWords({ repository }: PlanDocument, show: (name: string) => string): string | undefined {
  if (repository === undefined) return undefined;
  const { before, after } = repository;
  if (before === undefined) return `the artifacts name a repository from now on: ${show(after ?? "")}`;
  return after === undefined
    ? `the artifacts name no repository any more, and were of ${show(before)}`
    : `the artifacts name another repository: ${show(before)} → ${show(after)}`;
}

/** Which files there are besides those of shards, where that changes. */
export function artifactsWords({ artifacts }: PlanDocument): string | undefined {
  if (artifacts === undefined) return undefined;
  const [removed, added] = [artifacts.removed, artifacts.added].map((kinds) => kinds.map((kind) => FILES_OF[kind]));
  const parts = [
    ...(removed === undefined || removed.length === 0 ? [] : [`published no more: ${removed.join(", ")}`]),
    ...(added === undefined || added.length === 0 ? [] : [`published from now on: ${added.join(", ")}`]),
  ];
  return parts.join("; ");
}

const FILES_OF: Readonly<Record<NonNullable<PlanDocument["artifacts"]>["added"][number], string>> = {
  all: "targets.json and urls.json of the whole inventory",
  services: "targets.json of each service",
  projects: "targets.json of each project",
};

/** The digests of what is held back and can be accepted, each once. */
export function digestsHeld({ trips, repository, artifacts }: PlanDocument): string[] {
  const held = [
    ...trips,
    ...(repository === undefined ? [] : [repository]),
    ...(artifacts === undefined ? [] : [artifacts]),
  ];
  return [...new Set(held.flatMap(({ digest, isAccepted }) => (digest === undefined || isAccepted ? [] : [digest])))];
}

/** Twelve digits of a commit, and whether there were changes on top of it. */
export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]*/, "$1");
}

/** What is said once of a base that could not be read as a whole. */
export const INCOMPLETE_BASE =
  "the base has mistakes of its own: what seems to be added may have been there, and what it had may be missing here";

/** Of the servers of a shard that pull it from now on, or no more, so many are named. */
export const SHOWN_SERVERS = 3;

/**
 * What is special about a shard: new, gone, nobody pulls it, others pull it, its scrape-config.yml is another one.
 *
 * @param show a name as it may stand there
 * @param most so many servers are named
 */
export function shardNotes(
  shard: PlanDocument["shards"][number],
  show: (name: string) => string,
  most: number,
): string[] {
  const { isNew, isGone, hasServers, serversAdded = [], serversRemoved = [], hasOtherConfig } = shard;
  const servers = [
    ...serversRemoved.map((name) => `${SIGNS.remove}${show(name)}`),
    ...serversAdded.map((name) => `${SIGNS.add}${show(name)}`),
  ];
  const more = servers.length - most;
  const named = `servers ${servers.slice(0, most).join(" ")}${more > 0 ? ` and ${grouped(more)} more` : ""}`;
  const notes = [isNew ? "new" : "", isGone ? "gone" : "", hasServers || isGone ? "" : "no servers"];
  const config = hasOtherConfig === true ? "another scrape-config.yml" : "";
  return [...notes, servers.length === 0 ? "" : named, config].filter((note) => note !== "");
}

/** Of shards that are not shown, since they are what they were; nothing where there are none. */
export function otherShards(count: number): string | undefined {
  return count === 0
    ? undefined
    : `${quantity(count, "other shard")} ${count === 1 ? "stays as it is" : "stay as they are"}`;
}

/** A name or label that is not what it was; without `before` it is new, without `after` gone. */
export interface Difference {
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
}

/** What a group is that it was not. Its service and project are among the labels. */
export function differencesOf(group: PlanGroup): Difference[] {
  const { was = {} } = group;
  const texts = (["scheme", "path"] as const).flatMap((what) => {
    const before = was[what];
    return before === undefined ? [] : [{ what, before, after: group[what] }];
  });
  return [
    ...(was.shard === undefined ? [] : [{ what: "shard", before: was.shard, after: group.shard }]),
    ...texts,
    ...mapDifferences(was.params, group.params).map((one) => ({ ...one, what: `param ${one.what}` })),
    ...mapDifferences(was.labels, group.labels),
  ];
}

function mapDifferences(before: PlanGroup["labels"] | undefined, after: PlanGroup["labels"]): Difference[] {
  if (before === undefined) return [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((what) => {
    const [old, now] = [own(before, what), own(after, what)];
    return old === now
      ? []
      : [{ what, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
  });
}

/** Labels may have the names of what every object has. */
function own(map: PlanGroup["labels"], name: string): string | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
