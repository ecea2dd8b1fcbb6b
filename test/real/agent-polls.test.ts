/** What a request costs that finds nothing new: nearly all of them do (schedule.test.ts counts how many). */
import { spawn } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { environment, ROOT, run, until, withDirectory } from "../workplace.ts";
import { addresses, publish, sha256, withSite } from "./artifacts.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
const MOST_BYTES = 1024;

/** What went over one connection, both ways. */
interface Wire {
  sent: string;
  got: string;
}

/** Passes connections on to a port, and listens in. */
async function withWire(to: number, act: (port: number, wires: Wire[]) => Promise<void>): Promise<void> {
  const wires: Wire[] = [];
  const sockets: Socket[] = [];
  const relay = createServer((agent) => {
    const site = connect(to, "127.0.0.1");
    const wire: Wire = { sent: "", got: "" };
    wires.push(wire);
    sockets.push(agent, site);
    agent.on("data", (bytes) => (wire.sent += bytes.toString("latin1"))).on("error", () => site.destroy());
    site.on("data", (bytes) => (wire.got += bytes.toString("latin1"))).on("error", () => agent.destroy());
    agent.pipe(site);
    site.pipe(agent);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  try {
    await act((relay.address() as AddressInfo).port, wires);
  } finally {
    for (const socket of sockets) socket.destroy();
    relay.close();
  }
}

function bytesOf(wires: readonly Wire[]): number {
  return wires.reduce((sum, { sent, got }) => sum + sent.length + got.length, 0);
}

/** So far: requests, answers that nothing is new, and bytes on the wire. */
interface Seen {
  readonly asked: number;
  readonly answered: number;
  readonly bytes: number;
}

describe("a request of promgen-agent that finds nothing new", (it) => {
  for (const verb of ["sync", "run"] as const)
    it(`is less than a kilobyte on the wire, there and back: ${verb}`, async () => {
      await withDirectory({}, async (directory) => {
        await mkdir(join(directory, "site"));
        await publish(join(directory, "site"), { generation: 7, targets: addresses(1000) });
        await withSite(join(directory, "site"), async (site) => {
          // As nginx answers.
          const sums = await readFile(join(directory, "site/shards/tokyo-a/SHA256SUMS"));
          const headers = {
            Server: "nginx/1.22.1",
            "Last-Modified": "Thu, 26 Nov 2026 12:00:00 GMT",
            ETag: `"${sha256(sums).slice(0, 16)}"`,
          };
          site.answer = (request, response) => {
            if (request.headers["if-none-match"] !== headers.ETag) return false;
            response.writeHead(304, headers).end();
            return true;
          };
          await withWire(Number(new URL(site.url).port), async (port, wires) => {
            const places = ["--targets", join(directory, "etc/targets.json"), "--state", join(directory, "state")];
            const from = ["--source", `http://127.0.0.1:${port}/`, "--shard", "tokyo-a", "--no-proof"];
            const sync = [process.execPath, AGENT, "sync", ...places, ...from];
            assert.is((await run(directory, sync)).exit, 0);
            assert.ok(bytesOf(wires) > 10_000, `${bytesOf(wires)} for what is new`);
            wires.length = 0;
            const before = site.requests.length;
            const seen = (): Seen => ({
              asked: site.requests.length - before,
              answered: wires.flatMap(({ got }) => got.match(/HTTP\/1\.1 304 /g) ?? []).length,
              bytes: bytesOf(wires),
            });
            let last = seen();
            if (verb === "sync") {
              for (let count = 0; count < 3; count++) assert.is((await run(directory, sync)).exit, 0);
              last = seen();
            } else
              await withDaemon(directory, [...places, ...from], async () => {
                await until("it has asked three times, and heard the answers", () => {
                  last = seen();
                  return last.asked >= 3 && last.answered === last.asked;
                });
              });
            assert.ok(last.asked >= 3);
            assert.is(last.answered, last.asked);
            const bytes = last.bytes / last.asked;
            assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
            process.stdout.write(`\n  ${verb}: ${Math.round(bytes)} bytes for a request and its answer\n`);
          });
        });
      });
    });
});

async function withDaemon(directory: string, options: readonly string[], act: () => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [AGENT, "run", "--interval", "1s", "--splay", "0", ...options], {
    cwd: directory,
    env: environment(directory),
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    await act();
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}
