import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";
import { ask } from "../../../src/agent/source/question.ts";
import type { Asked } from "../../../src/agent/source/question.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import { makeCertificate } from "../../real/loopback.ts";
import { describe } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import { until, withDirectory } from "../../workplace.ts";
import { config, failure, never, read, SUMS, sums, TARGETS, using } from "./artifacts.ts";
import { serve, withRawServer, withWebServer } from "./web-server.ts";
import type { WebServer } from "./web-server.ts";

const ETAG = '"abc"';
const FILES = serve({ "/SHA256SUMS": SUMS, "/targets.json": TARGETS });

/** Seconds: a twentieth of it is for the question, and enough on a busy machine. */
const TIMEOUT = 600;

/** What a source says is asked, at once. */
function asking(url: string, more: Partial<SourceConfig> = {}): Asked {
  const question = openHttpSource(new URL(url), config({ timeout: TIMEOUT, ...more }), "").question?.(ETAG);
  if (question === undefined) throw new Error("there is no question");
  return ask(question);
}

function opened(url: string, asked: Asked, more: Partial<SourceConfig> = {}): Source {
  return openHttpSource(new URL(url), config({ timeout: TIMEOUT, ...more }), "", undefined, asked);
}

/** A source at a server that was asked by somebody else, and has answered. */
async function afterwards(
  answer: RequestListener,
  act: (source: Source, server: WebServer) => Promise<void>,
  more: Partial<SourceConfig> = {},
): Promise<void> {
  await withWebServer(answer, async (server) => {
    const asked = asking(server.url, more);
    assert.ok(await asked.answer);
    await using(opened(server.url, asked, more), async (source) => await act(source, server));
  });
}

describe("agent/source: what was asked already", (it) => {
  it("is not asked again, and its connection serves the files, too", async () => {
    await afterwards(FILES, async (source, { requests, connections }) => {
      assert.is(await sums(source, ETAG), SUMS);
      assert.is(await read(source), TARGETS);
      assert.equal([requests.length, connections()], [2, 1]);
      // Once.
      assert.is(await sums(source, ETAG), SUMS);
      assert.is(requests.length, 3);
    });
  });

  it("is the same over TLS", async () => {
    await withDirectory({}, async (directory) => {
      await makeCertificate(directory);
      const [cert, key] = ["server.pem", "server.key"].map((name) => readFileSync(join(directory, name)));
      await withWebServer(
        FILES,
        async ({ url, requests, connections }) => {
          const { question } = asking(url);
          const tls = { ...question.tls, ALPNProtocols: ["http/1.1"], ca: cert };
          const asked = { ...ask({ ...question, tls }), question };
          assert.ok(await asked.answer);
          await using(opened(url, asked), async (source) => {
            assert.is(await sums(source, ETAG), SUMS);
            assert.is(await read(source), TARGETS);
          });
          assert.is(requests.length, 2);
          // The first one was of somebody who does not know the certificate.
          assert.is(connections(), 2);
        },
        { cert, key },
      );
    });
  });

  it("is asked anew where it was another question", async () => {
    const others: readonly ((source: Source) => Promise<unknown>)[] = [
      (source) => source.pointer('"abcd"', never()),
      (source) => source.pointer(undefined, never()),
      (source) => source.pointer(ETAG, never(), true),
    ];
    for (const other of others) {
      await afterwards(FILES, async (source, { requests }) => {
        await other(source);
        assert.is(requests.length, 2, String(other));
        assert.is(await sums(source, ETAG), SUMS);
        assert.is(requests.length, 3, String(other));
      });
    }
    // Another server, at which nothing was asked.
    await withWebServer(serve({}), async ({ url }) => {
      const asked = asking(url);
      await withWebServer(FILES, async ({ url: other, requests }) => {
        await using(opened(other, asked), async (source) => assert.is(await sums(source, ETAG), SUMS));
        assert.is(requests.length, 1);
      });
    });
  });

  it("is asked anew with the token of now", async () => {
    await withDirectory({ token: "sesame-1\n" }, async (directory) => {
      const path = join(directory, "token");
      const answer: RequestListener = (request, response) => {
        if (request.headers.authorization === "Bearer sesame-2") FILES(request, response);
        else response.writeHead(401, { "Content-Length": 0 }).end();
      };
      const credentials = { kind: "bearer", path } as const;
      await afterwards(
        answer,
        async (source, { requests }) => {
          await writeFile(path, "sesame-2\n");
          assert.is(await sums(source, ETAG), SUMS);
          assert.equal(
            requests.map(({ headers }) => headers.authorization),
            ["Bearer sesame-1", "Bearer sesame-2"],
          );
        },
        { credentials },
      );
    });
  });

  it("ends as any first answer would end", async () => {
    const status =
      (code: number): RequestListener =>
      (_request, response) =>
        response.writeHead(code, { "Content-Length": 0 }).end();
    for (const [code, reason] of [
      [401, "unauthorized"],
      [429, "throttled"],
      [500, "unreachable"],
    ] as const)
      await afterwards(status(code), async (source, { requests }) => {
        await failure(reason, () => sums(source, ETAG));
        assert.is(requests.length, 1, String(code));
      });
    const large: RequestListener = (_request, response) => response.writeHead(200).end("#".repeat(70_000));
    await afterwards(large, async (source) => void (await failure("too-large", () => sums(source, ETAG))));
    await afterwards(status(304), async (source, { requests }) => {
      assert.is(await sums(source, ETAG), "unchanged");
      assert.is(requests.length, 1);
    });
  });

  it("is asked anew where no answer has begun", async () => {
    let count = 0;
    await withRawServer(
      (socket) => {
        count++;
        if (count === 1) socket.end("HTTP/1.1 200 OK\r\n");
        else socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${SUMS.length}\r\n\r\n${SUMS}`);
      },
      async ({ url }) => {
        const asked = asking(url);
        assert.is(await asked.answer, undefined);
        await using(opened(url, asked), async (source) => assert.is(await sums(source, ETAG), SUMS));
      },
    );
  });

  it("has the time of an attempt from when it was asked", async () => {
    const slow: ServerResponse[] = [];
    await withWebServer(
      (_request, response) => {
        response.writeHead(200, { "Content-Length": SUMS.length }).flushHeaders();
        slow.push(response);
      },
      async ({ url }) => {
        const asked = { ...asking(url), at: Number(process.hrtime.bigint()) / 1e9 - TIMEOUT + 0.2 };
        assert.ok(await asked.answer);
        await using(opened(url, asked), async (source) => {
          const late = await endsSoon(() => failure("unreachable", () => sums(source, ETAG)));
          assert.match(late.message, `within ${TIMEOUT} s`);
          // The next attempt has a time of its own.
          const again = sums(source, ETAG);
          await until("it is asked again", () => slow.length === 2);
          await new Promise((resolve) => setTimeout(resolve, 300));
          slow[1]?.end(SUMS);
          assert.is(await again, SUMS);
        });
      },
    );
  });
});
