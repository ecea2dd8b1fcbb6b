import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";
import { ask, saysNothingNew } from "../../../src/agent/source/question.ts";
import type { Question } from "../../../src/agent/source/question.ts";
import { makeCertificate } from "../../real/loopback.ts";
import { describe } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import { withDirectory } from "../../workplace.ts";
import { config, never } from "./artifacts.ts";
import { withRawServer, withSilentServer, withWebServer } from "./web-server.ts";

const ETAG = '"abc"';
/** Seconds: a twentieth of it is enough for a question on a busy machine. */
const TIMEOUT = 400;

function questionOf(url: string, more: Partial<SourceConfig> = {}, validator = ETAG): Question | undefined {
  return openHttpSource(new URL(url), config({ timeout: TIMEOUT, ...more }), "shards/tokyo-a/").question?.(validator);
}

function wanted(question: Question | undefined): Question {
  if (question === undefined) throw new Error("there is no question");
  return question;
}

/** Whether the answer is a plain "no". */
async function isNothingNew(question: Question): Promise<boolean> {
  const heard = await ask(question).answer;
  heard?.socket.destroy();
  return heard !== undefined && saysNothingNew(heard);
}

/** What is made of these bytes, which come in one piece or one by one; the server then ends, or is silent. */
async function heard(answer: string, { slowly = false, ends = false, patience = 300 } = {}): Promise<boolean> {
  return await withRawServer(
    (socket) => {
      const pieces = slowly ? [...answer] : [answer];
      const send = (): void => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, "latin1", () => setImmediate(send));
        else if (ends) socket.end();
      };
      send();
    },
    async ({ url }) => await isNothingNew({ ...wanted(questionOf(url)), patience }),
  );
}

describe("agent source: question", (it) => {
  it("takes a plain 304 for a no, whatever harmless it says beside it", async () => {
    for (const answer of [
      "HTTP/1.1 304 Not Modified\r\n\r\n",
      'HTTP/1.0 304 Not Modified\r\nETag: "abc"\r\n\r\n',
      "HTTP/1.1 304\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nVia: 1.1 caf\xe9\r\nX-Empty:\r\nContent-Length: 214\r\n\r\n",
    ]) {
      const patience = (TIMEOUT / 20) * 1000;
      assert.is(await heard(answer, { patience }), true, answer);
      assert.is(await heard(answer, { slowly: true, ends: true, patience }), true, `${answer} byte by byte`);
    }
  });

  it("takes nothing else for a no", async () => {
    for (const answer of [
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 301 Moved Permanently\r\nLocation: /304\r\n\r\n",
      "HTTP/1.1 3040 Odd\r\n\r\n",
      "HTTP/1.1 500 304\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\n\r\n<html>",
      "HTTP/1.1 304 Not Modified\r\nno colon\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nX: a\r\n folded\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nX : a\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nX: \0\r\n\r\n",
      "HTTP/1.1 304 Not Modified\n\n",
      " HTTP/1.1 304 Not Modified\r\n\r\n",
      "HTTP/2 304\r\n\r\n",
      `HTTP/1.1 304 Not Modified\r\nX: ${"a".repeat(17_000)}\r\n\r\n`,
      "304",
      "",
    ])
      for (const ends of [false, true])
        assert.is(await heard(answer, { ends }), false, `${answer.slice(0, 80)} ${ends}`);
  });

  it("does not wait longer than a twentieth of the time that an attempt has", async () => {
    await withSilentServer(async (port) => {
      const question = wanted(questionOf(`http://127.0.0.1:${port}/`, { timeout: 4 }));
      assert.is(question.patience, 200);
      const start = performance.now();
      assert.is(await endsSoon(() => isNothingNew(question)), false);
      assert.ok(performance.now() - start >= 190);
    });
    // And nobody listens there any more.
    const gone = await withSilentServer((port) => Promise.resolve(`http://127.0.0.1:${port}/`));
    assert.is(await isNothingNew(wanted(questionOf(gone))), false);
  });

  it("says what the whole client says", async () => {
    await withDirectory({ token: "sesame-1\n" }, async (directory) => {
      const credentials = { kind: "bearer", path: join(directory, "token") } as const;
      const answer = { ETag: ETAG };
      await withWebServer(
        (_request, response) => response.writeHead(304, answer).end(),
        async ({ url, requests }) => {
          const source = openHttpSource(
            new URL(`${url}sub%20dir/`),
            config({ credentials, timeout: TIMEOUT }),
            "shards/%E6%9D%B1/",
          );
          const question = wanted(source.question?.(ETAG));
          assert.is(await isNothingNew(question), true);
          assert.equal(await source.pointer(ETAG, never()), { kind: "unchanged" });
          await source.close();
          const [short, whole] = requests.map(({ method, url: path, rawHeaders }) => ({ method, path, rawHeaders }));
          assert.is(short?.path, whole?.path);
          assert.equal(short?.rawHeaders, whole?.rawHeaders);
          // It rotates, and is in no note.
          await writeFile(credentials.path, "sesame-2\r\n");
          assert.is(await isNothingNew(question), true);
          assert.is(requests.at(-1)?.headers.authorization, "Bearer sesame-2");
          assert.not.match(JSON.stringify(question), /sesame/);
        },
      );
    });
  });

  it("speaks TLS, and believes no certificate that nobody knows", async () => {
    await withDirectory({}, async (directory) => {
      await makeCertificate(directory);
      const [cert, key] = ["server.pem", "server.key"].map((name) => readFileSync(join(directory, name)));
      await withWebServer(
        (_request, response) => response.writeHead(304).end(),
        async ({ port, requests }) => {
          for (const host of ["localhost", "127.0.0.1"]) {
            const question = wanted(questionOf(`https://${host}:${port}/`));
            assert.is(await isNothingNew(question), false);
            assert.is(requests.length, host === "localhost" ? 0 : 1);
            const known = { ...question, tls: { ...question.tls, ALPNProtocols: ["http/1.1"], ca: cert } };
            assert.is(await isNothingNew(known), true, host);
          }
          const other = { ...wanted(questionOf(`https://127.0.0.1:${port}/`)), host: "127.0.0.2" };
          assert.is(await isNothingNew(other), false);
        },
        { cert, key },
      );
    });
  });

  it("is not asked where more must be thought of", () => {
    const http = "http://example.com/";
    assert.ok(questionOf(http));
    assert.is(questionOf(http, { proxy: { http: "http://proxy.example:3128" } }), undefined);
    assert.is(questionOf("https://example.com/", { tls: { ca: "/etc/ca.pem" } }), undefined);
    assert.is(questionOf(http, {}, ""), undefined);
    assert.is(questionOf(http, {}, "abc\r\nHost: other"), undefined);
  });
});
