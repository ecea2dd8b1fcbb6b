import { join } from "node:path";
import * as assert from "uvu/assert";
import { notify, times } from "../../src/commands/notify.ts";
import type { NotifyOptions } from "../../src/commands/notify.ts";
import { EnvironmentError } from "../../src/exit.ts";
import { describe, notRun } from "../describe.ts";
import { HEALTHY } from "../agent/watch/states.ts";
import { metricsOf, vector, withAnswers } from "../notify/readings.ts";
import type { Asked } from "../notify/readings.ts";
import { commit, FIRST, makeInventory, publishFrom, SHOP, web } from "../publish/inventory-repository.ts";
import { freePort } from "../real/loopback.ts";
import { rabbitmq, rabbitmqTrouble } from "../real/rabbitmq.ts";
import { withMade } from "../snapshot.ts";
import { withEnoughTime } from "../stopwatch.ts";
import { environment, inProcess, runCli, writeFiles } from "../workplace.ts";
import type { Ran } from "../workplace.ts";

const SECRET = "c4n4ry-0123456789abcdef";
const SHARDS = "shard: tokyo-a\nservers: [127.0.0.1, '127.0.0.1:9091']\n---\nshard: osaka-a\nservers: [127.0.0.1]\n";

interface Shop {
  readonly repository: string;
  readonly run: (options: Partial<NotifyOptions>) => Promise<Ran>;
}

/** Two generations are published; in the second one tokyo-a changed. */
async function withShop(act: (shop: Shop) => Promise<void>): Promise<void> {
  const make = async (directory: string): Promise<void> => {
    const repository = join(directory, "work");
    await makeInventory(repository, { ...SHOP, "targets/shards.yml": SHARDS });
    await publishFrom(repository);
    await commit(repository, { "targets/web.yml": web(21) }, 60);
    assert.is((await publishFrom(repository, {}, { now: 60 })).exit, 0);
    await writeFiles(directory, { secret: `${SECRET}\n` });
  };
  await withMade("two generations", make, async (directory) => {
    const repository = join(directory, "work");
    const options: NotifyOptions = {
      channel: { webhook: "http://{host}:1/-/sync", secret: "../secret" },
      published: "branch:artifacts",
      all: false,
      wait: undefined,
      timeout: 60,
    };
    await act({
      repository,
      run: async (more) => {
        let said = "";
        try {
          return await inProcess(repository, async (io) => {
            const stderr = { ...io.stderr, write: (text: string) => (io.stderr.write(text), void (said += text)) };
            return await notify({ ...io, stderr, env: environment(repository) }, { ...options, ...more });
          });
        } catch (error) {
          if (!(error instanceof EnvironmentError)) throw error;
          const stderr = `${said}${error.message}\n${error.hint ?? ""}`;
          return { exit: 2, signal: undefined, stdout: "", stderr };
        }
      },
    });
  });
}

function webhook(port: number): NotifyOptions["channel"] {
  return { webhook: `http://{host}:${port}/{port}/{shard}`, secret: "../secret" };
}

/** What an agent of tokyo-a says that has this generation. */
function inPlace(generation: number): string {
  const { commit: _, ...applied } = HEALTHY.applied as NonNullable<typeof HEALTHY.applied>;
  return metricsOf({ ...HEALTHY, applied: { ...applied, generation } });
}

function paths(asked: readonly Asked[]): string[] {
  return asked.map(({ url }) => url).sort();
}

