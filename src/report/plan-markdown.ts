/**
 * A plan as the comment of a pull request or the summary of a job: never longer than a forge takes, and everything that comes
 * from an inventory inert.
 */
import { inertMarkdown } from "./markdown.ts";
import { touchedShards } from "./plan-document.ts";
import type { PlanDocument } from "./plan-document.ts";
import type { OperationName } from "./plan-groups.ts";
import { OPERATION_WORDS, planSections } from "./plan-markdown-sections.ts";
import {
  adjustedWords,
  artifactsWords,
  digestsHeld,
  headline,
  INCOMPLETE_BASE,
  otherShards,
  repositoryWords,
  shardNotes,
  shortCommit,
  SHOWN_SERVERS,
} from "./plan-words.ts";
import { grouped, quantity } from "./summary.ts";

export interface PlanMarkdownOptions {
  /** Where all of the plan is, for a link; only http and https. */
  readonly url?: string | undefined;
}

/** UTF-16 units. GitHub takes comments of 65,536 characters, and whoever posts this may have something to add. */
export const MARKDOWN_LIMIT = 60_000;

/** So few that all of them fit, whatever is in them. */
const SHOWN_SHARDS = 40;
const SHOWN_TRIPS = 20;
const SHOWN_DIGESTS = 5;
const SHOWN_NAMES = 5;
/** A longer address is none that somebody would follow. */
const LONGEST_URL = 2000;
/** For the line that says what is not shown. */
const RESERVE = 300;

/** Headline, verdict, a table of the shards, the targets folded up by operation, and where the rest is. */
export function planMarkdown(plan: PlanDocument, options: PlanMarkdownOptions = {}): string {
  const top = [`### promgen-gen: ${headline(plan)}`, ...verdictParts(plan), ...noteParts(plan), ...shardParts(plan)];
  const end = endWords(plan, options);
  const used = [...top, end].reduce((sum, { length }) => sum + length + GAP.length, RESERVE);
  const { sections, hidden } = planSections(plan, MARKDOWN_LIMIT - used, GAP.length);
  return `${[...top, ...sections, ...hiddenParts(hidden), end].join(GAP)}\n`;
}

const GAP = "\n\n";

function verdictParts(plan: PlanDocument): string[] {
  const { isRefused, trips, refusedProjects, hasChanges } = plan;
  const names = namesOf(trips.filter(({ isAccepted }) => isAccepted));
  if (plan.repository?.isAccepted === true) names.push("the repository");
  if (plan.artifacts?.isAccepted === true) names.push("the files of the whole inventory");
  const accepted = names.length === 0 ? [] : [`Somebody accepted what becomes of ${firstOf(names)}.`];
  if (!isRefused) return hasChanges ? ["✅ Passes the safety gate.", ...accepted] : [];
  const refused = trips.filter(({ isAccepted }) => !isAccepted);
  const closed = refusedProjects.map(
    ({ project, shard }) => `project ${inertMarkdown(project)} in shard ${inertMarkdown(shard)}`,
  );
  return [
    "⛔ **Held back by the safety gate.**",
    ...tripTable(refused),
    ...(plan.repository?.isAccepted === false ? [hostsNeed(plan.repository)] : []),
    ...(plan.artifacts?.isAccepted === false ? ["Agents with `--all-shards` end with 6 from then on."] : []),
    ...howToAccept(plan, refused),
    ...(closed.length === 0 ? [] : [`New where nothing new may come (\`enabled: false\`): ${firstOf(closed)}.`]),
    ...accepted,
  ];
}

function hostsNeed({ after }: NonNullable<PlanDocument["repository"]>): string {
  const refused = "Hosts that have seen another repository refuse this one, and keep their targets";
  return after === undefined
    ? `${refused}: \`promgen-agent\` takes nothing without a repository any more.`
    : `${refused}, until each is told: \`promgen-agent sync --repository <url>\`, once.`;
}

type Trips = PlanDocument["trips"];

/** What trips are about, each once. */
function namesOf(trips: Trips): string[] {
  return [...new Set(trips.map(({ scope }) => `${scope.kind} ${inertMarkdown(scope.name)}`))];
}

function tripTable(trips: Trips): string[] {
  const rows = trips.slice(0, SHOWN_TRIPS).map(({ rule, scope, limit, count, before, moved, allowed }) => {
    const removed = `removed${moved === undefined ? "" : " or moved to a shard that is new or has no servers"}`;
    const deed = rule === "plan/mass-removal" ? removed : "changed or relabelled";
    const of =
      limit === "zero" ? `nothing left of ${grouped(before)}` : `${grouped(count)} of ${grouped(before)} ${deed}`;
    return `| ${scope.kind} ${inertMarkdown(scope.name)} | ${of} | ${LIMIT_WORDS[limit](grouped(allowed))} |`;
  });
  const table = rows.length === 0 ? [] : [["| of | targets | limit |", "| :-- | :-- | :-- |", ...rows].join("\n")];
  return [...table, ...restPart(trips.length - rows.length, "limit")];
}

const LIMIT_WORDS: Readonly<Record<Trips[number]["limit"], (allowed: string) => string>> = {
  zero: () => "something has to stay",
  removed_percent: (allowed) => `${allowed} %`,
  removed_count: (allowed) => allowed,
  relabelled_percent: (allowed) => `${allowed} %`,
};

