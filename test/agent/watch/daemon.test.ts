import * as assert from "uvu/assert";
import { Daemon } from "../../../src/agent/watch/daemon.ts";
import type { Attempt, Cause, Rhythm } from "../../../src/agent/watch/daemon.ts";
import { describe } from "../../describe.ts";
import { VirtualTime } from "./virtual-time.ts";

const GOOD: Attempt = { isUnreachable: false };
const BAD: Attempt = { isUnreachable: true };

interface Run {
  readonly at: number;
  readonly cause: Cause;
}

/** Runs a daemon for so many seconds; each run takes one. */
async function watch(
  seconds: number,
  set: (time: VirtualTime, daemon: Daemon) => void = () => {},
  answer: (at: number) => Attempt = () => GOOD,
  rhythm: Partial<Rhythm> = {},
): Promise<Run[]> {
  // The wall clock starts at a multiple of the interval.
  const time = new VirtualTime(60 * 30_000_000);
  const daemon = new Daemon({ interval: 60, phase: 20, splay: 5, startsAtOnce: false, ...rhythm }, time, () => 0.5);
  const runs: Run[] = [];
  set(time, daemon);
  time.at(seconds, () => daemon.stop());
  await daemon.loop(async (cause) => {
    runs.push({ at: time.monotonic(), cause });
    await time.sleep(1);
    return answer(time.monotonic());
  });
  return runs;
}

const starts = (runs: readonly Run[]): number[] => runs.map(({ at }) => Math.round(at * 1000) / 1000);

