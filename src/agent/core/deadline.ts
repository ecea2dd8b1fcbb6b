/** Ends waiting after a time that no jump of the clock can shorten or stretch. */
import type { Clock } from "../clock.ts";

export interface Deadline {
  readonly signal: AbortSignal;
  /** Nobody waits any more: no timer keeps the process alive. */
  end(): void;
}

/**
 * @param parent its end is an end as well
 * @param reason what whoever still waits then is told
 */
export function startDeadline(clock: Clock, seconds: number, parent: AbortSignal, reason: () => Error): Deadline {
  const controller = new AbortController();
  const timer = new AbortController();
  const stop = (): void => controller.abort(parent.reason);
  const end = (): void => {
    parent.removeEventListener("abort", stop);
    timer.abort();
  };
  if (parent.aborted) stop();
  else parent.addEventListener("abort", stop, { once: true });
  void clock.sleep(Math.max(0, seconds), timer.signal).then(() => {
    if (!timer.signal.aborted) controller.abort(reason());
    return end();
  });
  return { signal: controller.signal, end };
}

/** Does something with a deadline, and ends that. */
export async function within<T>(
  clock: Clock,
  seconds: number,
  parent: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(clock, seconds, parent, () => new Error(`not within ${seconds} seconds`));
  try {
    return await act(deadline.signal);
  } finally {
    deadline.end();
  }
}