function howToAccept(plan: PlanDocument, refused: Trips): string[] {
  const { digest, repository, artifacts } = plan;
  const digests = digestsHeld(plan);
  if (digest === undefined || digests.length === 0) return [];
  const trailer = (text: string): string => inertMarkdown(`Promgen-Accept: ${text}`);
  const meant = digests.length === 1 && refused.length < 2 ? "this" : "all of this";
  const words = `Where ${meant} is meant, say so in the last line of a commit message: ${trailer(digest)}`;
  if (digests.length < 2) return [words];
  const parts = digests.slice(0, SHOWN_DIGESTS).map((one) => {
    const names = namesOf(refused.filter((trip) => trip.digest === one));
    if (repository?.digest === one) names.push("the repository");
    if (artifacts?.digest === one) names.push("the files of the whole inventory");
    return `- ${firstOf(names)}: ${trailer(one)}`;
  });
  const rest = digests.length - parts.length;
  return [words, "For a part of it:", [...parts, ...(rest > 0 ? [`- … and ${grouped(rest)} more`] : [])].join("\n")];
}

function noteParts(plan: PlanDocument): string[] {
  const gone = [
    ...plan.jobsRemoved.map((name) => `job ${inertMarkdown(name)}`),
    ...plan.servicesRemoved.map((name) => `service ${inertMarkdown(name)}`),
  ];
  const adjusted = adjustedWords(plan);
  const repository = repositoryWords(plan, inertMarkdown);
  const artifacts = artifactsWords(plan);
  return [
    ...(repository === undefined ? [] : [`⚠️ ${repository}`]),
    ...(artifacts === undefined ? [] : [`⚠️ ${artifacts}.`]),
    ...(gone.length === 0 ? [] : [`⚠️ Nothing is left of ${firstOf(gone)}.`]),
    ...(plan.base.isComplete ? [] : [`⚠️ ${INCOMPLETE_BASE}.`]),
    // Two underlines may begin bold text.
    ...(adjusted === undefined ? [] : [`${adjusted.replace("__", "`__`")}.`]),
  ];
}

function shardParts(plan: PlanDocument): string[] {
  const touched = touchedShards(plan);
  if (touched.length === 0) return [];
  const cell = (count: number): string => (count === 0 ? "" : grouped(count));
  const rows = touched.slice(0, SHOWN_SHARDS).map((shard) => {
    const { before, added, removed, movedIn, movedOut, changed, relabelled, after } = shard;
    const name = [inertMarkdown(shard.name), ...shardNotes(shard, inertMarkdown, SHOWN_SERVERS)].join(", ");
    const counts = [added, removed, movedIn, movedOut, changed + relabelled].map(cell);
    return `| ${[name, grouped(before), ...counts, grouped(after)].join(" | ")} |`;
  });
  const head =
    "| shard | before | + | − | ⇄ in | ⇄ out | ~ | after |\n| :-- | --: | --: | --: | --: | --: | --: | --: |";
  const others = otherShards(plan.shards.length - touched.length);
  return [
    [head, ...rows].join("\n"),
    ...restPart(touched.length - rows.length, "changed shard"),
    ...(others === undefined ? [] : [`${others}.`]),
  ];
}

function hiddenParts(hidden: ReadonlyMap<OperationName, number>): string[] {
  if (hidden.size === 0) return [];
  return [`Not shown: ${[...hidden].map(([op, count]) => `${grouped(count)} ${OPERATION_WORDS[op]}`).join(", ")}.`];
}

function endWords({ base, head }: PlanDocument, { url }: PlanMarkdownOptions): string {
  const commit = head.commit === undefined ? "" : ` This is ${inertMarkdown(shortCommit(head.commit))}.`;
  const command = "`promgen-gen plan --verbose`";
  const link = url === undefined ? undefined : linkTarget(url);
  const all = link === undefined ? `All of it: ${command}` : `[All of it](<${link}>), or ${command}`;
  return `Compared with ${baseWords(base)}.${commit} ${all}`;
}

function baseWords({ kind, name, commit, generation }: PlanDocument["base"]): string {
  const names = [name, commit === undefined ? undefined : shortCommit(commit)];
  const [called, id] = names.map((text) => (text === undefined ? [] : [inertMarkdown(text)]));
  if (kind !== "published") return [...(called ?? []), ...(id ?? [])].join(" at ");
  const facts = [
    ...(generation === undefined ? [] : [`generation ${generation}`]),
    ...(id ?? []).map((one) => `commit ${one}`),
  ];
  return [`what is published`, ...(called ?? []), `(${facts.join(", ")})`].join(" ");
}

/** As it may stand between `<` and `>`; `undefined` for what is no address on the web. */
function linkTarget(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  const target = href.replace(/[<>\\\s]/g, encodeURIComponent);
  return /^https?:$/.test(protocol) && target.length <= LONGEST_URL ? target : undefined;
}

function firstOf(names: readonly string[]): string {
  const rest = names.length - SHOWN_NAMES;
  return names.slice(0, SHOWN_NAMES).join(", ") + (rest > 0 ? ` and ${grouped(rest)} more` : "");
}

function restPart(count: number, noun: string): string[] {
  return count > 0 ? [`… and ${quantity(count, `more ${noun}`)}`] : [];
}
