import { createHmac } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:net";
import * as assert from "uvu/assert";
import { Failure } from "../../../src/agent/failure.ts";
import type { Log } from "../../../src/agent/log.ts";
import { healthOf } from "../../../src/agent/watch/health.ts";
import { listen } from "../../../src/agent/watch/server.ts";
import type { Limits, Offer } from "../../../src/agent/watch/server.ts";
import { MAX_BODY } from "../../../src/agent/watch/webhook.ts";
import { describe } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import { until } from "../../workplace.ts";
import { HEALTHY, NOW } from "./states.ts";
import { VirtualTime } from "./virtual-time.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

interface Served {
  readonly port: number;
  readonly time: VirtualTime;
  /** Lines of the log. */
  readonly log: readonly string[];
  /** How often the next run was brought forward. */
  readonly syncs: () => number;
}

/** What comes at all comes before, also where this machine is busy. */
const PATIENT: Limits = { connections: 64, headers: 60_000, request: 120_000 };

async function withServer(
  act: (served: Served) => Promise<void>,
  change: Partial<Offer> = {},
  limits: Limits = PATIENT,
): Promise<void> {
  const time = new VirtualTime();
  const lines: string[] = [];
  let syncs = 0;
  const log: Log = {
    write: (level, event, message, fields) => lines.push(JSON.stringify({ level, event, message, fields })),
  };
  const offer: Offer = {
    metrics: async () => await Promise.resolve("promgen_agent_stale 0\n"),
    health: async () => await Promise.resolve(healthOf(HEALTHY, NOW, 3600)),
    webhook: { secret: async () => await Promise.resolve(SECRET), sync: () => syncs++ },
    ...change,
  };
  const listener = await listen({ host: "127.0.0.1", port: 0 }, offer, time, log, limits);
  try {
    await act({ port: listener.port, time, log: lines, syncs: () => syncs });
  } finally {
    await listener.close();
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

async function ask(
  port: number,
  path: string,
  {
    method = "GET",
    body = "",
    headers = {},
  }: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    asked.on("error", reject).end(body);
  });
}

async function poke(port: number, body: string, secret = SECRET): Promise<Answer> {
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return await ask(port, "/-/sync", { method: "POST", body, headers: { "X-Hub-Signature-256": signature } });
}

/** What a raw connection gets until it is closed. */
async function raw(port: number, text: string): Promise<string> {
  return await new Promise((resolve) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (chunk: string) => (got += chunk));
    socket.on("close", () => resolve(got)).on("error", () => {});
  });
}

