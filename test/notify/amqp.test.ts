import { join } from "node:path";
import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { parseBroker } from "../../src/notify/amqp-broker.ts";
import type { Broker } from "../../src/notify/amqp-broker.ts";
import { notifyQueues } from "../../src/notify/amqp.ts";
import type { NotifyOptions, QueueResult } from "../../src/notify/amqp.ts";
import { describe, notRun } from "../describe.ts";
import { withDirectory } from "../workplace.ts";
import { freePort, withSockets } from "../real/loopback.ts";
import { PASSWORD, rabbitmq, rabbitmqTrouble, TUNE, withProxy } from "../real/rabbitmq.ts";
import { endsSoon, withEnoughTime } from "../stopwatch.ts";

/** Numbers of class and method of basic.publish. */
const PUBLISH = Buffer.from([0, 60, 0, 40]);
const COMMIT = "0123456789012345678901234567890123456789";

function brokerAt(url: string): Broker {
  const broker = parseBroker(url);
  if ("wrong" in broker) throw new Error(broker.wrong);
  return broker;
}

async function tell(
  url: string,
  queues: readonly string[],
  options: Partial<NotifyOptions> = {},
  generation = 7,
): Promise<QueueResult[]> {
  const addressees = queues.map((queue) => ({ queue, shard: "tokyo-a" }));
  return await notifyQueues(brokerAt(url), addressees, { generation, commit: COMMIT }, { seconds: 60, ...options });
}

async function failure(telling: Promise<unknown>): Promise<string> {
  return await telling.then(
    () => "nobody failed",
    (error: unknown) => {
      assert.instance(error, EnvironmentError, String(error));
      const { message, hint } = error as EnvironmentError;
      assert.ok(hint !== undefined && hint !== "", "says what to do");
      assert.not.match(`${message} ${hint}`, PASSWORD);
      return message;
    },
  );
}

