/**
 * The agent as a worker of a real RabbitMQ: whatever happens to the broker, to what lies in the queue or to the agent, the
 * targets in place are complete, and every host ends with the newest generation.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdir, readFile, readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parseBroker } from "../../src/notify/amqp-broker.ts";
import type { Broker } from "../../src/notify/amqp-broker.ts";
import { notifyQueues } from "../../src/notify/amqp.ts";
import { queueDeclaration } from "../../src/notify/amqp-queue.ts";
import { describe, notRun } from "../describe.ts";
import { environment, ROOT, until as untilSoon, withDirectory } from "../workplace.ts";
import { addresses, publish, withSite } from "./artifacts.ts";
import type { Site } from "./artifacts.ts";
import { withHost } from "./host.ts";
import { freePort } from "./loopback.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";
import { PASSWORD, rabbitmq, rabbitmqTrouble, withProxy } from "./rabbitmq.ts";
import type { RabbitMq } from "./rabbitmq.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
const SHARD = "tokyo-a";

/** A place that publishes, and a queue that no other test has. */
interface Fleet {
  readonly broker: RabbitMq;
  readonly queue: string;
  readonly directory: string;
  readonly site: Site;
  /** Puts a generation onto the site; it has as many targets as its number. */
  readonly publish: (generation: number) => Promise<void>;
  /** What `promgen-gen notify` does. */
  readonly notify: (generation: number, times?: number) => Promise<void>;
  /** A message of our own making. */
  readonly message: (fields?: object) => object;
}

