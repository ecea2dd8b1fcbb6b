/**
 * Evidence that Prometheus cannot read our file. It leads to a rollback, so it must not be somebody else's error:
 * `prometheus_sd_file_read_errors_total` counts all files of all file_sd configs, and another broken one is counted again at
 * each of its scans. So an error only raises suspicion. Twice in a row the server is then made to look at our directory,
 * and each time it must complete the scans that this causes and count errors again, while our file stays unread; and then
 * it is left alone as long, and must not count any more. All of that can be the error of another file in our directory: it
 * counts only against files that this server is known to read (await-read.ts).
 */
import type { Look } from "./inquiry.ts";
import type { Pace } from "./pace.ts";
import type { Baseline } from "./prometheus.ts";

/** A nudge creates and deletes a file: two events, a scan each. A refresh of others comes alone. */
const SCANS = 2;
const ERRORS = 2;
/** What the server is told in each round, by which its errors must or must not come back. */
const ROUNDS = ["nudged", "nudged", "left alone"] as const;
/** Targets that a slow server parses in a second. */
const TARGETS_A_SECOND = 200_000;

interface Round {
  readonly number: number;
  readonly since: number;
  readonly errors: number;
  readonly scans: number;
}

export class Rejection {
  readonly #before: Baseline | undefined;
  /** Seconds that a round takes: a large file needs time to be parsed, which is no evidence against it. */
  readonly #seconds: number;
  /** Errors that are explained: of before, or of others. */
  #known: number | undefined;
  #startTime: number | undefined;
  #round: Round | undefined;

  /** @param targets how many the files list */
  constructor(before: Baseline | undefined, targets: number, pace: Pace) {
    this.#before = before;
    this.#seconds = pace.again * Math.max(1, targets / TARGETS_A_SECOND);
  }

  /**
   * Judges a look at a server that has not read our file. `nudge`: it is to be made to look again now; `wait`: it is to be
   * left alone, for whatever other reason it would be nudged.
   */
  see(look: Look, now: number): "rejected" | "nudge" | "wait" | undefined {
    const errors = look.readErrors ?? 0;
    if (this.#known === undefined || this.#startTime !== look.startTime) {
      this.#known = this.#explained(look);
      this.#startTime = look.startTime;
      this.#round = undefined;
    }
    const round = this.#round;
    if (round === undefined) return errors > this.#known ? this.#begin(0, look, now) : undefined;
    if (now - round.since < this.#seconds) return "wait";
    const areBack = errors - round.errors >= ERRORS && (look.scans ?? 0) - round.scans >= SCANS;
    if (areBack === (ROUNDS[round.number] === "nudged"))
      return round.number + 1 < ROUNDS.length ? this.#begin(round.number + 1, look, now) : "rejected";
    this.#round = undefined;
    this.#known = errors;
    return undefined;
  }

  #begin(number: number, look: Look, now: number): "nudge" | "wait" {
    this.#round = { number, since: now, errors: look.readErrors ?? 0, scans: look.scans ?? 0 };
    return ROUNDS[number] === "nudged" ? "nudge" : "wait";
  }

  #explained(look: Look): number {
    // Without a baseline, what is counted at the first look may be older than our file.
    if (this.#before === undefined && this.#startTime === undefined) return look.readErrors ?? 0;
    // A server that was started since has read nothing but the file in place.
    const isRestarted = this.#startTime !== undefined || this.#before?.startTime !== look.startTime;
    return isRestarted ? 0 : (this.#before?.readErrors ?? 0);
  }
}
