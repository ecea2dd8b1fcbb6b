/**
 * The daemon as it is installed: what operators, systemd, Prometheus and GitHub do to it.
 */
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmod, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { fleetOf } from "../../src/notify/fleet.ts";
import { notifyWebhooks } from "../../src/notify/webhook.ts";
import { textfileName } from "../../src/agent/watch/textfile.ts";
import { describe, notRun } from "../describe.ts";
import { endsSoon } from "../stopwatch.ts";
import { environment, isInstalled, readFiles, ROOT, run, until, withDirectory, whileLocked } from "../workplace.ts";
import { addresses, publish, withSite } from "./artifacts.ts";
import type { Site } from "./artifacts.ts";
import { freePort, withSockets } from "./loopback.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
const SECRET = "c4n4ry-0123456789abcdef";
const hasPromtool = await isInstalled("promtool");
if (!hasPromtool) notRun("metrics of the daemon", "promtool is not installed");

interface Host {
  readonly directory: string;
  readonly site: Site;
  /** Puts a generation onto the site: so many targets. */
  readonly publish: (generation: number, targets?: number) => Promise<void>;
  readonly options: readonly string[];
  /** What is in place; empty where nothing is. */
  readonly inPlace: () => Promise<string>;
}

interface Daemon {
  readonly pid: number;
  readonly port: number;
  readonly log: () => string;
  readonly ask: (path: string, body?: string, secret?: string) => Promise<{ status: number; body: string }>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends a signal and waits for the end, which comes soon: the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

async function withHost(act: (host: Host) => Promise<void>): Promise<void> {
  await withDirectory({ secret: `${SECRET}\n`, "text/x": "", "site/x": "" }, async (directory) => {
    await chmod(join(directory, "secret"), 0o600);
    await withSite(join(directory, "site"), async (site) => {
      const targets = join(directory, "etc/targets.json");
      await act({
        directory,
        site,
        publish: async (generation, count = 3) =>
          void (await publish(join(directory, "site"), { generation, targets: addresses(count) })),
        options: [
          "--source",
          site.url,
          "--targets",
          targets,
          "--state",
          join(directory, "state"),
          ..."--shard tokyo-a --interval 1h --splay 0 --no-proof".split(" "),
        ],
        inPlace: async () => await readFile(targets, "utf8").catch(() => ""),
      });
      // Whatever happened: nothing that Prometheus would take for targets, and no secret in what is left.
      const names = await readdir(join(directory, "etc")).catch(() => [] as string[]);
      assert.equal(
        names.filter((name) => /\.(json|ya?ml)$/.test(name)),
        names.filter((name) => name === "targets.json"),
      );
      for (const [path, content] of Object.entries(await readFiles(directory)))
        if (path !== "secret") assert.not.match(content, SECRET, path);
    });
  });
}

async function withDaemon(host: Host, more: readonly string[], act: (daemon: Daemon) => Promise<void>): Promise<void> {
  const port = await freePort();
  const listen = ["--listen", String(port), "--webhook-secret", join(host.directory, "secret")];
  const child = spawn(process.execPath, [AGENT, "run", ...host.options, ...listen, ...more], {
    cwd: host.directory,
    env: environment(host.directory),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  try {
    await until(`the daemon listens: ${log}`, async () => {
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${log}`);
      return await ask(agent, port, "/metrics").then(
        () => true,
        () => false,
      );
    });
    await act({
      pid: child.pid ?? 0,
      port,
      log: () => log,
      ask: async (path, body, secret = SECRET) => await ask(agent, port, path, body, secret),
      signal: (signal) => void child.kill(signal),
      stop: async (signal = "SIGTERM") => {
        child.kill(signal);
        return await endsSoon(() => ended);
      },
    });
    assert.not.match(log, SECRET);
    assert.not.match(log, /\n\s+at .*:\d+/);
  } finally {
    child.kill("SIGKILL");
    await ended;
    agent.destroy();
  }
}

/** With a body it is a webhook that is signed with the secret. */
async function ask(
  agent: Agent,
  port: number,
  path: string,
  body?: string,
  secret = SECRET,
): Promise<{ status: number; body: string }> {
  const signature = createHmac("sha256", secret)
    .update(body ?? "")
    .digest("hex");
  const how = body === undefined ? {} : { method: "POST", headers: { "X-Hub-Signature-256": `sha256=${signature}` } };
  return await new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, agent, ...how }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    asked.on("error", reject).end(body);
  });
}

/** A server that accepts connections and never says anything. */
async function withSilence(act: (url: string, connected: () => boolean) => Promise<void>): Promise<void> {
  let isConnected = false;
  await withSockets(
    () => (isConnected = true),
    async (port) => await act(`http://127.0.0.1:${port}`, () => isConnected),
  );
}

/** Passes webhooks on to a port, and keeps what was sent. */
async function withRelay(to: number, bodies: string[], act: (port: number) => Promise<void>): Promise<void> {
  const relay = createServer((incoming, response) => {
    void (async () => {
      let body = "";
      for await (const chunk of incoming.setEncoding("utf8")) body += String(chunk);
      bodies.push(body);
      const { method, url, headers } = incoming;
      request({ host: "127.0.0.1", port: to, method, path: url, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 0);
        answer.pipe(response);
      }).end(body);
    })();
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  try {
    await act((relay.address() as AddressInfo).port);
  } finally {
    relay.closeAllConnections();
    relay.close();
  }
}

/** How many runs there were. */
async function runs(daemon: Daemon): Promise<number> {
  return Number(/^promgen_agent_runs_total\{[^}]*\} (\d+)$/m.exec((await daemon.ask("/metrics")).body)?.[1] ?? 0);
}

describe("agent daemon as it is installed", (it) => {
  it("brings the first targets at once, is well then, and a restart does not ask again before its moment", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      await withDaemon(host, [], async (daemon) => {
        await until("the targets are in place", async () => (await host.inPlace()) !== "");
        await until("it is well", async () => (await daemon.ask("/healthz")).status === 200);
        assert.equal(await daemon.stop(), 0);
      });
      await host.publish(8, 4);
      const before = await host.inPlace();
      const asked = host.site.requests.length;
      await withDaemon(host, [], async (daemon) => {
        assert.is((await daemon.ask("/healthz")).status, 200);
        // A run that starts at once has asked by then.
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.is(host.site.requests.length, asked);
        assert.match((await daemon.ask("/metrics")).body, /^promgen_agent_generation\{shard="tokyo-a"\} 7$/m);
        assert.is(await host.inPlace(), before);
      });
    });
  });

  it("is not well before the first success, and says why", async () => {
    await withHost(async (host) => {
      await withDaemon(host, [], async (daemon) => {
        await until("the first run has failed", async () => (await runs(daemon)) >= 1);
        const { status, body } = await daemon.ask("/healthz");
        assert.is(status, 503);
        assert.match((JSON.parse(body) as { reason: string }).reason, "no run has succeeded yet");
      });
    });
  });

  it("makes few runs of ten thousand webhooks, half of them forged, while another run has the lock, and misses no news", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      await withDaemon(host, [], async (daemon) => {
        await until("the first run is over", async () => (await runs(daemon)) >= 1);
        const first = await host.inPlace();
        const lock = run(host.directory, ["flock", join(host.directory, "state/lock"), "sleep", "1"]);
        const start = performance.now();
        const statuses = new Map<number, number>();
        const send = async (secret: string): Promise<void> => {
          for (let index = 0; index < 500; index++) {
            const { status } = await daemon.ask("/-/sync", '{"ref":"refs/heads/artifacts"}', secret);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
          }
        };
        await Promise.all(
          Array.from({ length: 20 }, async (_, index) => await send(index % 2 === 0 ? SECRET : "wrong")),
        );
        await lock;
        assert.equal(Object.fromEntries(statuses), { 202: 5000, 401: 5000 });
        // The last one counts as the first did, though so many came before it.
        await host.publish(8, 4);
        assert.is((await daemon.ask("/-/sync", "{}")).status, 202);
        await until("the next targets are in place", async () => (await host.inPlace()) !== first);
        // A machine that takes longer has a run every five seconds, and a line every minute.
        const seconds = (performance.now() - start) / 1000;
        assert.ok((await runs(daemon)) <= 6 + seconds / 5);
        assert.ok((daemon.log().match(/webhook-refused/g)?.length ?? 0) <= 1 + seconds / 60);
        assert.is((await daemon.ask("/healthz")).status, 200);
      });
    });
  });