describe("notify", (it) => {
  it("tells the servers of the shards that changed, or all", async () => {
    await withShop(async ({ run }) => {
      await withAnswers(
        (_, response) => void response.writeHead(202).end(),
        async (port, asked) => {
          const { exit, stdout, stderr } = await run({ channel: webhook(port) });
          assert.equal([exit, stderr], [0, ""]);
          assert.match(stdout, new RegExp(`^told 2 servers of generation ${FIRST + 60} of [0-9a-f]{12}\n$`));
          assert.equal(paths(asked), ["/9090/tokyo-a", "/9091/tokyo-a"]);
          asked.length = 0;
          assert.is((await run({ channel: webhook(port), all: true })).exit, 0);
          assert.equal(paths(asked), ["/9090/osaka-a", "/9090/tokyo-a", "/9091/tokyo-a"]);
        },
      );
    });
  });

  it("names who could not be told, and fails", async () => {
    await withShop(async ({ run }) => {
      await withAnswers(
        ({ url }, response) => void response.writeHead(url.startsWith("/9091") ? 401 : 202).end(),
        async (port) => {
          const { exit, stdout, stderr } = await run({ channel: webhook(port) });
          assert.is(exit, 2);
          assert.match(stdout, /^told 1 server of/);
          assert.match(stderr, `not told: http://127.0.0.1:${port}/9091/tokyo-a refuses the signature (401)`);
          assert.match(stderr, "their agents pull it all the same");
          assert.not.match(stderr + stdout, "c4n4ry");
        },
      );
    });
  });

  it("names each server that the pattern makes no address of, and says nowhere that nobody was told", async () => {
    await withShop(async ({ run }) => {
      const channel = { webhook: "http://{host}:{port}{port}/-/sync", secret: "../secret" };
      const { exit, stdout, stderr } = await run({ channel });
      assert.is(exit, 2);
      assert.match(stdout, /^told 0 servers of/);
      assert.match(stderr, "not told: http://127.0.0.1:90909090/-/sync is no address: ports go up to 65535");
      assert.match(stderr, "not told: http://127.0.0.1:90919091/-/sync is no address");
      assert.not.match(stderr, "nobody was told");
    });
  });

  it("tells nobody where there is nothing new, or nobody to tell", async () => {
    await withShop(async ({ repository, run }) => {
      await commit(
        repository,
        { "targets/shards.yml": "shard: tokyo-a\n---\nshard: osaka-a\n", "targets/web.yml": web(22) },
        120,
      );
      await publishFrom(repository, { to: { directory: "../out" }, published: "branch:artifacts" }, { now: 120 });
      const { exit, stdout } = await run({ published: "../out" });
      assert.is(exit, 0);
      assert.match(stdout, /^no shard has servers: nobody was told of generation/);
      assert.match((await run({ published: "branch:none" })).stderr, "nothing is published at `branch:none`");
    });
  });

  it("waits until those that were told have it", async () => {
    await withShop(async ({ run }) => {
      let looks = 0;
      const generations = (): number => (looks++ < 3 ? FIRST : FIRST + 60);
      await withAnswers(
        ({ method }, response) => {
          response.writeHead(method === "POST" ? 202 : 200);
          response.end(method === "POST" ? "" : inPlace(generations()));
        },
        async (port) => {
          const wait = { agents: `http://{host}:${port}/metrics` };
          const { exit, stdout, stderr } = await run({ channel: webhook(port), wait });
          assert.is(exit, 0, stderr);
          assert.match(stdout, /^told 2 servers .*\nall 2 have it, after \d+\.\d s\n$/);
          assert.match(stderr, /^waiting up to \d+s until 2 servers have it\n$/);
        },
      );
    });
  });

  it("sees through a Prometheus that they have it, at the first look", async () => {
    await withShop(async ({ run }) => {
      await withAnswers(
        ({ method }, response) => {
          response.writeHead(method === "POST" ? 202 : 200);
          response.end(method === "POST" ? "" : vector([{ instance: "127.0.0.1:9914" }, inPlace(FIRST + 60)]));
        },
        async (port, asked) => {
          const wait = { prometheus: `http://127.0.0.1:${port}` };
          const { exit, stdout, stderr } = await run({ channel: webhook(port), wait });
          assert.is(exit, 0, stderr);
          // Not at the last one, when the time is over.
          assert.match(stdout, /^all 2 have it, after \d+\.\d s$/m);
          assert.is(asked.filter(({ method }) => method === "GET").length, 1);
        },
      );
    });
  });

  it("has as much time as it is given, for telling as well", () => {
    assert.equal(times(undefined, false), { telling: 30, total: 30 });
    assert.equal(times(undefined, true), { telling: 30, total: 300 });
    for (const isWaiting of [false, true]) {
      assert.equal(times(5, isWaiting), { telling: 5, total: 5 });
      assert.equal(times(120, isWaiting), { telling: 120, total: 120 });
      assert.equal(times(30 * 86_400, isWaiting), { telling: 3600, total: 30 * 86_400 });
    }
  });

  it("says who does not have it in time, and fails", async () => {
    await withShop(async ({ run }) => {
      await withAnswers(
        ({ method }, response) => void response.writeHead(method === "POST" ? 202 : 200).end(inPlace(FIRST)),
        async (port) => {
          const wait = { agents: `http://{host}:${port}/metrics` };
          await withEnoughTime(0.5, async (timeout) => {
            const { exit, stderr } = await run({ channel: webhook(port), wait, timeout });
            assert.is(exit, 1);
            assert.match(stderr, "0 of 2 servers have generation");
            assert.match(stderr, /^127\.0\.0\.1:9091 +tokyo-a +behind /m);
            const untold = await run({ channel: webhook(await freePort()), wait, timeout });
            assert.is(untold.exit, 2);
            assert.match(untold.stderr, "not told");
            assert.match(untold.stderr, "behind");
          });
        },
      );
    });
  });

  it("refuses wrong options before anybody is told", async () => {
    await withShop(async ({ repository, run }) => {
      const broker = { credentials: undefined, ca: undefined, queueName: undefined };
      const wrong: readonly (readonly [Partial<NotifyOptions>, RegExp | string])[] = [
        [{ channel: { ...broker, broker: "amqp://u:c4n4ry@b" } }, "--broker holds credentials"],
        [
          { channel: { ...broker, broker: "amqp://b", credentials: "u:c4n4ry" } },
          "--broker-credentials is not basic:FILE",
        ],
        [{ channel: { webhook: "http://prom1/", secret: "../secret" } }, "--webhook is without {host}"],
        [{ channel: { webhook: "http://{host}:1/", secret: "../none" } }, "cannot be read (ENOENT)"],
        [{ wait: { agents: "http://prom1/" } }, "--agents is without {host}"],
        [{ channel: { ...broker, broker: "amqp://127.0.0.1:1", queueName: "q" } }, "--queue-name gives"],
      ];
      for (const [options, said] of wrong) {
        const { exit, stderr } = await run(options);
        assert.is(exit, 2, String(said));
        assert.match(stderr, said);
        assert.not.match(stderr, "c4n4ry");
      }
      for (const [args, said] of [
        [[], "name a --broker or a --webhook"],
        [["--webhook", "http://{host}/"], "--webhook needs a --webhook-secret"],
        [["--broker", "amqp://b", "--webhook", "http://{host}/"], "cannot be used with"],
        [["--webhook", "http://{host}/", "--webhook-secret", "x", "--queue-name", "x"], "cannot be used with"],
      ] as const) {
        const ran = await runCli(repository, ["notify", ...args]);
        assert.is(ran.exit, 2, args.join(" "));
        assert.match(ran.stderr, said);
      }
    });
  });

  it("says that the broker is down, and what that means", async () => {
    await withShop(async ({ run }) => {
      const broker = `amqp://127.0.0.1:${await freePort()}`;
      const channel = { broker, credentials: undefined, ca: undefined, queueName: undefined };
      const { exit, stderr } = await run({ channel });
      assert.is(exit, 2);
      assert.match(stderr, "nobody was told of generation");
      assert.match(stderr, `the broker ${broker} refuses the connection`);
    });
  });
});

