/**
 * The messages of a queue, until they may be forgotten. A message only brings the next run forward; it is acknowledged once
 * a run has shown that what it announces is in place and confirmed, or that this will never be.
 */
import type { Clock } from "../clock.ts";
import type { AgentState } from "../core/state.ts";
import { AGENT_EXIT } from "../failure.ts";
import type { AgentExitCode, Reason } from "../failure.ts";
import type { Log } from "../log.ts";
import { readMessage } from "./queue-message.ts";
import type { Recipient } from "./queue-message.ts";
import { backoff } from "./schedule.ts";
import { Bucket } from "./webhook.ts";

/** A message that the broker keeps until we say what to do with it. Neither throws: a broken connection keeps it, too. */
export interface Delivery {
  readonly body: unknown;
  acknowledge(): void;
  /** It is of no use to anybody. */
  reject(): void;
}

/**
 * What became of a message: `confirmed`: the run that it asked for brought it. `pointless`: it was in place before, or was
 * taken back on this host. `superseded`: a newer one came. `refused`: none of ours. `vanished`: no source ever had it.
 */
export type Outcome = "confirmed" | "pointless" | "superseded" | "refused" | "vanished";

export interface InboxOptions extends Recipient {
  /** As the last run left it. */
  readonly state: () => Promise<AgentState | undefined>;
  /** Nobody has to prove anything: in place is enough. */
  readonly noProof: boolean;
  /** Brings the next run forward. */
  readonly hasten: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** How a run ended. */
export interface Ended {
  readonly exit: AgentExitCode;
  readonly reason?: Reason | undefined;
  /** The generation that a source has and this host will not take, whatever comes. */
  readonly generation?: number | undefined;
}

interface Held {
  readonly generation: number;
  readonly delivery: Delivery;
  /** Monotonic. */
  readonly since: number;
}

/** After a quarter of an hour no cache has an older generation any more: seconds. */
const LONGEST_WAIT = 15 * 60;
/** Lines of the log for messages that are none of ours: so many at once, then one a minute. */
const COMPLAINTS = 5;
const COMPLAINT_SECONDS = 60;

export class Inbox {
  readonly counts: Record<Outcome, number> = { confirmed: 0, pointless: 0, superseded: 0, refused: 0, vanished: 0 };
  readonly #options: InboxOptions;
  readonly #complaints: Bucket;
  /** The newest that was announced and is not here. */
  #held: Held | undefined;
  /** Runs since it came that did not bring it. */
  #failures = 0;
  #waiting = new AbortController();

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#complaints = new Bucket(COMPLAINTS, COMPLAINT_SECONDS, options.clock.monotonic());
  }

  /** Never throws. */
  async take(delivery: Delivery): Promise<void> {
    const { clock, hasten, log } = this.#options;
    const generation = readMessage(delivery.body, this.#options);
    if (typeof generation === "string") return this.#refuse(delivery, generation);
    if (this.#isSettled(await this.#options.state(), generation)) {
      log.write("debug", "queue-message", `generation ${generation} is nothing new`);
      return this.#acknowledge(delivery, "pointless");
    }
    const isNews = this.#held === undefined || this.#held.generation < generation;
    log.write(isNews ? "info" : "debug", "queue-message", `generation ${generation} is announced`);
    this.#keep({ generation, delivery, since: clock.monotonic() });
    hasten();
  }

  /** After a run, whatever it was started for. Never throws. */
  async settle({ exit, reason, generation: untaken }: Ended): Promise<void> {
    const { state: look, clock, log, random } = this.#options;
    const state = await look();
    const held = this.#held;
    if (held === undefined) return;
    const { generation, delivery, since } = held;
    const settled = this.#isSettled(state, generation);
    if (settled !== undefined) {
      this.clear();
      return this.#acknowledge(delivery, settled);
    }
    // Its files are those of a generation that was taken back here, under another number.
    if (untaken !== undefined && untaken >= generation) {
      this.clear();
      return this.#acknowledge(delivery, "pointless");
    }
    const isWell = exit === AGENT_EXIT.ok || reason === "quarantined";
    if (isWell && clock.monotonic() - since > LONGEST_WAIT) {
      this.clear();
      this.counts.vanished++;
      log.write("warning", "queue-message-vanished", `generation ${generation} was announced, and no source has it`, {
        help: "find out what notified without publishing, and whether a cache or mirror is behind",
      });
      return delivery.reject();
    }
    this.#retry(backoff(++this.#failures, 1, random()));
  }

  /** Forgets what is held. Where the connection is gone, it comes again with the next one. */
  clear(): void {
    this.#held = undefined;
    this.#waiting.abort();
  }

  /** A message that is there carries the wish of the one before: a run brings the newest that there is. */
  #keep(fresh: Held): void {
    const before = this.#held;
    const [kept, other] =
      before !== undefined && before.generation > fresh.generation ? [before, fresh] : [fresh, before];
    this.#held = kept;
    this.#failures = 0;
    if (other !== undefined) this.#acknowledge(other.delivery, "superseded");
  }

  #acknowledge(delivery: Delivery, outcome: Outcome): void {
    this.counts[outcome]++;
    delivery.acknowledge();
  }

  #refuse(delivery: Delivery, why: string): void {
    const { clock, log } = this.#options;
    this.counts.refused++;
    if (this.#complaints.take(clock.monotonic()))
      log.write("warning", "queue-message-refused", `a message in the queue is dropped: ${why}`, {
        times: this.counts.refused,
      });
    delivery.reject();
  }

  /** Why nothing has to be done for a generation; undefined where a run is needed. */
  #isSettled(state: AgentState | undefined, generation: number): "confirmed" | "pointless" | undefined {
    const { applied, quarantine = [] } = state ?? {};
    if (
      applied !== undefined &&
      applied.generation >= generation &&
      (applied.confirmedAt !== undefined || this.#options.noProof)
    )
      return "confirmed";
    return quarantine.some((one) => one.generation >= generation) ? "pointless" : undefined;
  }

  #retry(seconds: number): void {
    const { clock, hasten } = this.#options;
    this.#waiting.abort();
    const waiting = new AbortController();
    this.#waiting = waiting;
    void clock.sleep(seconds, waiting.signal).then(() => {
      if (!waiting.signal.aborted) hasten();
    });
  }
}
