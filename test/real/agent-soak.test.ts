/** The daemon, busy with everything that goes wrong at once, keeps nothing of it: no descriptor, memory, file or watch. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdir, readdir, readFile, readlink, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readAgentState } from "../../src/agent/core/state-file.ts";
import { describe } from "../describe.ts";
import { environment, ROOT, run, until, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { addresses, publish, withSite } from "./artifacts.ts";
import type { Site } from "./artifacts.ts";
import { freePort } from "./loopback.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
const SECRET = "c4n4ry-0123456789abcdef";
const SECONDS = { warmUp: 4, watched: 18 };
/** Of one look to the next. */
const PAUSE_MS = 100;

/** What the daemon has at one moment. */
interface Look {
  readonly descriptors: number;
  readonly watches: number;
  readonly threads: number;
  readonly kilobytes: number;
  /** What is left of the heap after a collection. */
  readonly heap: number;
  /** In its directories. */
  readonly files: number;
}

/** Loaded before the agent: writes down how large its heap is when nothing is left in it that nobody uses. */
const PROBE = `
const { renameSync, writeFileSync } = require("node:fs");
setInterval(() => {
  gc();
  writeFileSync(__dirname + "/heap.new", String(process.memoryUsage().heapUsed));
  renameSync(__dirname + "/heap.new", __dirname + "/heap");
}, 500).unref();`;
/** V8 goes on compiling what is hot: some hundred kB in the first minute. */
const MOST_HEAP = 2 * 2 ** 20;
const MOST_KILOBYTES = 8 * 1024;

/** What the source does with one request for SHA256SUMS after the other. */
const HABITS = ["new", "same", "error", "silent", "same", "cut", "nonsense", "mixed", "same", "slow down"] as const;

/** A source that behaves in another way each time. */
function misbehave(site: Site, directory: string): () => Readonly<Record<string, number>> {
  const met: Record<string, number> = {};
  let turn = 0;
  let isMixed = false;
  site.answer = (request, response) => {
    if (request.url?.includes("SHA256SUMS") !== true) {
      if (!isMixed) return false;
      response.end("[{");
      return true;
    }
    const habit = HABITS[turn++ % HABITS.length] ?? "same";
    met[habit] = (met[habit] ?? 0) + 1;
    isMixed = habit === "mixed";
    switch (habit) {
      case "same":
        return false;
      case "new":
      case "mixed":
        void publish(directory, { generation: 1000 + turn, targets: addresses(50 + (turn % 20)) })
          .then(async () => await readFile(join(directory, "shards/tokyo-a/SHA256SUMS")))
          .then((bytes) => response.writeHead(200, { "Content-Length": bytes.length }).end(bytes));
        return true;
      case "error":
        response.writeHead(500).end("<html>");
        return true;
      case "silent":
        return true;
      case "cut":
        response.writeHead(200, { "Content-Length": 500 }).write("# promgen-gen 1");
        setTimeout(() => response.destroy(), 20);
        return true;
      case "nonsense":
        response.end("<html>sign in</html>");
        return true;
      case "slow down":
        response.writeHead(429, { "Retry-After": "1" }).end();
        return true;
    }
  };
  return () => met;
}