describe("agent server", (it) => {
  it("serves metrics in Prometheus' format, without their query", async () => {
    await withServer(async ({ port }) => {
      const { status, body, headers } = await ask(port, "/metrics?x=1");
      assert.is(status, 200);
      assert.is(body, "promgen_agent_stale 0\n");
      assert.is(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
      assert.is((await ask(port, "/metrics", { method: "HEAD" })).body, "");
    });
  });

  it("says whether it is well by its status, and why as JSON", async () => {
    await withServer(async ({ port }) => {
      const { status, body } = await ask(port, "/healthz");
      assert.is(status, 200);
      assert.equal(JSON.parse(body), healthOf(HEALTHY, NOW, 3600));
    });
    await withServer(
      async ({ port }) => {
        const { status, body } = await ask(port, "/healthz");
        assert.is(status, 503);
        assert.is((JSON.parse(body) as { status: string }).status, "failing");
      },
      { health: async () => await Promise.resolve(healthOf(undefined, NOW, 3600)) },
    );
  });

  it("takes a signed webhook at once, and only brings the next run forward", async () => {
    await withServer(async ({ port, syncs }) => {
      assert.is((await poke(port, '{"ref":"refs/heads/artifacts"}')).status, 202);
      assert.is(syncs(), 1);
    });
  });

  it("refuses forged, unsigned and changed webhooks, and does not let them fill the log", async () => {
    await withServer(async ({ port, syncs, time, log }) => {
      for (let count = 0; count < 30; count++) assert.is((await poke(port, "{}", "another secret")).status, 401);
      assert.is((await ask(port, "/-/sync", { method: "POST", body: "{}" })).status, 401);
      assert.is(syncs(), 0);
      assert.is(log.length, 1);
      for (const seconds of [60, 120]) {
        time.freeze(seconds);
        await ask(port, "/-/sync", { method: "POST", body: "{}" });
      }
      const times = log.map((line) => (JSON.parse(line) as { fields: { times: number } }).fields.times);
      assert.equal(times, [1, 31, 1]);
      assert.not.match(log.join(""), SECRET);
    });
  });

  it("takes every webhook that says no time, a thousand at once as well: none of them waits for the interval", async () => {
    await withServer(async ({ port, syncs }) => {
      const send = async (): Promise<number[]> => {
        const statuses = [];
        for (let count = 0; count < 50; count++) statuses.push((await poke(port, "{}")).status);
        return statuses;
      };
      const statuses = (await Promise.all(Array.from({ length: 20 }, send))).flat();
      assert.equal([...new Set(statuses)], [202]);
      assert.is(syncs(), 1000);
    });
  });

  it("refuses one that says when it was sent the second time, and when it is old, and says which", async () => {
    await withServer(async ({ port, syncs, time, log }) => {
      const body = (sent: number): string => JSON.stringify({ version: 1, sent, nonce: "1" });
      assert.is((await poke(port, body(time.now()))).status, 202);
      for (const age of [0, 200]) {
        time.freeze(age);
        const { status, body: words } = await poke(port, body(time.now() - age));
        assert.equal([status, words], [409, "it was here before\n"]);
      }
      time.freeze(3600);
      const late = await poke(port, body(time.now() - 3600));
      assert.is(late.status, 409);
      assert.match(late.body, "3600 s before what the clock says here");
      assert.is(syncs(), 1);
      assert.match(log.join(""), "webhook-refused");
    });
  });

  it("stops reading a body that is too long, whether its length is said or not", async () => {
    await withServer(async ({ port, syncs }) => {
      // Nobody waits for what will not be read.
      const answered = async (text: string): Promise<string> => await endsSoon(() => raw(port, text));
      const long = await answered("POST /-/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 25000000\r\n\r\n");
      assert.match(long, /^HTTP\/1\.1 413/);
      assert.match(long, /^Connection: close\r$/m);
      const chunk = `${(64 * 1024).toString(16)}\r\n${"x".repeat(64 * 1024)}\r\n`;
      const endless = `POST /-/sync HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(MAX_BODY / 65_536 + 1)}`;
      const chunked = await answered(endless);
      assert.match(chunked, /^HTTP\/1\.1 413/);
      assert.match(chunked, /^Connection: close\r$/m);
      assert.is((await poke(port, "x".repeat(MAX_BODY))).status, 202);
      assert.is(syncs(), 1);
    });
  });

  it("answers 405 with what is allowed, and 404 to all else", async () => {
    await withServer(async ({ port, syncs }) => {
      for (const [method, path, allow] of [
        ["GET", "/-/sync", "POST"],
        ["POST", "/metrics", "GET, HEAD"],
        ["DELETE", "/healthz", "GET, HEAD"],
      ] as const) {
        const { status, headers } = await ask(port, path, { method });
        assert.equal([status, headers["allow"]], [405, allow]);
      }
      for (const path of ["/", "/-/quit", "/metrics/", "//metrics", "/../etc/passwd", "/%6detrics"])
        assert.is((await ask(port, path)).status, 404, path);
      assert.is(syncs(), 0);
    });
  });

  it("has no /-/sync where no secret is configured", async () => {
    await withServer(
      async ({ port }) => {
        assert.is((await poke(port, "{}")).status, 404);
      },
      { webhook: undefined as never },
    );
  });

  it("answers 500 and says so in the log where something breaks, and lives on", async () => {
    await withServer(
      async ({ port, log }) => {
        assert.is((await ask(port, "/metrics")).status, 500);
        assert.is((await ask(port, "/healthz")).status, 200);
        assert.is(log.length, 1);
      },
      { metrics: async () => await Promise.reject(new Error("broken")) },
    );
  });

  it("says nothing of who breaks off in the body, and once a minute that it cannot read its secret", async () => {
    let isAway = true;
    await withServer(
      async ({ port, log, time }) => {
        for (let count = 0; count < 50; count++) {
          const cut = connect(port, "127.0.0.1", () => {
            cut.write("POST /-/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{", () => cut.destroy());
          });
          await new Promise((closed) => cut.on("close", closed));
        }
        assert.is((await ask(port, "/metrics")).status, 200);
        assert.equal(log, []);
        for (let count = 0; count < 10; count++)
          assert.is((await ask(port, "/-/sync", { method: "POST", body: "{}" })).status, 500);
        assert.is(log.length, 1);
        time.freeze(60);
        await ask(port, "/-/sync", { method: "POST", body: "{}" });
        assert.match(log[1] ?? "", '"level":"error","event":"answer-failed"');
        assert.match(log[1] ?? "", '"times":10');
        // Whoever forges takes nothing of this one's turn.
        isAway = false;
        await poke(port, "{}", "another secret");
        assert.match(log[2] ?? "", "webhook-refused");
      },
      {
        webhook: {
          secret: async () => await (isAway ? Promise.reject(new Error("ENOENT")) : Promise.resolve(SECRET)),
          sync: () => {},
        },
      },
    );
  });

  it("drops who sends headers of a megabyte, breaks off or talks nonsense, and goes on", async () => {
    await withServer(async ({ port }) => {
      assert.match(
        await raw(port, `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(2 ** 20)}\r\n\r\n`),
        /^(HTTP\/1\.1 431|$)/,
      );
      assert.match(await raw(port, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400/);
      const cut = connect(port, "127.0.0.1", () => {
        cut.write("POST /-/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf", () => cut.destroy());
      });
      await new Promise((closed) => cut.on("close", closed));
      assert.is((await ask(port, "/metrics")).status, 200);
    });
  });

  it("ends connections that send headers or a body slowly", async () => {
    await withServer(
      async ({ port }) => {
        const head = "GET /metrics HTTP/1.1\r\nHost: x\r\n";
        assert.match(await endsSoon(() => raw(port, head)), /^HTTP\/1\.1 408/);
        const body = "POST /-/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf";
        assert.match(await endsSoon(() => raw(port, body)), /^HTTP\/1\.1 408|^$/);
      },
      {},
      { connections: 64, headers: 200, request: 400 },
    );
  });

  it("takes no more than 64 connections at once", async () => {
    await withServer(async ({ port }) => {
      const open = Array.from({ length: 80 }, () => connect(port, "127.0.0.1").on("error", () => {}));
      let closed = 0;
      for (const socket of open) socket.on("close", () => closed++).resume();
      await until("the connections too many are closed", () => closed >= 80 - 64);
      assert.is(closed, 80 - 64);
      for (const socket of open) socket.destroy();
    });
  });

  it("says what is wrong with an address that cannot be listened on", async () => {
    await withServer(async ({ port }) => {
      const offer = { metrics: async () => "", health: async () => healthOf(undefined, NOW, 1) } as unknown as Offer;
      for (const [host, at, words] of [
        ["127.0.0.1", port, "another program"],
        ["192.0.2.1", 9914, "no such address"],
      ] as const) {
        const failure = await listen({ host, port: at }, offer, new VirtualTime(), { write: () => {} }).then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.ok(failure instanceof Failure && failure.reason === "configuration");
        assert.match(failure.message, words);
      }
    });
  });
});