interface Worker {
  readonly log: () => string;
  readonly metric: (sample: string) => Promise<number | undefined>;
  /** Waits until a generation is in place, and nothing but that. */
  readonly has: (generation: number) => Promise<void>;
  readonly generation: () => Promise<number | undefined>;
  readonly connected: (isSo?: boolean) => Promise<void>;
  /** Sends a signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<{ exit: number | null; ms: number }>;
}

/** All of them share two processors. */
const PATIENCE_MS = 40_000;
const until = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> =>
  await untilSoon(what, isSo, PATIENCE_MS);

let fleets = 0;

async function withFleet(act: (fleet: Fleet) => Promise<void>): Promise<void> {
  const broker = await rabbitmq();
  const queue = `w.${++fleets}`;
  await withDirectory({ "site/x": "" }, async (directory) => {
    await withSite(join(directory, "site"), async (site) => {
      const address = parseBroker(broker.url) as Broker;
      await act({
        broker,
        queue,
        directory,
        site,
        publish: async (generation) =>
          void (await publish(join(directory, "site"), { generation, targets: addresses(generation) })),
        notify: async (generation, times = 1) => {
          const addressees = Array.from({ length: times }, () => ({ queue, shard: SHARD }));
          for (const { trouble } of await notifyQueues(address, addressees, { generation }, { seconds: 20 }))
            assert.is(trouble, undefined);
        },
        message: (fields = {}) => ({ version: 1, queue, shard: SHARD, generation: 9, ...fields }),
      });
    });
  });
}

/** @param more options, of which the last says; `name` tells several hosts apart; `node` has options of Node */
async function withWorker(
  fleet: Fleet,
  {
    name = "host",
    broker = fleet.broker.url,
    more = [],
    node = [],
  }: { name?: string; broker?: string; more?: readonly string[]; node?: readonly string[] },
  act: (worker: Worker) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const directory = join(fleet.directory, name);
  await mkdir(directory, { recursive: true });
  const targets = join(directory, "etc/targets.json");
  const options = {
    source: fleet.site.url,
    shard: SHARD,
    targets,
    state: join(directory, "state"),
    interval: "1h",
    listen: String(port),
    broker,
    queue: fleet.queue,
    "broker-credentials": `basic:${fleet.broker.credentials}`,
  };
  const command = ["run", ...Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]), ...more];
  if (!more.includes("--prometheus")) command.push("--no-proof");
  const child = spawn(process.execPath, [...node, AGENT, ...command], {
    cwd: directory,
    env: environment(directory),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  const metric: Worker["metric"] = async (sample) => {
    const text = await get(port).catch(() => "");
    const found = new RegExp(
      `^promgen_agent_${sample.replace("{", '\\{shard="tokyo-a",?').replace("}", "\\}")} (\\S+)$`,
      "m",
    );
    const plain = new RegExp(`^promgen_agent_${sample}\\{shard="tokyo-a"\\} (\\S+)$`, "m");
    const value = (sample.includes("{") ? found : plain).exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  try {
    await act({
      log: () => log,
      metric,
      generation: async () => await metric("generation"),
      has: async (generation) => {
        const expected = JSON.stringify(addresses(generation));
        await until(`generation ${generation} is in place; ${log}`, async () =>
          (await readFile(targets, "utf8").catch(() => "")).includes(`"targets":${expected}`),
        );
        const names = await readdir(join(directory, "etc"));
        assert.equal(
          names.filter((file) => file.endsWith(".json")),
          ["targets.json"],
        );
      },
      connected: async (isSo = true) =>
        await until(`connected: ${isSo}; ${log}`, async () => (await metric("queue_connected")) === Number(isSo)),
      stop: async (signal = "SIGTERM") => {
        const start = performance.now();
        child.kill(signal);
        return { exit: await ended, ms: performance.now() - start };
      },
    });
    assert.not.match(log, PASSWORD);
    assert.not.match(log, /\n\s+at .*:\d+/);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

async function get(port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path: "/metrics" }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    asked.on("error", reject).end();
  });
}

/** A Prometheus that is not there: a run waits for its proof. */
async function nobody(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

async function emptied({ broker, queue }: Fleet): Promise<void> {
  await until("nothing is left in the queue", async () => (await broker.look(queue))?.messages === 0);
}

const [release] = await installed("agent queue with Prometheus");
const trouble = await rabbitmqTrouble();
if (trouble === undefined) {
  describe("agent queue with RabbitMQ", (it) => {
    const inParallel = parallel()(it);

    it("brings a generation within a second of its message, and forgets the message then", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withWorker(fleet, {}, async (worker) => {
          await worker.has(1);
          await worker.connected();
          await fleet.publish(2);
          const start = performance.now();
          await fleet.notify(2);
          await worker.has(2);
          assert.ok(performance.now() - start < 3000);
          await until("confirmed", async () => (await worker.metric('queue_messages_total{result="confirmed"}')) === 1);
          assert.equal((await worker.stop()).exit, 0);
        });
        assert.equal(await fleet.broker.look(fleet.queue), { messages: 0, consumers: 0 });
      });
    });

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
          const told = notifyQueues(address, [{ queue: fleet.queue, shard: SHARD }], { generation: 2 }, { seconds: 5 });
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
          await until(
            "it is settled",
            async () => (await worker.metric('queue_messages_total{result="pointless"}')) === 1,
          );
          await worker.has(2);
        });
      });
    });

    inParallel("ends within two seconds when it is told to, and leaves what no run has settled", async () => {
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
          const { exit, ms } = await worker.stop();
          assert.is(exit, 0);
          assert.ok(ms < 2000, `${ms} ms`);
        });
        await until("it is in the queue", async () => (await fleet.broker.look(fleet.queue))?.messages === 1);
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
          await fleet.notify(2, 1000);
          await worker.has(2);
          await emptied(fleet);
          // A run that is still to come would come within two seconds.
          await new Promise((resolve) => setTimeout(resolve, 2500));
          const runs = ((await worker.metric("runs_total")) ?? 0) - before;
          assert.ok(runs >= 1 && runs <= 2, `${runs}`);
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
        });
      });
    });

    inParallel("notices a connection whose other end is gone without a word, and makes another one", async () => {
      await withFleet(async (fleet) => {
        await fleet.publish(1);
        await withProxy(fleet.broker.port, async (proxy) => {
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
