/** Repeats runs: on schedule, when somebody asks, and after the machine slept. */
import type { Clock } from "../clock.ts";
import { delayAfter } from "./schedule.ts";

/** Who asked for a run: an operator (SIGHUP), a webhook that all hosts of a source get at once, or a message for this host. */
export type Poke = "signal" | "webhook" | "queue";
/** Why a run starts. */
export type Cause = "start" | "schedule" | "resume" | Poke;

/** How a run ended, as far as the next one depends on it. */
export interface Attempt {
  /** No source was reached. */
  readonly isUnreachable: boolean;
  /** Seconds that a source asked for. */
  readonly retryAfter?: number | undefined;
}

export interface Rhythm {
  /** All in seconds. */
  readonly interval: number;
  readonly phase: number;
  readonly splay: number;
  /** Nothing is in place yet: do not wait for the first moment. */
  readonly startsAtOnce: boolean;
}

/** Sleeping in pieces shows when the machine itself slept: its clocks then differ from what was asked for. */
const PIECE = 15;
const SLEPT = 30;
/** Between the starts of two runs that somebody asked for: seconds. */
const BETWEEN: Readonly<Record<Poke, number>> = { signal: 1, webhook: 5, queue: 2 };

/** A loop that ends with {@link stop}. */
export class Daemon {
  readonly #rhythm: Rhythm;
  readonly #clock: Clock;
  readonly #random: () => number;
  #pokes = new Set<Poke>();
  #wake = new AbortController();
  #isStopping = false;
  /** Monotonic: before that, only an operator makes a run start. */
  #patienceUntil = 0;
  #lastStart = Number.NEGATIVE_INFINITY;

  constructor(rhythm: Rhythm, clock: Clock, random: () => number) {
    this.#rhythm = rhythm;
    this.#clock = clock;
    this.#random = random;
  }

  /** Brings the next run forward. Any number of calls before it starts are one; a call during a run makes one after it. */
  poke(who: Poke): void {
    this.#pokes.add(who);
    this.#wake.abort();
  }

  /** Ends the loop: at once where it waits, else after the run. */
  stop(): void {
    this.#isStopping = true;
    this.#wake.abort();
  }

  /** @param run must not throw */
  async loop(run: (cause: Cause) => Promise<Attempt>): Promise<void> {
    const { interval, phase, startsAtOnce } = this.#rhythm;
    let failures = 0;
    let delay = startsAtOnce ? 0 : delayAfter({ ...this.#moment(), interval, phase, failures, retryAfter: undefined });
    let cause: Cause = "start";
    for (;;) {
      cause = (await this.#wait(delay)) ?? cause;
      if (this.#isStopping) return;
      this.#lastStart = this.#clock.monotonic();
      const { isUnreachable, retryAfter } = await run(cause);
      failures = isUnreachable ? failures + 1 : 0;
      cause = "schedule";
      delay = delayAfter({ ...this.#moment(), interval, phase, failures, retryAfter });
      this.#patienceUntil = retryAfter === undefined ? 0 : this.#clock.monotonic() + delay;
    }
  }

  #moment(): { readonly now: number; readonly random: number } {
    return { now: this.#clock.now(), random: this.#random() };
  }

  /** Waits so many seconds, less where there is a cause: which one. */
  async #wait(seconds: number): Promise<Cause | undefined> {
    let due = this.#clock.monotonic() + seconds;
    let cause: Cause | undefined;
    const hasten = (why: Cause, at: number): void => {
      if (at < due) [due, cause] = [at, why];
    };
    while (!this.#isStopping) {
      // Who brought it forward already does not draw again: many draws would leave nothing of the splay.
      for (const who of this.#pokes) if (who !== cause) hasten(who, this.#earliest(who));
      this.#pokes.clear();
      const left = due - this.#clock.monotonic();
      if (left <= 0) break;
      this.#wake = new AbortController();
      if (await this.#hasSlept(Math.min(left, PIECE)))
        hasten("resume", Math.max(this.#patienceUntil, this.#clock.monotonic() + this.#rhythm.splay * this.#random()));
    }
    return cause;
  }

  /** Monotonic seconds at which a run that somebody asks for may start. */
  #earliest(who: Poke): number {
    const now = this.#clock.monotonic();
    const soonest = Math.max(now, this.#lastStart + BETWEEN[who]);
    if (who === "signal") return soonest;
    const patient = Math.max(soonest, this.#patienceUntil);
    // Who notifies sends one message after the other.
    return who === "queue" ? patient : Math.max(patient, now + this.#rhythm.splay * this.#random());
  }

  /** Waits a piece. A clock that went on for much longer meanwhile says that the machine was suspended, or we were. */
  async #hasSlept(piece: number): Promise<boolean> {
    const [monotonic, wall] = [this.#clock.monotonic(), this.#clock.now()];
    await this.#clock.sleep(piece, this.#wake.signal);
    const passed = Math.max(this.#clock.monotonic() - monotonic, this.#clock.now() - wall);
    return passed > piece + SLEPT;
  }
}
