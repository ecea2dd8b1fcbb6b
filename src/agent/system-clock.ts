import { hrtime } from "node:process";
import type { Clock } from "./clock.ts";

/** Node's timers take 31 bits of milliseconds. */
const LONGEST_SECONDS = 2 ** 31 / 1000 - 1;

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now() / 1000,
  // `performance` takes a millisecond to load.
  monotonic: () => Number(hrtime.bigint()) / 1e9,
  sleep: async (seconds, signal) => {
    for (let left = seconds; left > 0; left -= LONGEST_SECONDS) {
      if (signal?.aborted === true) return;
      await nap(Math.min(left, LONGEST_SECONDS), signal);
    }
  },
};

async function nap(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal?.addEventListener("abort", end);
  });
}