describe("notify without a broker", (it) => {
  it("says that nothing listens there", async () => {
    const port = await freePort();
    assert.match(
      await failure(tell(`amqp://127.0.0.1:${port}`, ["q"])),
      `amqp://127.0.0.1:${port} refuses the connection`,
    );
  });

  it("does not wait for one that says nothing longer than it was given", async () => {
    await withSockets(
      () => {},
      async (port) => {
        const url = `amqp://127.0.0.1:${port}`;
        for (const seconds of [0.5, 0])
          assert.match(await endsSoon(() => failure(tell(url, ["q"], { seconds }))), "does not answer");
      },
    );
  });

  it("says where something else than a broker answers", async () => {
    await withSockets(
      (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
      async (port) =>
        assert.match(await failure(tell(`amqp://127.0.0.1:${port}`, ["q"])), "another protocol than AMQP 0-9-1"),
    );
    await withSockets(
      (socket) => void socket.end(Buffer.from("AMQP\0\x01\0\0")),
      async (port) =>
        assert.match(await failure(tell(`amqp://127.0.0.1:${port}`, ["q"])), "another protocol than AMQP 0-9-1"),
    );
  });

  it("reads credentials from a file that holds nothing else, and never quotes it", async () => {
    await withDirectory(
      { "no-colon": "c4n4ry", lines: "user:c4n4ry\nx", empty: "", pem: "c4n4ry" },
      async (directory) => {
        const file = (name: string): string => join(directory, name);
        for (const [options, what] of [
          [{ credentials: file("no-colon") }, "does not hold user:password"],
          [{ credentials: file("empty") }, "does not hold user:password"],
          [{ credentials: file("lines") }, "several lines"],
          [{ credentials: file("absent") }, "ENOENT"],
          [{ credentials: directory }, "is no file"],
          [{ ca: file("pem") }, "no certificate in PEM"],
        ] as const) {
          const message = await failure(tell("amqp://127.0.0.1:1", ["q"], options));
          assert.match(message, what);
          assert.not.match(message, "c4n4ry");
        }
      },
    );
  });
});

const trouble = await rabbitmqTrouble();
if (trouble === undefined) {
  describe("notify through RabbitMQ", (it) => {
    it("puts one persistent message into the queue of each, which says no more than that there is something new", async () => {
      const broker = await rabbitmq();
      const results = await tell(broker.url, ["n.one", "n.two"], { credentials: broker.credentials });
      assert.equal(
        results,
        ["n.one", "n.two"].map((queue) => ({ queue, trouble: undefined })),
      );
      const message = await broker.take("n.two");
      assert.equal(message?.body, { version: 1, queue: "n.two", shard: "tokyo-a", generation: 7, commit: COMMIT });
      assert.is(message?.durable, true);
      assert.is(message?.contentType, "application/json");
    });

    it("leaves the newest message alone to a server that is away", async () => {
      const { url, look, take } = await rabbitmq();
      for (const generation of [1, 2, 3]) await tell(url, ["n.away"], {}, generation);
      assert.equal(await look("n.away"), { messages: 1, consumers: 0 });
      assert.is((await take("n.away"))?.body.generation, 3);
    });

    it("speaks TLS with an authority that it is given, and does not without", async () => {
      const { tlsUrl, ca, credentials } = await rabbitmq();
      assert.equal(await tell(tlsUrl, ["n.tls"], { ca, credentials }), [{ queue: "n.tls", trouble: undefined }]);
      assert.match(await failure(tell(tlsUrl, ["n.tls"])), "an authority that is not trusted here");
    });

    it("says at once where the protocol is that of the other port", async () => {
      const { port, tlsUrl, url } = await rabbitmq();
      assert.match(await failure(tell(tlsUrl.replace("amqps:", "amqp:"), ["q"])), "broke the connection off");
      assert.match(
        await failure(tell(url.replace("amqp:", "amqps:"), ["q"])),
        `amqps://127.0.0.1:${port} does not speak TLS`,
      );
    });

    it("says that user, password or vhost are wrong", async () => {
      const { url, wrongCredentials, credentials } = await rabbitmq();
      assert.match(
        await failure(tell(url, ["q"], { credentials: wrongCredentials })),
        "refuses this user, or its password",
      );
      assert.match(
        await failure(tell(`${url}/absent`, ["q"], { credentials })),
        "does not let this user into the vhost",
      );
      assert.match(
        await failure(tell(`${url}/empty`, ["q"], { credentials })),
        "does not let this user into the vhost",
      );
    });

    it("leaves a queue that somebody else declared alone, says so, and tells the others", async () => {
      const { url, withChannel } = await rabbitmq();
      await withChannel(async (channel) => await channel.queueDeclare({ queue: "n.celery", durable: true }));
      const queues = ["n.a", "n.celery", ...Array.from({ length: 60 }, (_, index) => `n.many-${index}`)];
      const results = await tell(url, queues);
      assert.equal(
        results.filter((result) => result.trouble !== undefined).map(({ queue }) => queue),
        ["n.celery"],
      );
      assert.match(results[1]?.trouble?.message ?? "", "declared by somebody else, with other arguments");
      await withChannel(async (channel) => {
        for (const queue of queues) {
          const { messageCount } = await channel.queueDeclare({ queue, passive: true });
          assert.is(messageCount, queue === "n.celery" ? 0 : 1, queue);
        }
      });
    });

    it("names the rights that a user lacks, for every queue", async () => {
      const { url, onlookerCredentials } = await rabbitmq();
      const results = await tell(url, ["n.no", "n.rights"], { credentials: onlookerCredentials });
      assert.is(results.length, 2);
      for (const result of results) assert.match(result.trouble?.hint ?? "", "let it configure");
    });

    it("says who was told and who was not where the connection breaks in the middle", async () => {
      const { port, withChannel } = await rabbitmq();
      await withProxy(port, async (proxy) => {
        let sent = 0;
        proxy.before = (bytes) => {
          sent += bytes.length;
          if (sent > 20_000) proxy.cut();
        };
        const queues = Array.from({ length: 300 }, (_, index) => `n.broken-${index}`);
        const results = await tell(`amqp://127.0.0.1:${proxy.port}`, queues);
        assert.equal(
          results.map(({ queue }) => queue),
          queues,
        );
        const failed = results.flatMap((result) => result.trouble ?? []);
        assert.ok(failed.length > 0 && failed.length < 300, `${failed.length}`);
        for (const { message } of failed) assert.match(message, "broke the connection off");
        await withChannel(async (channel) => {
          for (const result of results)
            if (result.trouble === undefined)
              assert.is((await channel.queueDeclare({ queue: result.queue, passive: true })).messageCount, 1);
        });
      });
    });

    it("says that nobody was told where the connection breaks or falls silent before the first message", async () => {
      const { port } = await rabbitmq();
      const CHANNEL_OPEN = Buffer.from([0, 20, 0, 10]);
      const CONFIRM_SELECT = Buffer.from([0, 85, 0, 10]);
      for (const at of [CHANNEL_OPEN, CONFIRM_SELECT])
        for (const [isCut, said] of [
          [true, "broke the connection off"],
          [false, "took no message within"],
        ] as const)
          await withEnoughTime(0.5, async (seconds) => {
            await withProxy(port, async (proxy) => {
              proxy.before = (bytes) => {
                if (!bytes.includes(at)) return;
                if (isCut) proxy.cut();
                else proxy.swallow = true;
              };
              assert.match(await failure(tell(`amqp://127.0.0.1:${proxy.port}`, ["n.none"], { seconds })), said);
            });
          });
    });

    it("has no time without any, whatever the broker does", async () => {
      const { url } = await rabbitmq();
      assert.match(await failure(tell(url, ["n.none"], { seconds: 0 })), /does not answer|took no message within 0 s/);
    });

    it("tells all where the broker allows few channels, and says so where it allows too few", async () => {
      const { port, look } = await rabbitmq();
      await withProxy(port, async (proxy) => {
        let most = 3;
        proxy.after = (bytes) => {
          const start = bytes.indexOf(TUNE);
          if (start >= 0) bytes.writeUInt16BE(most, start + TUNE.length);
        };
        const queues = Array.from({ length: 40 }, (_, index) => `n.few-${index}`);
        const url = `amqp://127.0.0.1:${proxy.port}`;
        assert.equal(
          (await tell(url, queues)).filter(({ trouble: one }) => one !== undefined),
          [],
        );
        for (const queue of queues) assert.is((await look(queue))?.messages, 1, queue);
        most = 1;
        const results = await tell(url, ["n.few-a", "n.few-b"]);
        for (const { trouble: one } of results) assert.match(one?.message ?? "", "allows too few channels");
      });
    });

    it("gives up at its deadline where the broker falls silent, and says so", async () => {
      const { port } = await rabbitmq();
      await withEnoughTime(1, async (seconds) => {
        await withProxy(port, async (proxy) => {
          proxy.before = (bytes) => {
            if (bytes.includes(PUBLISH)) proxy.swallow = true;
          };
          const url = `amqp://127.0.0.1:${proxy.port}`;
          const [result] = await endsSoon(() => tell(url, ["n.silent"], { seconds }));
          assert.match(result?.trouble?.message ?? "", `was not confirmed within ${seconds} s`);
        });
      });
    });

    it("notices that a queue is gone before its message arrives", async () => {
      const { port, withChannel } = await rabbitmq();
      await withProxy(port, async (proxy) => {
        proxy.before = async (bytes) => {
          if (bytes.includes(PUBLISH)) await withChannel(async (channel) => await channel.queueDelete("n.gone"));
        };
        // Alone, nothing gives it the time to be noticed later.
        for (const queues of [["n.gone"], ["n.gone", "n.stays"]]) {
          const [gone, stays] = await tell(`amqp://127.0.0.1:${proxy.port}`, queues);
          assert.match(gone?.trouble?.message ?? "", "was deleted");
          assert.is(stays?.trouble, undefined);
        }
      });
    });
  });
} else notRun("notify through RabbitMQ", trouble);
