import * as assert from "uvu/assert";
import type { Clock } from "../../../src/agent/clock.ts";
import { Link } from "../../../src/agent/watch/queue-link.ts";
import { parseBroker } from "../../../src/notify/amqp-broker.ts";
import type { Broker } from "../../../src/notify/amqp-broker.ts";
import type { Delivery } from "../../../src/agent/watch/queue-inbox.ts";
import { queueDeclaration } from "../../../src/notify/amqp-queue.ts";
import { describe, notRun } from "../../describe.ts";
import { freePort, withSockets } from "../../real/loopback.ts";
import { rabbitmq, rabbitmqTrouble, withProxy } from "../../real/rabbitmq.ts";
import { endsSoon } from "../../stopwatch.ts";
import { until, withDirectory } from "../../workplace.ts";

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
    let link: Link | undefined;
    await withSockets(
      () => {
        connections++;
        setTimeout(() => link?.stop(), 50);
      },
      async (port) => {
        const connecting = new Link({
          config: { broker: parseBroker(`amqp://127.0.0.1:${port}`) as Broker, queue: "q" },
          deliver: () => {},
          lost: () => {},
          clock: { now: () => 0, monotonic: () => 0, sleep: async () => await Promise.resolve() },
          random: () => 1,
          log: { write: () => {} },
        });
        link = connecting;
        // A connection has ten seconds.
        await endsSoon(() => connecting.keep(), 8);
        assert.is(connections, 1);
      },
    );
  });
});

interface Linked {
  /** In the order in which they came. */
  readonly deliveries: readonly Delivery[];
  /** How often what was delivered became the broker's again. */
  readonly lost: () => number;
}

/** A link that waits for nothing between two connections. */
async function withLink(url: string, queue: string, act: (linked: Linked) => Promise<void>): Promise<void> {
  const deliveries: Delivery[] = [];
  let lost = 0;
  const link = new Link({
    config: { broker: parseBroker(url) as Broker, queue },
    deliver: (delivery) => void deliveries.push(delivery),
    lost: () => void lost++,
    clock: { now: () => 0, monotonic: () => 0, sleep: async () => await Promise.resolve() },
    random: () => 1,
    log: { write: () => {} },
  });
  const kept = link.keep();
  try {
    await until("the link is there", () => link.isConnected);
    await act({ deliveries, lost: () => lost });
  } finally {
    link.stop();
    await kept;
  }
}

const trouble = await rabbitmqTrouble();
if (trouble === undefined) {
  describe("agent queue: link with RabbitMQ", (it) => {
    it("lets a message that is rejected go for good, and the next one come", async () => {
      const { url, put, look } = await rabbitmq();
      await withLink(url, "l.reject", async ({ deliveries }) => {
        await put("l.reject", { number: 1 });
        await until("the first is delivered", () => deliveries.length === 1);
        deliveries[0]?.reject();
        await put("l.reject", { number: 2 });
        await until("the second is delivered", () => deliveries.length >= 2);
        assert.equal(
          deliveries.map(({ body }) => body),
          [{ number: 1 }, { number: 2 }],
        );
        deliveries[1]?.acknowledge();
      });
      await until("nothing is left", async () => (await look("l.reject"))?.messages === 0);
    });

    it("says that a delivery is lost with its connection, and answers it on no other one", async () => {
      const { port, put, look, withChannel } = await rabbitmq();
      await withChannel(async (channel) => await channel.queueDeclare(queueDeclaration("l.lost")));
      await put("l.lost", { number: 1 });
      await withProxy(port, async (proxy) => {
        await withLink(`amqp://127.0.0.1:${proxy.port}`, "l.lost", async ({ deliveries, lost }) => {
          await until("it is delivered", () => deliveries.length === 1);
          assert.is(lost(), 0);
          proxy.cut();
          await until("it is delivered again", () => deliveries.length === 2);
          assert.ok(lost() >= 1);
          // Of a channel that is gone: neither may throw, nor say anything of the delivery that is there now.
          deliveries[0]?.acknowledge();
          deliveries[0]?.reject();
          await new Promise((resolve) => setTimeout(resolve, 100));
          assert.is(deliveries.length, 2);
        });
        await until("it is in the queue again", async () => (await look("l.lost"))?.messages === 1);
        await withLink(`amqp://127.0.0.1:${proxy.port}`, "l.lost", async ({ deliveries }) => {
          await until("it is delivered", () => deliveries.length === 1);
          deliveries[0]?.acknowledge();
        });
        assert.is((await look("l.lost"))?.messages, 0);
      });
    });
  });
} else notRun("agent queue: link with RabbitMQ", trouble);
