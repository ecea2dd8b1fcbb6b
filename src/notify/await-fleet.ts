/** Waits until servers have what is published. */
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "../exit.ts";
import { hasPublished } from "./agent-reading.ts";
import type { Wanted } from "./agent-reading.ts";
import type { FleetServer } from "./fleet.ts";
import type { ReadFleet, Reading } from "./read-fleet.ts";

/** Between two looks: seconds. */
const PAUSE = 0.5;
/** The last look is not hurried: a reading that was cut short says nothing. */
const LAST_LOOK = 2;
/** A Prometheus that falls silent does not take all of the time with it: the next look may find another one there. */
const LONGEST_LOOK = 20;

/**
 * Looks again and again at those that do not have it yet, until none is left or the time is over. What cannot be asked now
 * may be asked later.
 *
 * @param seconds for all of it
 * @param progress is told how many have it, after each look
 * @returns what each ran when it was last asked, in their order
 */
export async function awaitFleet(
  read: ReadFleet,
  servers: readonly FleetServer[],
  wanted: Wanted,
  seconds: number,
  progress: (have: number) => void,
): Promise<Reading[]> {
  const end = performance.now() + seconds * 1000;
  const readings: Reading[] = servers.map(() => ({ trouble: "was not asked" }));
  let missing = [...servers.entries()];
  for (;;) {
    const left = Math.max((end - performance.now()) / 1000, LAST_LOOK);
    const found = await readNow(read, missing, Math.min(left, LONGEST_LOOK));
    for (const [at, [index]] of missing.entries()) readings[index] = found[at] ?? { trouble: "was not asked" };
    missing = missing.filter(([index]) => !isThere(readings[index], wanted));
    progress(servers.length - missing.length);
    if (missing.length === 0 || performance.now() >= end) return readings;
    await sleep(Math.min(PAUSE * 1000, Math.max(end - performance.now(), 0)));
  }
}

function isThere(reading: Reading | undefined, wanted: Wanted): boolean {
  return reading !== undefined && !("trouble" in reading) && hasPublished(reading, wanted);
}

async function readNow(
  read: ReadFleet,
  missing: readonly (readonly [number, FleetServer])[],
  seconds: number,
): Promise<Reading[]> {
  try {
    return await read(
      missing.map(([, server]) => server),
      seconds,
    );
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    const { message } = error;
    return missing.map(() => ({ trouble: message }));
  }
}
