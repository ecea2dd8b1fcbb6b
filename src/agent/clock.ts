/** Time, so that tests can make it. */
export interface Clock {
  /** Seconds since 1970, with a fraction; may jump. Never used for a deadline. */
  now(): number;
  /** Seconds since some start, with a fraction; never jumps. For deadlines and durations. */
  monotonic(): number;
  /** Resolves after these seconds, or at once when the signal is aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}