/** A Prometheus that has read whatever is in place; now and then it does not answer, or is broken. */
async function withStandIn(targets: string, act: (url: string) => Promise<void>): Promise<void> {
  let turn = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    request.resume();
    if (request.url !== "/metrics") return void response.end("{}");
    turn++;
    if (turn % 11 === 0) return void response.writeHead(503).end();
    if (turn % 13 === 0) return;
    const mtime = await stat(targets).then(
      ({ mtimeMs }) => Math.floor(mtimeMs / 1000),
      () => 0,
    );
    response.end(
      `prometheus_build_info{version="2.42.0"} 1\nprocess_start_time_seconds 1\nprometheus_sd_file_read_errors_total 0\nprometheus_sd_file_mtime_seconds{filename="${targets}"} ${mtime}\n`,
    );
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function look(pid: number, probe: string, directories: readonly string[]): Promise<Look> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(
    descriptors.map(async (fd) => await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
  );
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const files = directories.map(
    async (directory) => (await readdir(directory, { recursive: true }).catch(unlessGone)).length,
  );
  return {
    descriptors: descriptors.length,
    watches: links.filter((link) => link.includes("inotify")).length,
    threads: field("Threads"),
    kilobytes: field("VmRSS"),
    heap: Number(await readFile(probe, "utf8")),
    files: (await Promise.all(files)).reduce((sum, count) => sum + count, 0),
  };
}

/** A directory of a last known good that went away while it was listed: such a look is not the one with the fewest files. */
function unlessGone(error: NodeJS.ErrnoException): { readonly length: number } {
  if (error.code === "ENOENT") return { length: Infinity };
  throw error;
}

/** The least that there was: what is at work for a moment comes on top of it, what is kept raises it. */
function least(looks: readonly Look[]): Look {
  const of = (name: keyof Look): number => Math.min(...looks.map((one) => one[name]));
  return {
    descriptors: of("descriptors"),
    watches: of("watches"),
    threads: of("threads"),
    kilobytes: of("kilobytes"),
    heap: of("heap"),
    files: of("files"),
  };
}

/** Somebody who sends it signals and webhooks, asks for its metrics, and runs the agent by hand. */
async function disturb(
  daemon: ChildProcess,
  port: number,
  byHand: () => Promise<unknown>,
  isOver: () => boolean,
): Promise<void> {
  const signature = createHmac("sha256", SECRET).update("{}").digest("hex");
  for (let turn = 0; !isOver(); turn++) {
    daemon.kill("SIGHUP");
    const headers = { "X-Hub-Signature-256": `sha256=${turn % 2 === 0 ? signature : "0".repeat(64)}` };
    const asked = [
      fetch(`http://127.0.0.1:${port}/-/sync`, { method: "POST", body: "{}", headers }),
      fetch(`http://127.0.0.1:${port}/metrics`),
      fetch(`http://127.0.0.1:${port}/healthz`),
    ];
    for (const answer of await Promise.all(asked)) await answer.text();
    if (turn % 8 === 0) await byHand();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe("the daemon, busy with everything that goes wrong at once", (it) => {
  it("keeps no descriptor, no memory, no file and no watch of it, and is well when it is over", async () => {
    await withDirectory({ secret: `${SECRET}\n`, "probe.cjs": PROBE }, async (directory) => {
      const [files, etc, state] = ["site", "etc", "state"].map((name) => join(directory, name)) as [
        string,
        string,
        string,
      ];
      for (const made of [files, etc, state]) await mkdir(made);
      const targets = join(etc, "targets.json");
      await publish(files, { generation: 7, targets: addresses(50) });
      await withSite(files, async (site) => {
        await withStandIn(targets, async (prometheus) => {
          const port = await freePort();
          const common = ["--source", site.url, "--shard", "tokyo-a", "--targets", targets, "--state", state];
          const asks = [
            "--prometheus",
            prometheus,
            "--proof-timeout",
            "1s",
            "--reload-timeout",
            "1s",
            "--timeout",
            "1s",
          ];
          const listens = ["--listen", String(port), "--webhook-secret", join(directory, "secret")];
          const options = [...common, ...asks, ...listens, "--interval", "1s", "--splay", "0", "--textfile", etc];
          const daemon = spawn(
            process.execPath,
            ["--expose-gc", "-r", join(directory, "probe.cjs"), AGENT, "run", ...options],
            {
              cwd: directory,
              env: environment(directory),
              stdio: ["ignore", "ignore", "pipe"],
            },
          );
          let log = "";
          daemon.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
          const ended = new Promise<number | null>((resolve) => daemon.once("exit", resolve));
          try {
            await until("the first run is over", async () => (await readdir(state)).includes("state.json"));
            const met = misbehave(site, files);
            const start = performance.now() + SECONDS.warmUp * 1000;
            const end = start + SECONDS.watched * 1000;
            // A busy machine meets all of it later.
            const hasMetAll = (): boolean => HABITS.every((habit) => (met()[habit] ?? 0) >= 1);
            const isOver = (): boolean => performance.now() > (hasMetAll() ? end : end + 100_000);
            const byHand = async (): Promise<unknown> =>
              await run(directory, [process.execPath, AGENT, "sync", ...common, ...asks, "--quiet-busy"]);
            const looks: Look[] = [];
            const watch = async (): Promise<void> => {
              while (!isOver()) {
                if (performance.now() > start)
                  looks.push(await look(daemon.pid ?? 0, join(directory, "heap"), [etc, state]));
                await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
              }
            };
            await Promise.all([disturb(daemon, port, byHand, isOver), watch()]);
            const third = Math.floor(looks.length / 3);
            const [first, last] = [least(looks.slice(0, third)), least(looks.slice(-third))];
            process.stdout.write(
              `\n  ${JSON.stringify(met())}\n  ${JSON.stringify(first)}\n  ${JSON.stringify(last)}\n`,
            );
            assert.ok(hasMetAll(), JSON.stringify(met()));
            for (const name of ["descriptors", "watches", "threads", "files"] as const)
              assert.ok(last[name] <= first[name], `${name}: ${first[name]}, later ${last[name]}`);
            assert.ok(last.heap < first.heap + MOST_HEAP, `heap: ${first.heap}, later ${last.heap}`);
            assert.ok(
              last.kilobytes < first.kilobytes + MOST_KILOBYTES,
              `${first.kilobytes} kB, later ${last.kilobytes}`,
            );

            site.answer = undefined;
            await publish(files, { generation: 5000, targets: addresses(55) });
            daemon.kill("SIGHUP");
            const next = await readFile(join(files, "shards/tokyo-a/targets.json"), "utf8");
            await until("the next targets are in place", async () => (await readFile(targets, "utf8")) === next);
            daemon.kill("SIGTERM");
            assert.is(await ended, 0);
            assert.not.match(log, SECRET);
            assert.not.match(log, / error bug /);
            // The first one may have to end what the daemon had begun.
            const clean = async (): Promise<Ran> =>
              await run(directory, [process.execPath, AGENT, "sync", ...common, "--no-proof"]);
            assert.is((await clean()).exit, 0);
            const { exit, stderr } = await clean();
            assert.equal([exit, stderr], [0, ""]);
            assert.is.not(readAgentState(await readFile(join(state, "state.json"))), "damaged");
          } finally {
            daemon.kill("SIGKILL");
            await ended;
          }
        });
      });
    });
  });
});
