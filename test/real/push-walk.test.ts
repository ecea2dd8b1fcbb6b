/**
 * The way of a change to the servers by push, with everything real: Git, publish, RabbitMQ, two agents and their Prometheus
 * servers. Hosts are addresses of the loopback interface.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { DEFAULT_PUBLISHED } from "../../src/commands/push-defaults.ts";
import { status } from "../../src/commands/status.ts";
import type { Through } from "../../src/commands/status.ts";
import type { FleetStatus } from "../../src/notify/fleet-status.ts";
import { describe, notRun } from "../describe.ts";
import { commit, SHOP, web, withInventory } from "../publish/inventory-repository.ts";
import { environment, inProcess, ROOT, runCli, until } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { withHost } from "./host.ts";
import type { Host } from "./host.ts";
import { freePort } from "./loopback.ts";
import { installed } from "./prometheus.ts";
import type { ActiveTarget } from "./prometheus.ts";
import { rabbitmq, rabbitmqTrouble } from "./rabbitmq.ts";
import type { RabbitMq } from "./rabbitmq.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
const HOSTS = ["127.0.0.2", "127.0.0.3"] as const;
const SHARDS = `shard: tokyo-a\nservers: [${HOSTS.join(", ")}]\n---\nshard: osaka-a\n`;
const SECRET = "c4n4ry-0123456789abcdef";

/** A daemon as a unit starts it. */
class Daemon {
  readonly #args: readonly string[];
  readonly #directory: string;
  #child: ChildProcess | undefined;
  log = "";

  constructor(directory: string, args: readonly string[]) {
    this.#directory = directory;
    this.#args = args;
  }