  it("takes what promgen-gen notify sends once: the same message again brings nothing forward", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      await withDaemon(host, [], async (daemon) => {
        await until("the first run is over", async () => (await runs(daemon)) >= 1);
        const sent: string[] = [];
        const [server] = fleetOf([["tokyo-a", ["127.0.0.1"]]]);
        assert.ok(server);
        // As it comes by somebody in between, who keeps a copy.
        await withRelay(daemon.port, sent, async (port) => {
          const url = new URL(`http://127.0.0.1:${port}/-/sync`);
          const how = { secret: SECRET, seconds: 60 };
          const address = { text: url.href, url };
          assert.equal(await notifyWebhooks([{ server, address }], { generation: 7 }, how), [undefined]);
        });
        await until("it brought a run forward", async () => (await runs(daemon)) === 2);
        const asked = host.site.requests.length;
        for (const body of sent) {
          const { status, body: words } = await daemon.ask("/-/sync", body);
          assert.equal([status, words], [409, "it was here before\n"]);
        }
        assert.is(sent.length, 1);
        await new Promise((resolve) => setTimeout(resolve, 200));
        assert.equal([await runs(daemon), host.site.requests.length], [2, asked]);
      });
    });
  });

  it("takes no forged webhook for a reason to ask", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      await withDaemon(host, [], async (daemon) => {
        await until("the first run is over", async () => (await runs(daemon)) >= 1);
        const asked = host.site.requests.length;
        assert.is((await daemon.ask("/-/sync", "{}", "another secret")).status, 401);
        await new Promise((resolve) => setTimeout(resolve, 200));
        assert.equal([await runs(daemon), host.site.requests.length], [1, asked]);
      });
    });
  });

  it("syncs on SIGHUP, once for a storm of them", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      await withDaemon(host, [], async (daemon) => {
        await until("the first run is over", async () => (await runs(daemon)) >= 1);
        const first = await host.inPlace();
        await host.publish(8, 4);
        for (let count = 0; count < 100; count++) daemon.signal("SIGHUP");
        await until("the next targets are in place", async () => (await host.inPlace()) !== first);
        await new Promise((resolve) => setTimeout(resolve, 1200));
        assert.ok((await runs(daemon)) <= 20);
        assert.is(await daemon.stop(), 0);
      });
    });
  });

  it("ends with 0 soon after SIGTERM and SIGINT: waiting, fetching, and waiting for Prometheus", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      await withDaemon(host, [], async (daemon) => {
        await until("the first run is over", async () => (await runs(daemon)) >= 1);
        assert.is(await daemon.stop("SIGINT"), 0, "waiting");
      });
      const before = await host.inPlace();
      await withSilence(async (url, isConnected) => {
        const options = host.options.map((option) => (option === host.site.url ? url : option));
        await withDaemon({ ...host, options }, [], async (daemon) => {
          daemon.signal("SIGHUP");
          await until("it asks the source", isConnected);
          assert.is(await daemon.stop(), 0, "fetching");
        });
      });
      assert.is(await host.inPlace(), before);
      await host.publish(8, 4);
      await withSilence(async (url, isConnected) => {
        const asked = host.options.filter((option) => option !== "--no-proof");
        await withDaemon({ ...host, options: asked }, ["--prometheus", url], async (daemon) => {
          daemon.signal("SIGHUP");
          await until("it asks Prometheus", isConnected);
          assert.is(await daemon.stop(), 0, "proving");
        });
      });
      const site = await readFile(join(host.directory, "site/shards/tokyo-a/targets.json"), "utf8");
      assert.ok([before, site].includes(await host.inPlace()));
      const clean = await run(host.directory, [process.execPath, AGENT, "sync", ...syncOptions(host)]);
      assert.is(clean.exit, 0, clean.stderr);
      assert.is(await host.inPlace(), site);
    });
  });

  it("goes on working where nobody reads its log any more", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      const command = `"$@" 2>&1 | head -c 1`;
      const child = spawn(
        "sh",
        ["-c", command, "sh", process.execPath, AGENT, "run", ...host.options, "--interval", "1s"],
        {
          cwd: host.directory,
          env: environment(host.directory),
          stdio: "ignore",
          // A group of its own, to be ended with.
          detached: true,
        },
      );
      try {
        await until("the first targets are in place", async () => (await host.inPlace()) !== "");
        const first = await host.inPlace();
        await host.publish(8, 4);
        await until("the next targets are in place", async () => (await host.inPlace()) !== first);
      } finally {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      }
    });
  });

  it("is not disturbed by a run that somebody makes by hand, and keeps nothing open of any run", async () => {
    await withHost(async (host) => {
      await host.publish(7);
      await withDaemon(host, ["--interval", "1s"], async (daemon) => {
        await until("the first run is over", async () => (await runs(daemon)) >= 1);
        const open = async (): Promise<number> => (await readdir(`/proc/${daemon.pid}/fd`)).length;
        const before = await open();
        const lock = join(host.directory, "state/lock");
        await whileLocked(lock, async () => {
          await until("it meets the other one", () => daemon.log().includes("info busy"));
        });
        const runsBefore = await runs(daemon);
        await until("it works on", async () => (await runs(daemon)) > runsBefore + 1);
        // A run may be at work while we look.
        await until("nothing more is open than before", async () => (await open()) <= before);
        assert.is((await daemon.ask("/healthz")).status, 200);
      });
    });
  });

  it("does not start where it cannot listen, or where the secret is no secret", async () => {
    await withHost(async (host) => {
      await withDaemon(host, [], async ({ port }) => {
        const second = await run(host.directory, [
          process.execPath,
          AGENT,
          "run",
          ...host.options,
          "--listen",
          String(port),
        ]);
        assert.is(second.exit, 2);
        assert.match(second.stderr, "another program listens there");
      });
      await writeFile(join(host.directory, "short"), "1234\n");
      const options = [...host.options, "--listen", "0", "--webhook-secret", "short"];
      const ran = await run(host.directory, [process.execPath, AGENT, "run", ...options]);
      assert.is(ran.exit, 2);
      assert.match(ran.stderr, "openssl rand");
      assert.not.match(ran.stderr, "1234");
    });
  });

  if (hasPromtool)
    it("writes metrics that promtool has nothing to say about, for scraping and for node_exporter", async () => {
      await withHost(async (host) => {
        await host.publish(7);
        const silent = `http://127.0.0.1:${await freePort()}`;
        await mkdir(join(host.directory, "text"), { recursive: true });
        await withDaemon(host, ["--textfile", join(host.directory, "text"), "--prometheus", silent], async (daemon) => {
          await until("the first run is over", async () => (await runs(daemon)) >= 1);
          await writeFile(join(host.directory, "scraped"), (await daemon.ask("/metrics")).body);
          for (const path of ["scraped", `text/${textfileName(join(host.directory, "state"))}`]) {
            const ran = await run(host.directory, ["sh", "-c", 'promtool check metrics --extended <"$1"', "sh", path]);
            assert.equal([ran.exit, ran.stderr], [0, ""], path);
            assert.match(ran.stdout, "promgen_agent_generation");
          }
        });
      });
    });
});

/** Those of `run` that `sync` knows. */
function syncOptions(host: Host): readonly string[] {
  return host.options.filter((option, index) => option !== "--interval" && host.options[index - 1] !== "--interval");
}