const trouble = await rabbitmqTrouble();
if (trouble === undefined) {
  describe("notify through RabbitMQ", (it) => {
    it("puts a message into the queue of each server, called as `servers` lists it", async () => {
      const mq = await rabbitmq();
      await withShop(async ({ repository }) => {
        const args = ["--broker", mq.url, "--broker-credentials", `basic:${mq.credentials}`];
        const ran = await runCli(repository, ["notify", ...args]);
        assert.equal([ran.exit, ran.stderr], [0, ""]);
        assert.match(ran.stdout, /^told 2 servers of generation/);
        const listed = await runCli(repository, ["servers", "--published", "artifacts", "--format", "json"]);
        const { servers } = JSON.parse(listed.stdout) as { servers: { shard: string; queue: string }[] };
        for (const { shard, queue } of servers) {
          const message = await mq.take(queue).catch(() => undefined);
          const body = message?.body as { shard: string; generation: number } | undefined;
          if (shard === "osaka-a") assert.is(body, undefined, queue);
          else assert.equal([body?.shard, body?.generation], ["tokyo-a", FIRST + 60], queue);
        }
        await mq.withChannel(async (channel) => {
          for (const { shard, queue } of servers) if (shard === "tokyo-a") await channel.queueDelete({ queue });
        });
      });
    });
  });
} else notRun("notify through RabbitMQ", trouble);