describe("agent daemon", (it) => {
  it("runs at its moment of every interval", async () => {
    const runs = await watch(250);
    assert.equal(starts(runs), [20, 80, 140, 200]);
    assert.equal(
      runs.map(({ cause }) => cause),
      ["start", "schedule", "schedule", "schedule"],
    );
  });

  it("does not wait for it where nothing is in place yet", async () => {
    assert.equal(starts(await watch(100, undefined, undefined, { startsAtOnce: true })), [0, 20, 80]);
  });

  it("comes back to its moment after a run that took longer than the interval", async () => {
    const runs = await watch(400, (time) => time.at(20.5, () => time.freeze(100)));
    assert.equal(starts(runs).slice(0, 3), [20, 140, 200]);
  });

  it("backs off while no source is reached, and is back at its moment after the first success", async () => {
    const runs = await watch(1500, undefined, (at) => (at < 900 ? BAD : GOOD));
    const [, second = 0, third = 0, fourth = 0, fifth = 0] = starts(runs);
    assert.equal([second - 20, third - second, fourth - third, fifth - fourth], [31, 61, 121, 151]);
    const good = starts(runs).filter((at) => at > 960);
    assert.ok(good.length > 5);
    for (const at of good.slice(1)) assert.is(at % 60, 20);
  });

  it("takes any number of signals and webhooks for one run, and one more after the run that is at work", async () => {
    const runs = await watch(75, (time, daemon) => {
      for (let count = 0; count < 1000; count++) time.at(5, () => daemon.poke("signal"));
      for (let count = 0; count < 1000; count++)
        time.at(5.5, () => daemon.poke(count % 2 === 0 ? "signal" : "webhook"));
    });
    assert.equal(starts(runs), [5, 6, 20]);
    assert.equal(
      runs.map(({ cause }) => cause),
      ["signal", "signal", "schedule"],
    );
  });

  it("runs at once on SIGHUP, and within the splay on a webhook", async () => {
    assert.equal(starts(await watch(15, (time, daemon) => time.at(7, () => daemon.poke("signal")))), [7]);
    assert.equal(await watch(15, (time, daemon) => time.at(7, () => daemon.poke("webhook"))), [
      { at: 9.5, cause: "webhook" },
    ]);
  });

  it("runs at once on a message in the queue, and every two seconds for a stream of them", async () => {
    assert.equal(await watch(15, (time, daemon) => time.at(7, () => daemon.poke("queue"))), [
      { at: 7, cause: "queue" },
    ]);
    const runs = await watch(15, (time, daemon) => {
      for (let index = 0; index < 1000; index++) time.at(7 + index / 1000, () => daemon.poke("queue"));
    });
    assert.equal(starts(runs), [7, 9]);
  });

  it("is never later because of a webhook", async () => {
    assert.equal(starts(await watch(30, (time, daemon) => time.at(19, () => daemon.poke("webhook")))), [20]);
  });

  it("keeps the splay where one webhook comes a thousand times", async () => {
    const draws = [0.5, 0.9, 0.1];
    const time = new VirtualTime(60 * 30_000_000);
    const rhythm = { interval: 60, phase: 20, splay: 5, startsAtOnce: false };
    const daemon = new Daemon(rhythm, time, () => draws.shift() ?? 0);
    let start = 0;
    for (let count = 0; count < 1000; count++) time.at(7 + count / 1000, () => daemon.poke("webhook"));
    time.at(15, () => daemon.stop());
    await daemon.loop(async () => {
      start = time.monotonic();
      return await Promise.resolve(GOOD);
    });
    assert.is(start, 11.5);
  });

  it("does not run more often than every five seconds for a stream of webhooks", async () => {
    const runs = await watch(
      60,
      (time, daemon) => {
        for (let second = 0; second < 60; second += 0.1) time.at(second, () => daemon.poke("webhook"));
      },
      undefined,
      { splay: 0 },
    );
    const times = starts(runs);
    assert.ok(times.length >= 10 && times.length <= 14, times.join(" "));
  });

  it("keeps the patience that a source asked for against webhooks, messages and after a suspend, not against an operator", async () => {
    const patient = (at: number): Attempt => (at < 30 ? { isUnreachable: true, retryAfter: 300 } : GOOD);
    const nudged = await watch(
      500,
      (time, daemon) => {
        time.at(50, () => daemon.poke("webhook"));
        time.at(60, () => daemon.poke("queue"));
        time.at(100, () => time.setWall(time.now() + 3600));
      },
      patient,
    );
    assert.ok((starts(nudged)[1] ?? 0) >= 321, starts(nudged).join(" "));
    const asked = await watch(100, (time, daemon) => time.at(50, () => daemon.poke("signal")), patient);
    assert.equal(starts(asked)[1], 50);
  });

  it("runs soon after the machine was suspended, but not in the same second as all the others", async () => {
    const suspended = await watch(600, (time) => time.at(30, () => time.setWall(time.now() + 7200)), undefined, {
      interval: 600,
      phase: 0,
    });
    const [first] = suspended;
    assert.is(first?.cause, "resume");
    assert.ok((first?.at ?? 0) > 30 && (first?.at ?? 0) <= 30 + 15 + 5, `${first?.at}`);
    const frozen = await watch(600, (time) => time.at(30, () => time.freeze(120)), undefined, {
      interval: 600,
      phase: 0,
    });
    assert.is(frozen[0]?.cause, "resume");
    assert.ok((frozen[0]?.at ?? 0) <= 30 + 120 + 15 + 5);
  });

  it("does not mind a clock that is set back by ten years, or ahead", async () => {
    for (const jump of [-10, 10]) {
      const runs = await watch(300, (time) => time.at(30, () => time.setWall(time.now() + jump * 31_557_600)));
      const times = starts(runs);
      for (let index = 1; index < times.length; index++)
        assert.ok((times[index] ?? 0) - (times[index - 1] ?? 0) <= 61, times.join(" "));
      assert.ok(times.length >= 4 && times.length <= 7, times.join(" "));
    }
  });

  it("ends at once where it waits", async () => {
    const time = new VirtualTime();
    const daemon = new Daemon({ interval: 3600, phase: 0, splay: 5, startsAtOnce: false }, time, () => 0.5);
    time.at(3, () => daemon.stop());
    await daemon.loop(async () => {
      assert.unreachable();
      return await Promise.resolve(GOOD);
    });
    assert.is(time.monotonic(), 3);
  });

  it("starts no other run after the one that is at work when it is told to end, whoever asks", async () => {
    const time = new VirtualTime();
    const daemon = new Daemon({ interval: 60, phase: 0, splay: 5, startsAtOnce: true }, time, () => 0.5);
    let runs = 0;
    time.at(5, () => {
      daemon.poke("signal");
      daemon.stop();
    });
    await daemon.loop(async () => {
      runs++;
      await time.sleep(10);
      return GOOD;
    });
    assert.is(runs, 1);
    assert.is(time.monotonic(), 10);
  });
});
