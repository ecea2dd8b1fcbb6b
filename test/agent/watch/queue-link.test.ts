import * as assert from "uvu/assert";
import type { Clock } from "../../../src/agent/clock.ts";
import { Link } from "../../../src/agent/watch/queue-link.ts";
import { parseBroker } from "../../../src/notify/amqp-broker.ts";
import type { Broker } from "../../../src/notify/amqp-broker.ts";
import { describe } from "../../describe.ts";
import { freePort, withSockets } from "../../real/loopback.ts";
import { withDirectory } from "../../workplace.ts";

interface Tried {
  /** What it waited for between two attempts, in seconds. */
  readonly waits: readonly number[];
  readonly log: readonly string[];
  readonly isConnected: boolean;
}

/** Lets a link try so often to reach a broker, and waits for none of the pauses. */
async function tried(url: string, times: number, more: { credentials?: string; random?: number } = {}): Promise<Tried> {
  const { random = 1, ...config } = more;
  const waits: number[] = [];
  const log: string[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (seconds) => {
      waits.push(seconds);
      if (waits.length === times) link.stop();
      await Promise.resolve();
    },
  };
  const link = new Link({
    config: { broker: parseBroker(url) as Broker, queue: "q", ...config },
    deliver: () => {},
    lost: () => {},
    clock,
    random: () => random,
    log: { write: (level, event, message) => void log.push(`${level} ${event} ${message}`) },
  });
  await link.keep();
  return { waits, log, isConnected: link.isConnected };
}

describe("agent queue: link", (it) => {
  it("tries for ever, at most every minute or so, and complains once", async () => {
    const { waits, log, isConnected } = await tried(`amqp://127.0.0.1:${await freePort()}`, 12);
    assert.equal(waits, [1, 2, 4, 8, 16, 32, 64, 64, 64, 64, 64, 64]);
    assert.equal([log.length, log.filter((line) => line.startsWith("warning queue-lost")).length], [12, 1]);
    assert.match(log[0] ?? "", "polling goes on");
    assert.is(isConnected, false);
  });

  it("comes back at any moment of that time, not before a second", async () => {
    const url = `amqp://127.0.0.1:${await freePort()}`;
    assert.equal((await tried(url, 8, { random: 0.5 })).waits, [1, 1, 2, 4, 8, 16, 32, 32]);
    assert.equal((await tried(url, 3, { random: 0 })).waits, [1, 1, 1]);
  });

  it("goes on trying where a file of credentials is gone or holds none, and never quotes it", async () => {
    await withDirectory({ login: "c4n4ry" }, async (directory) => {
      const url = `amqp://127.0.0.1:${await freePort()}`;
      const { waits, log } = await tried(url, 2, { credentials: `${directory}/login` });
      assert.is(waits.length, 2);
      assert.match(log[0] ?? "", "does not hold user:password");
      assert.not.match(log.join(), "c4n4ry");
      assert.match((await tried(url, 1, { credentials: `${directory}/absent` })).log[0] ?? "", "ENOENT");
    });
  });

  it("ends at once when it is told to while it connects", async () => {
    let connections = 0;
    await withSockets(
      () => void connections++,
      async (port) => {
        const link = new Link({
          config: { broker: parseBroker(`amqp://127.0.0.1:${port}`) as Broker, queue: "q" },
          deliver: () => {},
          lost: () => {},
          clock: { now: () => 0, monotonic: () => 0, sleep: async () => await Promise.resolve() },
          random: () => 1,
          log: { write: () => {} },
        });
        const start = performance.now();
        const kept = link.keep();
        setTimeout(() => link.stop(), 100);
        await kept;
        assert.ok(connections === 1 && performance.now() - start < 2000);
      },
    );
  });
});
