/**
 * Prometheus' durations: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (`<duration>`).
 */

const DURATION =
  /^(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/;
const UNITS = [365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1];

/** Go's time.Duration, in which Prometheus counts, ends here: 2^63 - 1 nanoseconds. */
const LONGEST = 9_223_372_036_854;

/** Inventories say the same few durations over and over. */
const known = new Map<string, number>();
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 20;

/** Milliseconds of a duration such as `1m30s`; `undefined` where Prometheus would not take it. `0` is 0. */
export function parseDuration(text: string): number | undefined {
  const before = known.get(text);
  if (before !== undefined) return before;
  const milliseconds = readDuration(text);
  if (milliseconds !== undefined && text.length <= LONGEST_KNOWN && known.size < MOST_KNOWN)
    known.set(text, milliseconds);
  return milliseconds;
}

function readDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (text === "") return undefined;
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  let sum = 0;
  for (const [index, unit] of UNITS.entries()) sum += Number(match[index + 1] ?? 0) * unit;
  return sum <= LONGEST ? sum : undefined;
}