  start(): void {
    const child = spawn(process.execPath, [AGENT, "run", ...this.#args], {
      cwd: this.#directory,
      env: environment(this.#directory),
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    this.#child = child;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
}

/** What `promgen-gen status --json` prints, run in this process. */
async function statusHere(repository: string, through: Through): Promise<FleetStatus> {
  const options = { published: DEFAULT_PUBLISHED, through, format: "json", maxAge: 900 } as const;
  const ran = await inProcess(repository, async (io) => await status({ ...io, now: () => Date.now() }, options));
  return JSON.parse(ran.stdout) as FleetStatus;
}

interface Fleet {
  readonly agents: readonly Daemon[];
  /** Commits a number of hosts, and publishes it: the generation. */
  readonly publish: (hosts: number) => Promise<number>;
  readonly notify: (...options: readonly string[]) => Promise<Ran>;
  readonly webhook: (...options: readonly string[]) => Promise<Ran>;
  /** What the servers run; with their exit code. */
  readonly status: (...options: readonly string[]) => Promise<FleetStatus & { readonly exit: number | undefined }>;
  /** The same, asked again and again in this process until it is so. */
  readonly untilStatus: (what: string, isSo: (fleet: FleetStatus) => boolean, prometheus?: string) => Promise<void>;
}

async function withFleet(
  mq: RabbitMq,
  hosts: readonly Host[],
  port: number,
  act: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  await withInventory({ ...SHOP, "targets/shards.yml": SHARDS }, async (repository) => {
    const directory = join(repository, "..");
    await writeFile(join(directory, "secret"), `${SECRET}\n`, { mode: 0o600 });
    const credentials = ["--broker", mq.url, "--broker-credentials", `basic:${mq.credentials}`];
    const asked = ["--agents", `http://{host}:${port}/metrics`];
    const webhook = ["--webhook-secret", join(directory, "secret")];
    const agents = hosts.map((host, index) => {
      const name = HOSTS[index] ?? "";
      const source = ["--source", `git+file://${repository}#artifacts`, "--shard", "tokyo-a"];
      const place = ["--targets", host.targetsPath, "--state", join(directory, `state-${name}`)];
      // The first one polls, the other one only hears what it is told.
      const rhythm = ["--interval", index === 0 ? "2s" : "1h", "--splay", "0"];
      const told = [...credentials, "--queue", `promgen-gen.${name}`, "--listen", `${name}:${port}`, ...webhook];
      return new Daemon(directory, [...source, ...place, "--prometheus", host.url, ...rhythm, ...told]);
    });
    let seconds = 0;
    const ask: Fleet["status"] = async (...options) => {
      const through = options.includes("--prometheus") ? [] : asked;
      const { exit, stdout, stderr } = await runCli(repository, ["status", "--json", ...through, ...options]);
      assert.is(stderr, "");
      return { ...(JSON.parse(stdout) as FleetStatus), exit };
    };
    try {
      await act({
        agents,
        publish: async (count) => {
          await commit(repository, { "targets/web.yml": web(count) }, (seconds += 60));
          const ran = await runCli(repository, ["publish", "branch"]);
          assert.is(ran.exit, 0, ran.stdout + ran.stderr);
          return Number(/generation (\d+)/.exec(ran.stdout)?.[1]);
        },
        notify: async (...options) => await runCli(repository, ["notify", ...credentials, ...asked, ...options]),
        webhook: async (...options) => {
          const pattern = ["--webhook", `http://{host}:${port}/-/sync`];
          return await runCli(repository, ["notify", ...pattern, ...webhook, ...asked, ...options]);
        },
        status: ask,
        untilStatus: async (what, isSo, prometheus) => {
          const from = prometheus === undefined ? { agents: asked[1] ?? "" } : { prometheus };
          await until(what, async () => isSo(await statusHere(repository, from)));
        },
      });
    } catch (error) {
      if (error instanceof Error) error.message += `\n${agents.map(({ log }) => log).join("\n")}`;
      throw error;
    } finally {
      await Promise.all(agents.map(async (agent) => await agent.kill()));
    }
  });
}

function isOurs({ scrapePool }: ActiveTarget): boolean {
  return scrapePool === "promgen";
}

const [release] = await installed("the walk by push");
const trouble = await rabbitmqTrouble();
if (trouble !== undefined) notRun("the walk by push", trouble);
else if (release !== undefined) {
  describe("the walk by push", (it) => {
    it("ends with every server on the new generation within seconds, and loses nothing with the broker", async () => {
      const mq = await rabbitmq();
      const port = await freePort();
      const scraping = {
        job_name: "agents",
        scrape_interval: "1s",
        proxy_url: undefined,
        static_configs: [{ targets: HOSTS.map((host) => `${host}:${port}`) }],
      };
      const act = async (first: Host, second: Host): Promise<void> =>
        await withFleet(
          mq,
          [first, second],
          port,
          async ({ agents, publish, notify, webhook, status: ask, untilStatus }) => {
            const [, worker] = agents as [Daemon, Daemon];
            await publish(20);
            for (const agent of agents) agent.start();
            await untilStatus("both have the first generation", ({ counts }) => counts.current === 2);

            // A merge: published, told, and there.
            const merged = await publish(21);
            assert.equal((await ask()).published.generation, merged);
            // The hour of the one that only hears what it is told is not over by then.
            const told = await notify("--wait", "--timeout", "100s");
            assert.is(told.exit, 0, told.stdout + told.stderr);
            assert.match(told.stdout, /^told 2 servers of .*\nall 2 have it, after \d+\.\d s\n$/);
            const there = await ask("--max-age", "0s");
            assert.is(there.exit, 0);
            for (const { generation, isConfirmed, state } of there.servers)
              assert.equal([generation, isConfirmed, state], [merged, true, "current"]);
            // That it has read the file is proven at once; it scrapes what is in it some seconds later.
            await until("both scrape the new target", async () => {
              const seen = await Promise.all([first, second].map(async (host) => await host.targets()));
              const counts = seen.map(({ activeTargets }) => activeTargets.filter(isOurs).length);
              return counts.every((count) => count === 21);
            });
            await untilStatus(
              "a Prometheus that scrapes the agents says the same",
              ({ servers }) => servers.every(({ generation, state }) => generation === merged && state === "current"),
              first.url,
            );
            const { servers } = await ask("--prometheus", first.url);
            assert.equal(new Set(servers.map(({ generation }) => generation)), new Set([merged]));

            // The broker dies with a message for a server that is down, and is away when somebody merges again.
            await worker.kill();
            await publish(22);
            assert.is((await notify()).exit, 0);
            await mq.kill();
            const unheard = await publish(23);
            const failed = await notify();
            assert.is(failed.exit, 2);
            assert.match(failed.stderr, "refuses the connection");
            await untilStatus("the one that polls has it", ({ counts }) => counts.current === 1);
            const late = await ask("--max-age", "0s");
            assert.is(late.exit, 1);
            assert.equal(
              late.servers.map(({ host, state, isLate, generation }) => [host, state, isLate, generation]),
              [
                [HOSTS[1], "unknown", true, null],
                [HOSTS[0], "current", false, unheard],
              ],
            );
            await mq.start();
            worker.start();
            await untilStatus("the message brings what is newest", ({ counts }) => counts.current === 2);

            // The same without any broker.
            await publish(24);
            const posted = await webhook("--wait", "--timeout", "100s");
            assert.is(posted.exit, 0, posted.stdout + posted.stderr);
          },
        );
      await withHost(
        release,
        { scrapeConfigs: [scraping] },
        async (first) => await withHost(release, {}, async (second) => await act(first, second)),
      );
    });
  });
}
