/** What the gate says of a plan, once somebody has accepted some of it. */
import { Covers } from "./cover.ts";
import type { Sha256 } from "./digest.ts";
import type { Plan, Trip } from "./plan.ts";

export interface Verdict {
  readonly isRefused: boolean;
  /** Trips that nobody accepted. */
  readonly refused: readonly Trip[];
  readonly accepted: readonly Trip[];
  /** Whether somebody accepted that hosts have to be told of another repository; undefined where none has to be. */
  readonly repository: "refused" | "accepted" | undefined;
  /** The same of files of the whole inventory, which are published no more. */
  readonly artifacts: "refused" | "accepted" | undefined;
  /** The digests, of those given, that released something; sorted. */
  readonly digests: readonly string[];
  /** Cannot be accepted: the shard has to be opened for them. */
  readonly refusedProjects: Plan["refusedProjects"];
}

/**
 * @param accepted digests as `readDigest` gives them. That of the plan releases all that is held back, that of a trip those that
 * share operations with it; and that of a larger list each trip of which all is in it
 */
export function judgePlan(plan: Plan, accepted: ReadonlySet<string>, sha256: Sha256): Verdict {
  const covers = new Covers(plan, sha256);
  const digestFor = ({ digest }: { readonly digest?: string }): string | undefined =>
    [plan.digest, digest].find((one) => one !== undefined && accepted.has(one));
  const digestOfTrip = new Map(plan.trips.map((trip) => [trip, digestFor(trip) ?? covers.find(trip, accepted)]));
  const refused = plan.trips.filter((trip) => digestOfTrip.get(trip) === undefined);
  const released = plan.trips.filter((trip) => digestOfTrip.get(trip) !== undefined);
  const judge = (held: { readonly digest?: string } | undefined): "refused" | "accepted" | undefined =>
    held?.digest === undefined ? undefined : digestFor(held) === undefined ? "refused" : "accepted";
  const [repository, artifacts] = [judge(plan.repository), judge(plan.artifacts)];
  const others = [plan.repository, plan.artifacts].map((held) =>
    held?.digest === undefined ? undefined : digestFor(held),
  );
  const digests = new Set([...digestOfTrip.values(), ...others].filter((digest) => digest !== undefined));
  return {
    isRefused:
      refused.length > 0 || plan.refusedProjects.length > 0 || repository === "refused" || artifacts === "refused",
    refused,
    accepted: released,
    repository,
    artifacts,
    digests: [...digests].sort(),
    refusedProjects: plan.refusedProjects,
  };
}
