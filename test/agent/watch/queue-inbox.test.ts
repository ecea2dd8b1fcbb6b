import * as assert from "uvu/assert";
import type { Clock } from "../../../src/agent/clock.ts";
import type { AgentState } from "../../../src/agent/core/state.ts";
import { AGENT_EXIT } from "../../../src/agent/failure.ts";
import { Inbox } from "../../../src/agent/watch/queue-inbox.ts";
import type { Ended, InboxOptions } from "../../../src/agent/watch/queue-inbox.ts";
import { describe } from "../../describe.ts";
import { HEALTHY, unconfirmed } from "./states.ts";

const { applied: APPLIED } = HEALTHY;
if (APPLIED === undefined) throw new Error("nothing is in place");
const HERE = APPLIED.generation;
const { ok, unconfirmed: UNCONFIRMED, held: HELD, refused: REFUSED, unreachable, busy } = AGENT_EXIT;

/** A clock that goes on when it is told to; whoever sleeps is known. */
class StandingClock implements Clock {
  #now = 0;
  readonly sleeps: { seconds: number; signal: AbortSignal | undefined; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  async sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((wake) => this.sleeps.push({ seconds, signal, wake }));
  }

  pass(seconds: number): void {
    this.#now += seconds;
  }

  /** Those that nobody has given up. */
  get waits(): number[] {
    return this.sleeps.filter(({ signal }) => signal?.aborted !== true).map(({ seconds }) => seconds);
  }
}

interface Mail {
  readonly inbox: Inbox;
  readonly clock: StandingClock;
  /** What was said to the broker: `ack 7`. */
  readonly said: string[];
  readonly log: string[];
  /** How often a run was brought forward. */
  readonly hastened: () => number;
  take(...bodies: readonly unknown[]): Promise<void>;
  state: AgentState | undefined;
}

function mail(options: Partial<InboxOptions> = {}): Mail {
  const clock = new StandingClock();
  const said: string[] = [];
  const log: string[] = [];
  let hastened = 0;
  const made: Mail = {
    state: HEALTHY,
    clock,
    said,
    log,
    hastened: () => hastened,
    inbox: new Inbox({
      queue: "q",
      shard: "tokyo-a",
      state: async () => await Promise.resolve(made.state),
      noProof: false,
      hasten: () => void hastened++,
      clock,
      random: () => 1,
      log: { write: (level, event) => void log.push(`${level} ${event}`) },
      ...options,
    }),
    take: async (...bodies) => {
      for (const body of bodies) {
        const name = typeof body === "number" ? String(body - HERE) : "other";
        await made.inbox.take({
          body: typeof body === "number" ? { version: 1, queue: "q", shard: "tokyo-a", generation: body } : body,
          acknowledge: () => said.push(`ack ${name}`),
          reject: () => said.push(`reject ${name}`),
        });
      }
    },
  };
  return made;
}

/** The state after a run that brought a generation. */
function at(generation: number, state: AgentState = HEALTHY): AgentState {
  return state.applied === undefined ? state : { ...state, applied: { ...state.applied, generation } };
}

