import * as assert from "uvu/assert";
import {
  backoff,
  BACKOFF_CAP,
  delayAfter,
  LONGEST_RETRY_AFTER,
  phaseOf,
  untilPhase,
} from "../../../src/agent/watch/schedule.ts";
import { describe } from "../../describe.ts";

/** A generator with a seed (mulberry32): the same numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Fleet {
  /** Requests in each second. */
  readonly requests: Uint32Array;
  /** Longest time that a host went without asking, in seconds. */
  readonly longestGap: number;
  /** How many requests found something new. */
  readonly news: number;
}

/** Lets hosts that all start at 0 ask for a while; who asks during the outage fails. */
function runFleet(
  hosts: number,
  interval: number,
  seconds: number,
  outage: { readonly from: number; readonly to: number; readonly retryAfter?: number } | undefined,
  /** Seconds from one generation to the next. */
  published = Infinity,
): Fleet {
  const random = randomFrom(34);
  const requests = new Uint32Array(seconds);
  let longestGap = 0;
  let news = 0;
  for (let host = 0; host < hosts; host++) {
    const phase = phaseOf(`machine ${host}\nhost${host}\ntokyo-a`, interval);
    let failures = 0;
    let retryAfter: number | undefined;
    let last = 0;
    for (;;) {
      const now = last + delayAfter({ now: last, interval, phase, failures, retryAfter, random: random() });
      longestGap = Math.max(longestGap, now - last);
      if (now >= seconds) break;
      requests[Math.floor(now)] = (requests[Math.floor(now)] ?? 0) + 1;
      const hasFailed = outage !== undefined && now >= outage.from && now < outage.to;
      if (Math.floor(now / published) > Math.floor(last / published)) news++;
      failures = hasFailed ? failures + 1 : 0;
      retryAfter = hasFailed ? outage.retryAfter : undefined;
      last = now;
    }
  }
  return { requests, longestGap, news };
}

const HOSTS = 10_000;
const INTERVAL = 60;
const MEAN = HOSTS / INTERVAL;

describe("agent schedule: one host", (it) => {
  it("has the same moment after every restart, and another one than other hosts and shards", () => {
    const phases = ["a\nhost1\ntokyo", "a\nhost2\ntokyo", "a\nhost1\nosaka"].map((identity) => phaseOf(identity, 60));
    assert.equal(
      phases,
      ["a\nhost1\ntokyo", "a\nhost2\ntokyo", "a\nhost1\nosaka"].map((identity) => phaseOf(identity, 60)),
    );
    assert.is(new Set(phases).size, 3);
    for (const phase of phases) assert.ok(phase >= 0 && phase < 60);
  });

  it("waits until its moment, before 1970 as well", () => {
    for (const now of [0, 17, 59.999, 60, 1_795_698_000.25, -3.5, -1e9])
      for (const phase of [0, 17, 59.9]) {
        const wait = untilPhase(now, 60, phase);
        assert.ok(wait >= 0.6 && wait <= 60.6, `${now} ${phase}`);
        const off = Math.abs((now + wait - phase) / 60 - Math.round((now + wait - phase) / 60));
        assert.ok(off < 1e-6, `${now} ${phase}`);
      }
  });

  it("does not run twice because a timer came a little early", () => {
    assert.ok(untilPhase(119.99, 60, 0) > 60);
    assert.ok(untilPhase(119.3, 60, 0) < 1);
  });

  it("backs off with full jitter: anything below a bound that doubles, up to a cap", () => {
    for (const [failures, bound] of [
      [1, 60],
      [2, 120],
      [3, 240],
      [4, BACKOFF_CAP],
      [1000, BACKOFF_CAP],
    ] as const) {
      assert.is(backoff(failures, 60, 0), 1);
      assert.is(backoff(failures, 60, 0.5), bound / 2);
      assert.ok(backoff(failures, 60, 1 - 2 ** -40) <= bound);
    }
    assert.is(backoff(9, 3600, 0.5), 1800);
  });

  it("believes a source that asks for patience, within reason, and does not come back with all others", () => {
    const moment = { now: 0, interval: 60, phase: 0, failures: 1 };
    assert.ok(delayAfter({ ...moment, retryAfter: 120, random: 0 }) > 120);
    assert.is(delayAfter({ ...moment, retryAfter: 120, random: 0.5 }), 150);
    assert.is(delayAfter({ ...moment, retryAfter: 1e9, random: 0.5 }), LONGEST_RETRY_AFTER + 30);
    assert.ok(delayAfter({ ...moment, retryAfter: -5, random: 0 }) >= 1);
  });
});

describe("agent schedule: 10,000 hosts", (it) => {
  it("ask evenly, though all of them were started in the same second", () => {
    const { requests, longestGap } = runFleet(HOSTS, INTERVAL, 1200, undefined);
    assert.ok(Math.max(...requests) <= 1.5 * MEAN, `${Math.max(...requests)} of ${MEAN}`);
    // Each host every interval.
    assert.ok(longestGap <= 1.01 * INTERVAL);
    const all = requests.slice(INTERVAL).reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(all / (1200 - INTERVAL) - MEAN) < 0.01 * MEAN, `${all}`);
  });

  it("find nothing new in more than 99 of 100 requests where there are ten generations a day", () => {
    const { requests, news } = runFleet(HOSTS / 10, INTERVAL, 86_400, undefined, 8640);
    const all = requests.reduce((sum, count) => sum + count, 0);
    assert.ok(news >= (HOSTS / 10) * 9, `${news}`);
    assert.ok(news / all < 0.01, `${news} of ${all}`);
  });

  it("do not storm a source that was away for an hour, and are all back within the cap", () => {
    const outage = { from: 600, to: 4200 };
    const { requests, longestGap } = runFleet(HOSTS, INTERVAL, 6000, outage);
    assert.ok(Math.max(...requests) <= 3 * MEAN, `${Math.max(...requests)} of ${MEAN}`);
    assert.ok(longestGap <= BACKOFF_CAP + 1);
    // Down, it is asked less than usual.
    const during = requests.slice(outage.from + 900, outage.to);
    assert.ok(Math.max(...during) < MEAN, `${Math.max(...during)}`);
    const after = requests.slice(outage.to + BACKOFF_CAP + INTERVAL);
    assert.ok(Math.max(...after) <= 1.5 * MEAN);
    assert.ok(after.reduce((sum, count) => sum + count, 0) / after.length > 0.99 * MEAN);
  });

  it("do not come back in the same second after they were all told the same Retry-After", () => {
    const { requests } = runFleet(HOSTS, INTERVAL, 3000, { from: 600, to: 660, retryAfter: 600 });
    assert.ok(Math.max(...requests) <= 3 * MEAN, `${Math.max(...requests)} of ${MEAN}`);
    assert.is(
      requests.slice(720, 1200).reduce((sum, count) => sum + count, 0),
      0,
    );
  });
});
