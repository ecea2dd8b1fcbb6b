/** A plan's findings, for the reports that show those of the other rules. */
import type { Diagnostic, Where } from "../diagnostic.ts";
import { CONFIG_FILE } from "../model/config.ts";
import { showText } from "../model/show-text.ts";
import type { RuleIdOf } from "../rules/registry.ts";
import { wasOf } from "./plan.ts";
import type { Operation, Places, Plan, Trip } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

type Finding = Diagnostic<RuleIdOf<"plan">>;

/** What the gate refuses, as errors; what somebody accepted, as infos; and what is worth a warning. */
export function planFindings(plan: Plan, verdict: Verdict): Finding[] {
  const left = new LeftPlaces(plan);
  return [
    ...verdict.refused.map((trip) => ({ ...tripFinding(left, trip), help: howToAccept(trip.digest) })),
    ...repositoryFindings(plan, verdict),
    ...artifactsFindings(plan, verdict),
    ...verdict.accepted.map((trip): Finding => ({
      ...tripFinding(left, trip, ", which is accepted"),
      severity: "info",
    })),
    ...plan.jobsRemoved.map((name) => removedFinding(left, "job", name, plan.jobs.get(name)?.before ?? 0)),
    ...plan.servicesRemoved.map((name) => removedFinding(left, "service", name, plan.services.get(name)?.before ?? 0)),
    ...verdict.refusedProjects.map(({ project, shard }) => closedFinding(plan, project, shard)),
  ];
}

function repositoryFindings({ repository = {} }: Plan, verdict: Verdict): Finding[] {
  const { before, after, digest = "" } = repository;
  if (verdict.repository === undefined || before === undefined) return [];
  const isRefused = verdict.repository === "refused";
  const named = after === undefined ? "no repository any more" : `the repository ${showText(after)}`;
  return [
    {
      code: "plan/other-repository",
      severity: isRefused ? "error" : "info",
      message: `the artifacts name ${named}, and every host that has seen ${showText(before)} refuses them${isRefused ? "" : ", which is accepted"}`,
      where: { file: CONFIG_FILE, path: after === undefined ? [] : [0, "repository"] },
      help: isRefused ? `${hostsNeed(after)}; ${howToAccept(digest)}` : hostsNeed(after),
    },
  ];
}

function artifactsFindings({ artifacts }: Plan, verdict: Verdict): Finding[] {
  if (verdict.artifacts === undefined) return [];
  const isRefused = verdict.artifacts === "refused";
  return [
    {
      code: "plan/whole-files-removed",
      severity: isRefused ? "error" : "info",
      message: `targets.json and urls.json of the whole inventory are published no more, and every agent of all shards ends with 6${isRefused ? "" : ", which is accepted"}`,
      where: { file: CONFIG_FILE, path: [0, "artifacts"] },
      help: `put \`all\` back among \`artifacts\` in promgen.yml as long as a host asks for all shards${isRefused ? `; ${howToAccept(artifacts?.digest ?? "")}` : ""}`,
    },
  ];
}

/** What has to be done on each host. No option of the agent stands for a repository that is not named. */
function hostsNeed(after: string | undefined): string {
  return after === undefined
    ? "put `repository` back: a host ends with 5 and keeps its targets, and `promgen-agent` takes nothing without it any more (`promgen-agent.sh --bootstrap` does)"
    : "a host ends with 5 and keeps its targets until `promgen-agent sync --repository <the new one>` has run there once (`promgen-agent.sh --bootstrap` does for that script)";
}

function tripFinding(left: LeftPlaces, trip: Trip, end = ""): Finding {
  const { rule, scope } = trip;
  return {
    code: rule,
    severity: "error",
    message: `${tripMessage(trip)}${end}`,
    where: left.of(scope.kind, scope.name),
  };
}

function tripMessage({ rule, scope, limit, count, before, moved, allowed }: Trip): string {
  const what = `${scope.kind} "${scope.name}"`;
  if (limit === "zero") return nothingLeft(what, before);
  const of = `${count} of the ${targets(before)} of ${what}`;
  const deed =
    rule === "plan/mass-relabel" ? "changed or relabelled" : `removed${moved === undefined ? "" : MOVED_TOO}`;
  return `${of} ${count === 1 ? "is" : "are"} ${deed}, and the limit is ${allowed}${limit === "removed_count" ? "" : " %"}`;
}

/** The plan shows these as moves, and the gate counts them as removals. */
const MOVED_TOO = " or go to a shard that is new or has no servers";

function howToAccept(digest: string): string {
  return `where this is meant, accept it: \`--accept ${digest}\`, or \`Promgen-Accept: ${digest}\` as the last line of a commit message`;
}

function removedFinding(left: LeftPlaces, kind: "job" | "service", name: string, before: number): Finding {
  return {
    code: "plan/job-removed",
    severity: "warning",
    message: nothingLeft(`${kind} "${name}"`, before),
    where: left.of(kind, name),
    help: `look for alerts and dashboards that ask for this ${kind}: they see nothing, and say nothing, from then on`,
  };
}

function closedFinding({ operations, places, base }: Plan, project: string, shard: string): Finding {
  const first = operations.find(({ target }) => target.project === project && target.shard === shard);
  return {
    code: "plan/closed-shard",
    severity: "error",
    message: `project "${project}" is new in shard "${shard}", which takes no new projects`,
    where: (first && places.after(first)) ?? WHOLE_CONFIG,
    help: `name another shard, or take \`enabled: false\` from the shard's document${base.kind === "published" ? CLOSED_LATER : ""}`,
  };
}

/** What is published does not tell which of two changes since then came first. */
const CLOSED_LATER =
  "; where the project was merged before the shard was closed, check out the commit between the two and publish that first";

const WHOLE_CONFIG: Where = { file: CONFIG_FILE, path: [] };

/**
 * Where targets go from: the place that they have now or, of removed ones, the file that they were in, whose lines may be
 * others today. Of each shard, job and service the first that is known.
 */
class LeftPlaces {
  readonly #plan: Plan;
  #places: ReadonlyMap<string, Where> | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  of(kind: Trip["scope"]["kind"], name: string): Where {
    this.#places ??= this.#find();
    return this.#places.get(`${kind} ${name}`) ?? WHOLE_CONFIG;
  }

  #find(): ReadonlyMap<string, Where> {
    const found = new Map<string, Where>();
    for (const operation of this.#plan.operations) {
      const was = wasOf(operation);
      if (was === undefined) continue;
      const missing = (["shard", "job", "service"] as const)
        .map((kind) => `${kind} ${was[kind]}`)
        .filter((key) => !found.has(key));
      const place = missing.length === 0 ? undefined : placeOf(operation, this.#plan.places);
      if (place !== undefined) for (const key of missing) found.set(key, place);
    }
    return found;
  }
}

function placeOf(operation: Operation, places: Places): Where | undefined {
  const after = places.after(operation);
  if (after !== undefined) return after;
  const before = places.before(operation);
  return before && { file: before.file, path: [] };
}

function nothingLeft(what: string, before: number): string {
  return `nothing is left of ${what}, which had ${targets(before)}`;
}

function targets(count: number): string {
  return `${count} target${count === 1 ? "" : "s"}`;
}
