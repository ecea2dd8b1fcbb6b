/** What would vanish with a swap. */
import type { Census, Loss } from "./census.ts";

/** Compares what is in place with what would be. */
export function loss(before: Census, after: Census): Loss {
  return {
    before: before.distinct,
    after: after.distinct,
    removed: before.identities.countMissingIn(after.identities),
    jobsGone: [...before.jobs].filter((job) => !after.jobs.has(job)),
  };
}