describe("agent queue: inbox", (it) => {
  it("acknowledges a message when what it announces is in place and confirmed, not before", async () => {
    const post = mail();
    await post.take(HERE + 1);
    assert.equal([post.said, post.hastened()], [[], 1]);
    post.state = unconfirmed(at(HERE + 1));
    await post.inbox.settle({ exit: UNCONFIRMED });
    assert.equal(post.said, []);
    post.state = at(HERE + 1);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.said, ["ack 1"]);
    assert.is(post.inbox.counts.confirmed, 1);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.said, ["ack 1"]);
  });

  it("takes in place for enough where nobody wants a proof", async () => {
    const post = mail({ noProof: true });
    post.state = unconfirmed(HEALTHY);
    await post.take(HERE);
    assert.equal([post.said, post.hastened()], [["ack 0"], 0]);
  });

  it("makes no run start for what is in place, or older", async () => {
    const post = mail();
    await post.take(HERE, HERE - 1, 0);
    assert.equal([post.said, post.hastened()], [["ack 0", "ack -1", `ack ${-HERE}`], 0]);
    assert.is(post.inbox.counts.pointless, 3);
  });

  it("makes one start for what is in place and was not confirmed", async () => {
    const post = mail();
    post.state = unconfirmed(HEALTHY);
    await post.take(HERE);
    assert.equal([post.said, post.hastened()], [[], 1]);
  });

  it("makes one start where nothing is known of this host", async () => {
    const post = mail();
    post.state = undefined;
    await post.take(0);
    assert.equal([post.said, post.hastened()], [[], 1]);
    await post.inbox.settle({ exit: AGENT_EXIT.disk });
    assert.equal(post.said, []);
  });

  it("keeps the newest of many alone, in whatever order they come", async () => {
    const post = mail();
    await post.take(HERE + 1, HERE + 3, HERE + 2, HERE + 3);
    assert.equal(post.said, ["ack 1", "ack 2", "ack 3"]);
    assert.is(post.inbox.counts.superseded, 3);
    assert.is(post.hastened(), 4);
    post.state = at(HERE + 2);
    await post.inbox.settle({ exit: ok });
    assert.is(post.said.length, 3);
    post.state = at(HERE + 3);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.said.slice(3), ["ack 3"]);
  });

  it("keeps it while a run is held, refused, cut off or not possible, and tries again less and less often", async () => {
    const post = mail();
    await post.take(HERE + 1);
    for (const exit of [HELD, REFUSED, unreachable, busy, HELD, HELD, HELD, HELD, HELD, HELD, HELD]) {
      post.clock.pass(3600);
      await post.inbox.settle({ exit });
    }
    assert.equal(post.said, []);
    // With the whole of the jitter.
    assert.equal(
      post.clock.sleeps.map(({ seconds }) => seconds),
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300],
    );
    assert.equal(post.clock.waits, [300]);
    assert.is(post.hastened(), 1);
    post.clock.sleeps.at(-1)?.wake();
    await new Promise(setImmediate);
    assert.is(post.hastened(), 2);
  });

  it("begins anew with the waits for a newer message, and waits for none once it is settled", async () => {
    const post = mail();
    await post.take(HERE + 1);
    for (let count = 0; count < 5; count++) await post.inbox.settle({ exit: unreachable });
    await post.take(HERE + 2);
    await post.inbox.settle({ exit: unreachable });
    assert.equal(post.clock.waits, [1]);
    post.state = at(HERE + 2);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.clock.waits, []);
    post.clock.sleeps.at(-1)?.wake();
    await new Promise(setImmediate);
    assert.is(post.hastened(), 2);
  });

  it("does not wait for a generation that was taken back on this host", async () => {
    const post = mail();
    await post.take(HERE + 1);
    post.state = {
      ...HEALTHY,
      quarantine: [{ sums: "c".repeat(64), generation: HERE + 1, reason: "rejected", at: 1 }],
    };
    await post.inbox.settle({ exit: REFUSED });
    await post.take(HERE + 1);
    assert.equal(post.said, ["ack 1", "ack 1"]);
    await post.take(HERE + 2);
    assert.is(post.said.length, 2);
  });

  it("does not wait for a generation whose files this host took back under another number", async () => {
    const post = mail();
    const took = (generation: number): Ended => ({ exit: REFUSED, reason: "quarantined", generation });
    await post.take(HERE + 2);
    // A cache has the one before.
    await post.inbox.settle(took(HERE + 1));
    await post.inbox.settle({ exit: REFUSED, reason: "signature" });
    assert.equal(post.said, []);
    await post.inbox.settle(took(HERE + 2));
    assert.equal([post.said, post.clock.waits, post.inbox.counts.pointless], [["ack 2"], [], 1]);
    // Nor for one that never comes.
    await post.take(HERE + 3);
    post.clock.pass(16 * 60);
    await post.inbox.settle(took(HERE + 2));
    assert.equal([post.said.at(-1), post.inbox.counts.vanished], ["reject 3", 1]);
  });

  it("gives up a generation that no source has after a quarter of an hour, and only where the sources are well", async () => {
    const post = mail();
    await post.take(Number.MAX_SAFE_INTEGER);
    post.clock.pass(16 * 60);
    await post.inbox.settle({ exit: unreachable });
    assert.equal(post.said, []);
    // One that has come meanwhile is no worse off for it.
    await post.take(HERE + 1);
    assert.is(post.hastened(), 2);
    await post.inbox.settle({ exit: ok });
    assert.match(post.said.at(-1) ?? "", "reject");
    assert.is(post.inbox.counts.vanished, 1);
    assert.ok(post.log.includes("warning queue-message-vanished"));
  });

  it("waits a quarter of an hour for caches", async () => {
    const post = mail();
    await post.take(HERE + 1);
    post.clock.pass(14 * 60);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.said, []);
  });

  it("rejects what is none of ours at once, without a run, and does not fill the log with it", async () => {
    const post = mail();
    for (let count = 0; count < 1000; count++) await post.take(Buffer.from("celery"));
    assert.equal([...new Set(post.said)], ["reject other"]);
    assert.equal([post.said.length, post.hastened(), post.inbox.counts.refused], [1000, 0, 1000]);
    assert.is(post.log.length, 5);
    post.clock.pass(60);
    await post.take({ version: 2 });
    assert.is(post.log.length, 6);
  });

  it("says nothing to a broker that is gone, and takes the message again when it comes again", async () => {
    const post = mail();
    await post.take(HERE + 1);
    post.inbox.clear();
    post.state = at(HERE + 1);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.said, []);
    await post.take(HERE + 1);
    assert.equal(post.said, ["ack 1"]);
  });

  it("does not go by the wall clock", async () => {
    const post = mail();
    post.clock.now = () => 4_000_000_000 * Math.random();
    await post.take(HERE + 1, HERE + 4_000_000_000);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.said, ["ack 1"]);
    post.state = at(HERE + 4_000_000_000);
    await post.inbox.settle({ exit: ok });
    assert.equal(post.said, ["ack 1", "ack 4000000000"]);
  });
});
