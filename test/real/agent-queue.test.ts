/**
 * The agent as a worker of a real RabbitMQ: a message brings the next run forward, and is kept until that has brought what
 * it announces.
 */
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { endsSoon } from "../stopwatch.ts";
import { until } from "../workplace.ts";
import { withHost } from "./host.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";
import { emptied, withFleet, withWorker } from "./queue-workers.ts";
import { rabbitmqTrouble } from "./rabbitmq.ts";

const [release] = await installed("agent queue with Prometheus");
const trouble = await rabbitmqTrouble();
if (trouble === undefined) {
  describe("agent queue with RabbitMQ", (it) => {
    const inParallel = parallel()(it);

    it("brings a generation as soon as its message comes, and forgets the message then", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(1);
          await worker.connected();
          await fleet.publish(2);
          await endsSoon(async () => {
            await fleet.notify(2);
            await worker.has(2);
          });
          await until("confirmed", async () => (await worker.metric('queue_messages_total{result="confirmed"}')) === 1);
          assert.is(await worker.stop(), 0);
        });
        assert.equal(await fleet.broker.look(fleet.queue), { messages: 0, consumers: 0 });
      });
    });

    if (release !== undefined)
      inParallel("keeps a message until Prometheus has proven that it read what was announced", async () => {
        await withHost(release, {}, async (host) => {
          await withFleet(async (fleet) => {
            await fleet.publish(1);
            const more = ["--targets", host.targetsPath, "--prometheus", host.url];
            await withWorker(fleet, { more }, async (worker) => {
              await until("the first is confirmed", async () => (await worker.metric("confirmed")) === 1);
              await worker.connected();
              await host.kill("SIGSTOP");
              await fleet.publish(2);
              await fleet.notify(2);
              await until("it is in place", async () => (await worker.metric("generation")) === 2);
              assert.is(await worker.metric('queue_messages_total{result="confirmed"}'), 0);
              await host.kill("SIGCONT");
              await until(
                "it is settled",
                async () => (await worker.metric('queue_messages_total{result="confirmed"}')) === 1,
              );
              assert.is(await worker.metric("confirmed"), 1);
              await until("it is scraped", async () => (await host.targets()).activeTargets.length === 2);
            });
          });
        });
      });

    inParallel("finds what was said while it was away", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(1);
          await worker.stop();
        });
        await fleet.publish(3);
        for (const generation of [2, 3]) await fleet.notify(generation);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(3);
          await emptied(fleet);
        });
      });
    });

    inParallel("makes one or two runs of a thousand messages in a second", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(1);
          await worker.connected();
          const before = (await worker.metric("runs_total")) ?? 0;
          await fleet.publish(2);
          const start = performance.now();
          await fleet.notify(2, 1000);
          await worker.has(2);
          await emptied(fleet);
          const seconds = (performance.now() - start) / 1000;
          // A run that is still to come would come within two seconds.
          await new Promise((resolve) => setTimeout(resolve, 2500));
          const runs = ((await worker.metric("runs_total")) ?? 0) - before;
          // They may come more slowly, and then there is one every two seconds.
          assert.ok(runs >= 1 && runs <= 2 + seconds / 2, `${runs} in ${seconds} s`);
        });
      });
    });

    inParallel("makes no run for what is in place, for another host, or for what is no message", async () => {
      await withFleet(async (fleet) => {
        const { broker, queue, message } = fleet;
        await fleet.publish(5);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(5);
          await worker.connected();
          const runs = await worker.metric("runs_total");
          const poison = [
            message({ queue: "w.other" }),
            message({ shard: "osaka-a" }),
            message({ version: 2 }),
            message({ generation: "9" }),
            "\u001b[2Jno JSON",
            Buffer.from('{"task": "promgen.tasks.write_config"}'),
            Buffer.alloc(0),
            Buffer.alloc(20 * 2 ** 20, "[".charCodeAt(0)),
          ];
          // One at a time: of two that wait the queue keeps the newer one.
          for (const [index, body] of [message({ generation: 4 }), message({ generation: 5 }), ...poison].entries()) {
            await broker.put(queue, body);
            await until(`message ${index} is settled; ${worker.log()}`, async () => {
              const [pointless = 0, refused = 0] = await Promise.all(
                ["pointless", "refused"].map(
                  async (result) => await worker.metric(`queue_messages_total{result="${result}"}`),
                ),
              );
              return pointless + refused === index + 1;
            });
          }
          assert.is(await worker.metric('queue_messages_total{result="refused"}'), poison.length);
          assert.is(await worker.metric("runs_total"), runs);
          for (const what of ["for another host", "for another shard", "upgrade promgen-agent"])
            assert.match(worker.log(), what);
          assert.not.match(worker.log(), "\u001b");
          assert.match(worker.log(), "info queue-connected");
          assert.is(worker.log().match(/queue-connected/g)?.length, 1);
          assert.equal(await broker.look(queue), { messages: 0, consumers: 1 });
          await fleet.publish(6);
          await fleet.notify(6);
          await worker.has(6);
        });
      });
    });

    inParallel("shares a queue with another worker: one has it at once, the other when it polls", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withWorker(fleet, { name: "one", more: ["--interval", "3s"] }, async (one) => {
          await withWorker(fleet, { name: "two", more: ["--interval", "3s"] }, async (two) => {
            for (const worker of [one, two]) {
              await worker.has(1);
              await worker.connected();
            }
            for (const generation of [2, 3, 4]) {
              await fleet.publish(generation);
              await fleet.notify(generation);
            }
            for (const worker of [one, two]) await worker.has(4);
            await emptied(fleet);
            assert.equal(await fleet.broker.look(fleet.queue), { messages: 0, consumers: 2 });
          });
        });
      });
    });

    inParallel("is not misled by clocks: of the past, of the future and of the message", async () => {
      await withFleet(async (fleet) => {
        const { broker, queue, message } = fleet;
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.connected();
          await fleet.publish(2);
          await broker.withChannel(async (channel) => {
            await channel.confirmSelect();
            // Of 1970 and of the year 2100.
            for (const timestamp of [0, 4_102_444_800])
              await channel.basicPublish({ routingKey: queue, durable: true, timestamp }, message({ generation: 2 }));
          });
          await worker.has(2);
          // Announced from a host that is ages ahead, and not there: what is there comes all the same.
          await broker.put(queue, message({ generation: 9_000_000_000 }));
          await until("it is announced", () => worker.log().includes("generation 9000000000 is announced"));
          await fleet.publish(3);
          await fleet.notify(3);
          await worker.has(3);
        });
      });
    });

    inParallel("speaks TLS with an authority that it is given, without making code, as its unit wants it", async () => {
      await withFleet(async (fleet) => {
        const { broker } = fleet;
        await fleet.publish(1);
        await withWorker(
          fleet,
          { broker: broker.tlsUrl, more: ["--broker-ca", broker.ca], node: ["--jitless"] },
          async (worker) => {
            await worker.connected();
            await fleet.publish(2);
            await fleet.notify(2);
            await worker.has(2);
          },
        );
        await withWorker(fleet, { broker: broker.tlsUrl }, async (worker) => {
          await until("it says so", () => worker.log().includes("name the authority that signed it with --broker-ca"));
        });
      });
    });
  });
} else notRun("agent queue with RabbitMQ", trouble);
