/**
 * A plan as it is shown: what plan.json holds, and what text and Markdown are made of. Whoever has the JSON alone can show the
 * rest. schema/plan.schema.json says the same; a change that breaks readers needs a new version.
 */
import type { Diagnostic, Severity, Where } from "../diagnostic.ts";
import type {
  ArtifactsChange,
  ConfigChange,
  Counts,
  Plan,
  RepositoryChange,
  ServerChanges,
  ShardCounts,
  ShardFate,
  Trip,
} from "../plan/plan.ts";
import type { Verdict } from "../plan/verdict.ts";
import { groupOperations } from "./plan-groups.ts";
import type { PlanGroup } from "./plan-groups.ts";

export interface PlanDocument {
  readonly version: 1;
  readonly base: Plan["base"] & {
    /** What it was asked for by, as `origin/main`. */
    readonly name?: string;
  };
  readonly head: Plan["head"];
  /** False where no target, shard, server, repository or other file changes. */
  readonly hasChanges: boolean;
  readonly isRefused: boolean;
  /** Accepting it releases all that the gate holds back; what was accepted already is part of it. */
  readonly digest?: string;
  readonly totals: Counts;
  /** What the artifacts name, where that changes. `isAccepted` is there with the digest. */
  readonly repository?: RepositoryChange & { readonly isAccepted?: boolean };
  /** Files besides those of shards, where that changes. `isAccepted` is there with the digest. */
  readonly artifacts?: ArtifactsChange & { readonly isAccepted?: boolean };
  /** All; of the other lists only what changes. */
  readonly shards: readonly (Named & Counts & ShardFate & ServerChanges & ConfigChange)[];
  readonly projects: readonly (Named & Counts)[];
  readonly jobs: readonly (Named & Counts)[];
  readonly services: readonly (Named & Counts)[];
  readonly trips: readonly (Trip & { readonly isAccepted: boolean })[];
  readonly refusedProjects: Plan["refusedProjects"];
  readonly jobsRemoved: readonly string[];
  readonly servicesRemoved: readonly string[];
  readonly findings: readonly PlanFinding[];
  readonly groups: readonly PlanGroup[];
}

interface Named {
  readonly name: string;
}

export interface PlanFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly help?: string;
  readonly file: string;
  /** From 1; not there for a file as a whole. */
  readonly line?: number;
}

export interface PlanSources {
  /** Judged, of the rules plan/*. */
  readonly findings: readonly Diagnostic[];
  /** See PlanDocument. */
  readonly baseName?: string | undefined;
  /** Lines, from 1, in the files of the base and in those of the head. */
  readonly lineBefore: LineOf;
  readonly lineAfter: LineOf;
  /** A label, a parameter or an address as it may be shown: secrets stand in old revisions for ever. */
  readonly show: (name: string, text: string) => string;
}

export type LineOf = (where: Where) => number | undefined;

/** Lines are looked up when they are asked for: of a large plan, most are not shown. */
export function describePlan(plan: Plan, verdict: Verdict, sources: PlanSources): PlanDocument {
  return {
    version: 1,
    base: { ...plan.base, ...(sources.baseName === undefined ? {} : { name: sources.baseName }) },
    head: plan.head,
    hasChanges: hasChanges(plan),
    isRefused: verdict.isRefused,
    ...(plan.digest === undefined ? {} : { digest: plan.digest }),
    totals: plan.totals,
    ...(plan.repository === undefined
      ? {}
      : { repository: describeRepository(plan.repository, verdict, sources.show) }),
    ...(plan.artifacts === undefined ? {} : { artifacts: describeArtifacts(plan.artifacts, verdict) }),
    shards: Array.from(plan.shards, ([name, shard]) => ({ name, ...shard, ...describeServers(shard, sources.show) })),
    projects: changed(plan.projects),
    jobs: changed(plan.jobs),
    services: changed(plan.services),
    trips: plan.trips.map((trip) => ({ ...trip, isAccepted: verdict.accepted.includes(trip) })),
    refusedProjects: verdict.refusedProjects,
    jobsRemoved: plan.jobsRemoved,
    servicesRemoved: plan.servicesRemoved,
    findings: sources.findings.map((finding) => describeFinding(finding, sources.lineAfter)),
    groups: groupOperations(plan, sources),
  };
}

function describeArtifacts(change: ArtifactsChange, verdict: Verdict): NonNullable<PlanDocument["artifacts"]> {
  return { ...change, ...(change.digest === undefined ? {} : { isAccepted: verdict.artifacts === "accepted" }) };
}

function hasChanges({ operations, totals, shards, repository, artifacts }: Plan): boolean {
  return (
    operations.length > 0 ||
    repository !== undefined ||
    artifacts !== undefined ||
    totals.adjusted > 0 ||
    [...shards.values()].some((shard) => shard.isNew || shard.isGone || isServedOtherwise(shard))
  );
}

function isServedOtherwise({ serversAdded, serversRemoved, hasOtherConfig }: ServerChanges & ConfigChange): boolean {
  return serversAdded !== undefined || serversRemoved !== undefined || hasOtherConfig === true;
}

/** That of a base may be anything, as its servers may: it may have mistakes. */
function describeRepository(
  { before, after, digest }: RepositoryChange,
  verdict: Verdict,
  show: PlanSources["show"],
): NonNullable<PlanDocument["repository"]> {
  return {
    ...(before === undefined ? {} : { before: show("", before) }),
    ...(after === undefined ? {} : { after: show("", after) }),
    ...(digest === undefined ? {} : { digest, isAccepted: verdict.repository === "accepted" }),
  };
}

function describeServers({ serversAdded, serversRemoved }: ShardCounts, show: PlanSources["show"]): ServerChanges {
  const shown = (servers: readonly string[]): string[] => servers.map((server) => show("", server));
  return {
    ...(serversAdded === undefined ? {} : { serversAdded: shown(serversAdded) }),
    ...(serversRemoved === undefined ? {} : { serversRemoved: shown(serversRemoved) }),
  };
}

function changed(all: ReadonlyMap<string, Counts>): (Named & Counts)[] {
  return Array.from(all, ([name, counts]) => ({ name, ...counts })).filter(isTouched);
}

/** The shards that are not what they were. */
export function touchedShards({ shards }: PlanDocument): PlanDocument["shards"] {
  return shards.filter((shard) => isTouched(shard) || shard.isNew || shard.isGone || isServedOtherwise(shard));
}

/** True where something is different afterwards. */
function isTouched(counts: Counts): boolean {
  const { added, removed, movedIn, movedOut, changed: asked, relabelled, adjusted } = counts;
  return [added, removed, movedIn, movedOut, asked, relabelled, adjusted].some((count) => count > 0);
}

function describeFinding({ code, severity, message, help, where }: Diagnostic, lineAfter: LineOf): PlanFinding {
  const line = where.path.length === 0 ? undefined : lineAfter(where);
  return {
    rule: code,
    severity,
    message,
    ...(help === undefined ? {} : { help }),
    file: where.file,
    ...(line === undefined ? {} : { line }),
  };
}
