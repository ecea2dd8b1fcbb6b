/**
 * Whatever happens to the broker, to the queue or to the agent, the targets in place are complete, and every host ends with
 * the newest generation.
 */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parseBroker } from "../../src/notify/amqp-broker.ts";
import type { Broker } from "../../src/notify/amqp-broker.ts";
import { notifyQueues } from "../../src/notify/amqp.ts";
import { queueDeclaration } from "../../src/notify/amqp-queue.ts";
import { describe, notRun } from "../describe.ts";
import { until } from "../workplace.ts";
import { parallel } from "./parallel.ts";
import { emptied, nobody, SHARD, withFleet, withWorker } from "./queue-workers.ts";
import { askForHeartbeats, rabbitmqTrouble, withProxy } from "./rabbitmq.ts";

const trouble = await rabbitmqTrouble();
if (trouble === undefined) {
  describe("agent queue in trouble", (it) => {
    const inParallel = parallel()(it);

    it("polls while the broker is down, says so once, and listens when it is back", async () => {
      await withFleet(async (fleet) => {
        const { broker } = fleet;
        await fleet.publish(1);
        await withWorker(fleet, { more: ["--interval", "2s"] }, async (worker) => {
          await worker.has(1);
          await worker.connected();
          await broker.kill();
          await worker.connected(false);
          await fleet.publish(2);
          await worker.has(2);
          const address = parseBroker(broker.url) as Broker;
          const told = notifyQueues(
            address,
            [{ queue: fleet.queue, shard: SHARD }],
            { generation: 2 },
            { seconds: 60 },
          );
          assert.match(await told.then(String, String), "refuses the connection: nothing listens there");
          await broker.start();
          await worker.connected();
          await fleet.publish(3);
          await fleet.notify(3);
          await worker.has(3);
          await emptied(fleet);
          // It broke, and then nobody was there.
          assert.is(worker.log().match(/warning queue-lost/g)?.length, 2, worker.log());
          assert.is(worker.log().match(/info queue-connected/g)?.length, 2);
        });
      });
    });

    inParallel("killed between swap and acknowledgement, has its message again and brings it to its end", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(1);
          await worker.stop();
        });
        await fleet.publish(2);
        await fleet.notify(2);
        await withWorker(fleet, { more: ["--prometheus", await nobody()] }, async (worker) => {
          await worker.has(2);
          assert.equal(await fleet.broker.look(fleet.queue), { messages: 0, consumers: 1 });
          await worker.stop("SIGKILL");
        });
        await until("it is in the queue", async () => (await fleet.broker.look(fleet.queue))?.messages === 1);
        await withWorker(fleet, {}, async (worker) => {
          await emptied(fleet);
          // By what is in place, or by the run that found it so.
          await until("it is settled", async () => {
            const of = async (result: string): Promise<number> =>
              (await worker.metric(`queue_messages_total{result="${result}"}`)) ?? 0;
            return (await of("pointless")) + (await of("confirmed")) === 1;
          });
          await worker.has(2);
        });
      });
    });

    inParallel("ends soon when it is told to, and leaves what no run has settled", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(1);
          await worker.stop();
        });
        await withWorker(fleet, { more: ["--prometheus", await nobody()] }, async (worker) => {
          await worker.connected();
          await fleet.publish(2);
          await fleet.notify(2);
          await worker.has(2);
          // It waits for a proof, for half a minute.
          assert.is(await worker.stop(), 0);
        });
        await until("it is in the queue", async () => (await fleet.broker.look(fleet.queue))?.messages === 1);
      });
    });

    inParallel("says that user or password are wrong, and takes the right ones when they are there", async () => {
      await withFleet(async (fleet) => {
        const { broker, directory } = fleet;
        const login = join(directory, "login");
        await copyFile(broker.wrongCredentials, login);
        await fleet.publish(1);
        await withWorker(fleet, { more: ["--broker-credentials", `basic:${login}`] }, async (worker) => {
          await until("it says so", () => worker.log().includes("refuses this user, or its password"));
          await worker.has(1);
          await copyFile(broker.credentials, login);
          await worker.connected();
          await fleet.publish(2);
          await fleet.notify(2);
          await worker.has(2);
        });
      });
    });

    inParallel(
      "leaves a queue that somebody else declared alone, polls, and has its own when that one is gone",
      async () => {
        await withFleet(async (fleet) => {
          const { broker, queue } = fleet;
          await broker.withChannel(async (channel) => await channel.queueDeclare({ queue, durable: true }));
          await broker.put(queue, "of somebody else");
          await fleet.publish(1);
          await withWorker(fleet, { more: ["--interval", "2s"] }, async (worker) => {
            await until("it says so", () =>
              worker.log().includes("was declared by somebody else, with other arguments"),
            );
            await fleet.publish(2);
            await worker.has(2);
            assert.equal(await broker.look(queue), { messages: 1, consumers: 0 });
            await broker.withChannel(async (channel) => await channel.queueDelete(queue));
            await worker.connected();
            await fleet.publish(3);
            await fleet.notify(3);
            await worker.has(3);
          });
        });
      },
    );

    inParallel("declares its queue again where somebody deletes it", async () => {
      await withFleet(async (fleet) => {
        const { broker, queue } = fleet;
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.connected();
          await broker.withChannel(async (channel) => await channel.queueDelete(queue));
          await until("it says so", () => worker.log().includes("was deleted"));
          await worker.connected();
          await broker.withChannel(async (channel) => await channel.queueDeclare(queueDeclaration(queue)));
          await fleet.publish(2);
          await fleet.notify(2);
          await worker.has(2);
        });
      });
    });

    inParallel("notices a connection whose other end is gone without a word, and makes another one", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withProxy(fleet.broker.port, async (proxy) => {
          proxy.after = askForHeartbeats;
          await withWorker(fleet, { broker: `amqp://127.0.0.1:${proxy.port}` }, async (worker) => {
            await worker.has(1);
            await worker.connected();
            proxy.swallow = true;
            await worker.connected(false);
            assert.match(worker.log(), "does not answer (SOCKET_TIMEOUT)");
            proxy.swallow = false;
            await fleet.publish(2);
            await fleet.notify(2);
            await worker.connected();
            await worker.has(2);
            await emptied(fleet);
          });
        });
      });
    });
  });
} else notRun("agent queue in trouble", trouble);
