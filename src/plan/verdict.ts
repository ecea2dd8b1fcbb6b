/** What the gate says of a plan, once somebody has accepted some of it. */
import type { Plan, Trip } from "./plan.ts";

export interface Verdict {
  readonly isRefused: boolean;
  /** Trips that nobody accepted. */
  readonly refused: readonly Trip[];
  readonly accepted: readonly Trip[];
  /** The digests, of those given, that released something; sorted. */
  readonly digests: readonly string[];
  /** Cannot be accepted: the shard has to be opened for them. */
  readonly refusedProjects: Plan["refusedProjects"];
}

/**
 * @param accepted digests as `readDigest` gives them. That of the plan releases all trips, that of a trip those that share
 * operations with it
 */
export function judgePlan(plan: Plan, accepted: ReadonlySet<string>): Verdict {
  const digestFor = ({ digest }: Trip): string | undefined =>
    [plan.digest, digest].find((one) => one !== undefined && accepted.has(one));
  const refused = plan.trips.filter((trip) => digestFor(trip) === undefined);
  const released = plan.trips.filter((trip) => digestFor(trip) !== undefined);
  const digests = new Set(released.map(digestFor).filter((digest) => digest !== undefined));
  return {
    isRefused: refused.length > 0 || plan.refusedProjects.length > 0,
    refused,
    accepted: released,
    digests: [...digests].sort(),
    refusedProjects: plan.refusedProjects,
  };
}
