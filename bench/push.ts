/**
 * Measures how long a push takes: from the moment when artifacts are published until the agent of a host has the proof of a
 * real Prometheus, through a real RabbitMQ and through a webhook; and how long a large fleet takes to be notified.
 *
 *   npm run bench:push -- [--runs N] [--queues N] [--markdown] [--check]
 *
 * Needs `npm run build`, prometheus and rabbitmq-server; python3-celery for the rival. --check exits with 1 where a gate is missed.
 */
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseBroker } from "../src/notify/amqp-broker.ts";
import type { Broker } from "../src/notify/amqp-broker.ts";
import { notifyQueues } from "../src/notify/amqp.ts";
import { addresses, publish, withSite } from "../test/real/artifacts.ts";
import { withHost } from "../test/real/host.ts";
import { freePort } from "../test/real/loopback.ts";
import { installed } from "../test/real/prometheus.ts";
import { rabbitmq, rabbitmqTrouble } from "../test/real/rabbitmq.ts";
import { environment, withDirectory } from "../test/workplace.ts";
import { hasCelery, measureCelery } from "./celery.ts";
import { passes } from "./gates.ts";
import type { Gate } from "./gates.ts";
import { formatGates } from "./table.ts";

const AGENT = fileURLToPath(new URL("../lib/promgen-agent.cjs", import.meta.url));
const SHARD = "tokyo-a";
const QUEUE = "promgen-gen.bench";
const SECRET = "0123456789abcdef0123456789abcdef";
/** Targets of a generation. */
const TARGETS = 1000;
/** An agent that has just run lets the next message, or webhook, wait for a while: milliseconds. */
const PAUSE = { queue: 2500, webhook: 5500 };

/** Tells the agent that something is there, and is back when that is said. */
type Push = (generation: number) => Promise<void>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "9" },
      queues: { type: "string", default: "1000" },
      markdown: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
    },
  });
  const trouble = await rabbitmqTrouble();
  if (trouble !== undefined) throw new Error(trouble);
  const [release] = await installed("the push");
  if (release === undefined) throw new Error("prometheus is not installed");
  const { url } = await rabbitmq();
  const celeryUrl = `${url.replace("amqp://", "amqp://guest:guest@")}//`;
  const broker = parseBroker(url);
  if ("wrong" in broker) throw new Error(broker.wrong);
  const runs = Number(values.runs);
  process.stdout.write(
    `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores; Node ${process.versions.node}; Prometheus ${release.name}.\n\n`,
  );
  const fleet = await measureFleet(broker, Number(values.queues));
  const gates: Gate[] = [
    {
      what: "from published to confirmed, through AMQP",
      unit: "s",
      measured: await measurePush(
        release,
        runs,
        PAUSE.queue,
        ["--broker", url, "--queue", QUEUE],
        () => async (generation) => {
          const [told] = await notifyQueues(broker, [{ queue: QUEUE, shard: SHARD }], { generation }, { seconds: 10 });
          if (told?.trouble !== undefined) throw new Error(told.trouble.message);
        },
      ),
      gate: 1,
    },
    {
      what: "the same, through a webhook",
      unit: "s",
      measured: await measurePush(release, runs, PAUSE.webhook, [], (port) => async () => await post(port)),
      gate: 1,
    },
    { what: `${values.queues} queues notified`, unit: "s", measured: fleet.again, gate: 2 },
  ];
  process.stdout.write(
    `${values.queues} queues that are not there yet are declared and notified in ${fleet.first.toFixed(2)} s.\n\n`,
  );
  process.stdout.write(
    hasCelery()
      ? `A Celery worker that does Promgen's write_config has written and reloaded after ${median(
          await withHost(release, {}, async (host) => await measureCelery(host, celeryUrl, runs, TARGETS)),
        ).toFixed(2)} s; what Prometheus has read, it does not know.\n\n`
      : "Not measured: a Celery worker that does Promgen's write_config (python3-celery is not installed).\n\n",
  );
  process.stdout.write(`${formatGates(gates, values.markdown ? "markdown" : "text")}\n`);
  if (values.check && !gates.every(passes)) process.exitCode = 1;
}

/** Seconds to notify so many servers for the first time, and again. */
async function measureFleet(broker: Broker, count: number): Promise<{ first: number; again: number }> {
  const addressees = Array.from({ length: count }, (_, index) => ({ queue: `promgen-gen.host${index}`, shard: SHARD }));
  const tell = async (generation: number): Promise<number> => {
    const start = performance.now();
    const results = await notifyQueues(broker, addressees, { generation }, { seconds: 60 });
    const failed = results.find((result) => result.trouble !== undefined);
    if (failed !== undefined) throw new Error(`${failed.queue} ${failed.trouble?.message ?? ""}`);
    return (performance.now() - start) / 1000;
  };
  return { first: await tell(1), again: await tell(2) };
}

/** The median, in seconds, from a generation that is published and pushed to the proof of Prometheus. */
async function measurePush(
  release: Parameters<typeof withHost>[0],
  runs: number,
  pause: number,
  options: readonly string[],
  pushOf: (port: number) => Push,
): Promise<number> {
  return await withHost(release, {}, async (host) => {
    return await withDirectory({ "site/x": "", secret: `${SECRET}\n` }, async (directory) => {
      const site = join(directory, "site");
      return await withSite(site, async ({ url }) => {
        const port = await freePort();
        const push = pushOf(port);
        const place = async (generation: number): Promise<void> =>
          void (await publish(site, { generation, targets: addresses(TARGETS, generation) }));
        await place(1);
        const fixed = {
          source: url,
          shard: SHARD,
          targets: host.targetsPath,
          state: join(directory, "state"),
          prometheus: host.url,
          interval: "1h",
          listen: String(port),
          "webhook-secret": join(directory, "secret"),
          log: "json",
        };
        const words = Object.entries(fixed).flatMap(([name, value]) => [`--${name}`, value]);
        const agent = spawn(process.execPath, [AGENT, "run", ...words, ...options], {
          env: environment(directory),
          stdio: ["ignore", "ignore", "pipe"],
        });
        const lines = createInterface(agent.stderr);
        /** When the log next says that something happened. */
        const next = async (event: string): Promise<number> =>
          await new Promise((resolve, reject) => {
            const late = setTimeout(() => reject(new Error(`no ${event} within a minute`)), 60_000);
            const look = (line: string): void => {
              if ((JSON.parse(line) as { event: string }).event !== event) return;
              clearTimeout(late);
              lines.off("line", look);
              resolve(performance.now());
            };
            lines.on("line", look);
          });
        try {
          await next("confirmed");
          const times: number[] = [];
          for (let generation = 2; generation < 2 + runs; generation++) {
            await new Promise((resolve) => setTimeout(resolve, pause));
            await place(generation);
            const start = performance.now();
            const confirmed = next("confirmed");
            await push(generation);
            times.push((await confirmed) - start);
          }
          return median(times) / 1000;
        } finally {
          agent.kill("SIGKILL");
        }
      });
    });
  });
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** As GitHub calls when the artifact branch was pushed. */
async function post(port: number): Promise<void> {
  const body = '{"ref":"refs/heads/artifacts"}';
  const signature = createHmac("sha256", SECRET).update(body).digest("hex");
  const { status } = await fetch(`http://127.0.0.1:${port}/-/sync`, {
    method: "POST",
    headers: { "X-Hub-Signature-256": `sha256=${signature}` },
    body,
  });
  if (status !== 202) throw new Error(`the agent answers ${status}`);
}

main().then(
  // The broker would keep this process.
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
