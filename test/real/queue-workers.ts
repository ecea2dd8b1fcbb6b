/** Agents that listen to the queues of a real RabbitMQ, each test with a queue and a place that publishes of its own. */
import { spawn } from "node:child_process";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parseBroker } from "../../src/notify/amqp-broker.ts";
import type { Broker } from "../../src/notify/amqp-broker.ts";
import { notifyQueues } from "../../src/notify/amqp.ts";
import { endsSoon } from "../stopwatch.ts";
import { environment, ROOT, until, withDirectory } from "../workplace.ts";
import { addresses, publish, withSite } from "./artifacts.ts";
import type { Site } from "./artifacts.ts";
import { freePort } from "./loopback.ts";
import { PASSWORD, rabbitmq } from "./rabbitmq.ts";
import type { RabbitMq } from "./rabbitmq.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
export const SHARD = "tokyo-a";

/** A place that publishes, and a queue that no other test has. */
export interface Fleet {
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

export interface Worker {
  readonly log: () => string;
  readonly metric: (sample: string) => Promise<number | undefined>;
  /** Waits until a generation is in place, and nothing but that. */
  readonly has: (generation: number) => Promise<void>;
  readonly generation: () => Promise<number | undefined>;
  readonly connected: (isSo?: boolean) => Promise<void>;
  /** Sends a signal and waits for the end, which comes soon: the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

let fleets = 0;

export async function withFleet(act: (fleet: Fleet) => Promise<void>): Promise<void> {
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
          for (const { trouble } of await notifyQueues(address, addressees, { generation }, { seconds: 60 }))
            assert.is(trouble, undefined);
        },
        message: (fields = {}) => ({ version: 1, queue, shard: SHARD, generation: 9, ...fields }),
      });
    });
  });
}

/** @param more options, of which the last says; `name` tells several hosts apart; `node` has options of Node */
export async function withWorker(
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
    const [name = "", labels = ""] = sample.split(/[{}]/);
    const all = [`shard="${SHARD}"`, ...(labels === "" ? [] : [labels])].join(",");
    const start = `promgen_agent_${name}{${all}} `;
    const line = (await get(port).catch(() => "")).split("\n").find((text) => text.startsWith(start));
    return line === undefined ? undefined : Number(line.slice(start.length));
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
        child.kill(signal);
        return await endsSoon(() => ended);
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
export async function nobody(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

export async function emptied({ broker, queue }: Fleet): Promise<void> {
  await until("nothing is left in the queue", async () => (await broker.look(queue))?.messages === 0);
}
