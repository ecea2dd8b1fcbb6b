import { join } from "node:path";
import * as assert from "uvu/assert";
import { isSigned } from "../../src/agent/watch/webhook.ts";
import { EnvironmentError } from "../../src/exit.ts";
import { fleetOf } from "../../src/notify/fleet.ts";
import { serverAddresses } from "../../src/notify/server-url.ts";
import { notifyWebhooks, readWebhookSecret } from "../../src/notify/webhook.ts";
import { describe } from "../describe.ts";
import { freePort } from "../real/loopback.ts";
import { endsSoon, withEnoughTime } from "../stopwatch.ts";
import { withDirectory } from "../workplace.ts";
import { withAnswers } from "./readings.ts";

const SECRET = "c4n4ry-0123456789abcdef";
const NEWS = { generation: 7, commit: "0123456789012345678901234567890123456789", generator: "not ours to tell" };

async function troubles(ports: readonly number[], seconds = 60): Promise<string[]> {
  const fleet = fleetOf([["tokyo-a", ports.map((port) => `127.0.0.1:${port}`)]]);
  const addressOf = serverAddresses("http://{host}:{port}/-/sync", "--webhook");
  const recipients = fleet.map((server) => ({ server, address: addressOf(server) }));
  const results = await notifyWebhooks(recipients, NEWS, { secret: SECRET, seconds });
  return results.map((trouble) => trouble?.message ?? "told");
}

describe("webhooks", (it) => {
  it("say what is new and nothing else, signed as agents want it", async () => {
    await withAnswers(
      (_, response) => void response.writeHead(202).end(),
      async (port, asked) => {
        assert.equal(await troubles([port]), ["told"]);
        const [{ method, url, body, headers }] = asked as [(typeof asked)[0]];
        assert.equal([method, url], ["POST", "/-/sync"]);
        const { generation, commit } = NEWS;
        const { sent, nonce, ...news } = JSON.parse(body) as Record<string, unknown>;
        assert.equal(news, { version: 1, shard: "tokyo-a", generation, commit });
        assert.ok(Math.abs(Number(sent) - Date.now() / 1000) < 60, String(sent));
        assert.match(String(nonce), /^[0-9a-f-]{36}$/);
        const signature = String(headers["x-hub-signature-256"]);
        assert.ok(isSigned(Buffer.from(body), signature, SECRET));
        assert.not(isSigned(Buffer.from(body), signature, `${SECRET}x`));
      },
    );
  });

  it("are told apart, each with what became of it", async () => {
    const statuses = [202, 409, 401, 404, 405, 500, 302, 200];
    let next = 0;
    await withAnswers(
      (_, response) => void response.writeHead(statuses[next++] ?? 0, { location: "/x" }).end("c4n4ry"),
      async (port, asked) => {
        const said: string[] = [];
        for (const _ of statuses) said.push(...(await troubles([port])));
        assert.equal(said, [
          "told",
          "takes it for a repetition (409)",
          "refuses the signature (401)",
          "takes no webhooks (404)",
          "takes no webhooks (405)",
          "answers with status 500",
          "answers with status 302",
          "answers with status 200",
        ]);
        assert.is(asked.length, statuses.length);
      },
    );
  });

  it("reach the others where one does not answer", async () => {
    await withAnswers(
      () => {},
      async (silent) =>
        await withAnswers(
          (_, response) => void response.writeHead(202).end(),
          async (port) => {
            await withEnoughTime(2, async (seconds) => {
              const ports = [silent, await freePort(), port];
              const said = await endsSoon(() => troubles(ports, seconds));
              assert.match(said[0] ?? "", `does not answer within ${Math.min(seconds, 10)} s`);
              assert.match(said[1] ?? "", "refuses the connection");
              assert.is(said[2], "told");
            });
          },
        ),
    );
  });
});

describe("a webhook without an address", (it) => {
  it("is named, and the others are told", async () => {
    await withAnswers(
      (_, response) => void response.writeHead(202).end(),
      async (port, asked) => {
        const server = { shard: "tokyo-a", text: "prom1", host: "prom1", port: 9090 };
        const text = `http://127.0.0.1:${port}/`;
        const results = await notifyWebhooks(
          [
            { server, address: { text: "http://prom1:160000/", url: undefined } },
            { server, address: { text, url: new URL(text) } },
          ],
          NEWS,
          { secret: SECRET, seconds: 60 },
        );
        assert.equal(
          results.map((trouble) => trouble?.message),
          ["is no address: ports go up to 65535", undefined],
        );
        assert.is(asked.length, 1);
      },
    );
  });
});

describe("webhooks of many", (it) => {
  it("end in time where more are silent than are told at once, and name each", async () => {
    await withAnswers(
      () => {},
      async (silent) => {
        const fleet = fleetOf([["tokyo-a", Array.from({ length: 65 }, (_, index) => `prom${index}`)]]);
        const text = `http://127.0.0.1:${silent}/-/sync`;
        const recipients = fleet.map((server) => ({ server, address: { text, url: new URL(text) } }));
        const results = await notifyWebhooks(recipients, NEWS, { secret: SECRET, seconds: 1 });
        assert.is(results.length, 65);
        // The time is for all: what the first round leaves is nothing.
        assert.match(results.at(-1)?.message ?? "told", /(does not answer within 0|was not told within 1) s/);
        for (const trouble of results)
          assert.match(trouble?.message ?? "told", /(does not answer|was not told) within/);
      },
    );
  });
});

describe("the secret of webhooks", (it) => {
  it("is the text of a file, without the end of its line", async () => {
    const files = { secret: `${SECRET}\n`, bare: SECRET, dos: `${SECRET}\r\n`, short: "c4n4ry\n" };
    await withDirectory(files, async (directory) => {
      for (const name of ["secret", "bare", "dos"]) assert.is(await readWebhookSecret(join(directory, name)), SECRET);
      for (const [name, said] of [
        ["short", "shorter than 16"],
        ["none", "cannot be read (ENOENT)"],
        [".", "is no file"],
      ] as const) {
        try {
          await readWebhookSecret(join(directory, name));
          assert.unreachable(name);
        } catch (error) {
          assert.instance(error, EnvironmentError, String(error));
          assert.match((error as Error).message, said);
          assert.not.match((error as Error).message, "c4n4ry");
        }
      }
    });
  });
});
