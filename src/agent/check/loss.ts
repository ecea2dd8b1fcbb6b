/** What would vanish with a swap. */
import type { Census, Loss } from "./census.ts";

/** Compares what is in place with what would be, in one pass. */
export function loss(before: Census, after: Census): Loss {
  return {
    before: before.distinct,
    after: after.distinct,
    removed: before.identities.length - common(before.identities, after.identities),
    jobsGone: [...before.jobs.keys()].filter((job) => !after.jobs.has(job)),
  };
}

/** How many numbers two sorted lists share. */
function common(a: Float64Array, b: Float64Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const difference = (a[i] ?? 0) - (b[j] ?? 0);
    if (difference === 0) shared++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return shared;
}
