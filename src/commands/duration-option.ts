/** Options that are times. */
import { InvalidArgumentError } from "commander";
import { parseDuration } from "../model/duration.ts";

/** Seconds of `90s`, `15m` or `1h30m`. */
export function seconds(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw new InvalidArgumentError("It is no time such as 90s, 15m or 1h30m.");
  return milliseconds / 1000;
}
