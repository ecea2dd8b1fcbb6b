/** The time that one request may take in all: name look-up, connection, TLS, redirects and the last byte. */
import { Failure } from "../failure.ts";
import { SYSTEM_CLOCK } from "../system-clock.ts";

/** Longest delay of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** When an attempt at a source must be over, and whoever asked for it can still call it off. */
export class Deadline {
  /** What is being waited for, for the words of a failure. */
  phase = "connecting";
  readonly #seconds: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #caller: AbortSignal;
  readonly #callOff = (): void => this.#controller.abort();
  readonly #expire = (): void => {
    this.#isOver = true;
    this.#controller.abort();
  };
  #isOver = false;

  /**
   * @param seconds of the whole attempt, for the words
   * @param end in seconds, on the clock that does not jump
   */
  constructor(seconds: number, end: number, caller: AbortSignal) {
    this.#seconds = seconds;
    this.#caller = caller;
    const left = (end - SYSTEM_CLOCK.monotonic()) * 1000;
    this.#timer = setTimeout(this.#expire, Math.min(left, LONGEST_MS));
    if (left <= 0) this.#expire();
    if (caller.aborted) this.#callOff();
    else caller.addEventListener("abort", this.#callOff, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the clock. To be called once the last byte is there, or the attempt has failed. */
  done(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener("abort", this.#callOff);
  }

  /** Why it was called off; undefined while there is time. */
  failure(who: string): Failure | undefined {
    if (!this.signal.aborted) return undefined;
    if (this.#isOver) {
      return new Failure("unreachable", `${who} gave no complete answer within ${this.#seconds} s: ${this.phase}`, {
        help: "see whether it is slow or blocked on the way; --timeout gives it more time",
      });
    }
    const reason: unknown = this.#caller.reason;
    if (!(reason instanceof Failure))
      return new Failure("unreachable", `called off before ${who} had answered: ${this.phase}`);
    // Whoever called it off knows the time, and we what it was spent on.
    const { help } = reason;
    return new Failure(reason.reason, `${reason.message}: ${this.phase}`, help === undefined ? {} : { help });
  }

  /** Waits for what cannot be interrupted itself; what comes of it later is dropped. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return await new Promise<T>((resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
  }
}

/** One attempt at a source: its SHA256SUMS and the files that it lists share one time. */
export class Attempt {
  readonly #seconds: number;
  /** In seconds, on the clock that does not jump. */
  #end: number | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** Acts with the whole time, which begins anew: now, or when it was begun elsewhere. */
  async begin<T>(
    signal: AbortSignal,
    act: (deadline: Deadline) => Promise<T>,
    since = SYSTEM_CLOCK.monotonic(),
  ): Promise<T> {
    this.#end = since + this.#seconds;
    const deadline = this.deadline(signal);
    try {
      return await act(deadline);
    } finally {
      deadline.done();
    }
  }

  /** What is left of the time. */
  deadline(signal: AbortSignal): Deadline {
    this.#end ??= SYSTEM_CLOCK.monotonic() + this.#seconds;
    return new Deadline(this.#seconds, this.#end, signal);
  }
}
