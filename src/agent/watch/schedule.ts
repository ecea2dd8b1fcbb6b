/**
 * When to ask the sources. Pure: ten thousand agents that follow it ask evenly, also after an outage of all of them.
 */
import { sha256 } from "../sha256.ts";

/** Backing off, an agent still asks this often: seconds. A longer interval stays what it is. */
export const BACKOFF_CAP = 300;
/** A source that asks for more patience than this is not believed: seconds. */
export const LONGEST_RETRY_AFTER = 3600;

/**
 * A host's own moment within a period: always the same, and even over all hosts.
 *
 * @param identity what tells this host and shard from others
 * @returns seconds, from 0 to below `period`
 */
export function phaseOf(identity: string, period: number): number {
  return (Number.parseInt(sha256(identity).slice(0, 12), 16) / 2 ** 48) * period;
}

/** A timer that comes this part of the interval too early has come for this moment, not before it. */
const EARLY = 0.01;

/** Seconds until the clock next is at `phase` of the interval: at most a hundredth more than the interval. */
export function untilPhase(now: number, interval: number, phase: number): number {
  const late = (((now - phase) % interval) + interval) % interval;
  const wait = interval - late;
  return wait < EARLY * interval ? wait + interval : wait;
}

/**
 * Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/): anything up to a bound that
 * doubles with each failure. Hosts that failed at one moment come back at all moments.
 *
 * @param failures in a row, at least 1
 * @param random from 0 to below 1
 * @returns seconds
 */
export function backoff(failures: number, interval: number, random: number): number {
  const bound = Math.min(Math.max(BACKOFF_CAP, interval), interval * 2 ** Math.min(failures - 1, 30));
  // Not at once: what failed this second fails in this second.
  return Math.max(Math.min(1, interval), bound * random);
}

/** What the next moment depends on. */
export interface Moment {
  readonly now: number;
  readonly interval: number;
  readonly phase: number;
  /** Runs in a row that reached no source. */
  readonly failures: number;
  /** Seconds that a source asked for. */
  readonly retryAfter: number | undefined;
  readonly random: number;
}

/** Seconds from the end of a run to the next one. */
export function delayAfter({ now, interval, phase, failures, retryAfter, random }: Moment): number {
  if (retryAfter !== undefined) {
    // All who were told the same must not come back together.
    const patience = Math.min(Math.max(0, retryAfter), LONGEST_RETRY_AFTER);
    return patience + Math.max(1, interval * random);
  }
  return failures > 0 ? backoff(failures, interval, random) : untilPhase(now, interval, phase);
}
