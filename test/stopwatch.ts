import * as assert from "uvu/assert";

/**
 * What ends at once, or at a deadline of a second or two, has ended by then on any machine, however busy. What waits for
 * something that never comes has not.
 */
const SOON_SECONDS = 20;

/**
 * Starts counting the processor time of this process: what only calculates takes as long on a machine that has other things to
 * do.
 *
 * @returns what gives the milliseconds since then
 */
export function startCpuWatch(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}

/**
 * Fails where something takes as long as only what nobody ends does. Gives what it gives.
 *
 * @param before seconds: less than what a default of some seconds would take
 */
export async function endsSoon<T>(act: () => Promise<T>, before = SOON_SECONDS): Promise<T> {
  const start = performance.now();
  const result = await act();
  const seconds = (performance.now() - start) / 1000;
  assert.ok(seconds < before, `ended after ${seconds} s`);
  return result;
}

/**
 * For a deadline before which something must happen and after which something else: tries again with ever more time where
 * a machine that has other things to do may not have got to it.
 *
 * @param seconds for the first try
 * @throws what the last try threw: with the most time it failed, too
 */
export async function withEnoughTime<T>(seconds: number, act: (seconds: number) => Promise<T>): Promise<T> {
  for (const longer of [seconds, seconds * 4])
    try {
      return await act(longer);
    } catch {
      // Perhaps for want of time.
    }
  return await act(seconds * 16);
}
