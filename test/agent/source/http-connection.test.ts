import { connect } from "node:net";
import type { Socket } from "node:net";
import * as assert from "uvu/assert";
import { HttpConnection } from "../../../src/agent/source/http-connection.ts";
import type { Feed } from "../../../src/agent/source/feed.ts";
import { requestOf } from "../../../src/agent/source/http-head.ts";
import { describe } from "../../describe.ts";
import { until } from "../../workplace.ts";
import { never } from "./artifacts.ts";
import { withRawServer } from "./web-server.ts";

const GET = requestOf("GET", "/", { Host: "127.0.0.1" });
/** So small that every line is cut somewhere. */
const PLACE_BYTES = 7;

/** Connects as plain http does, or with Node's streams as https does. */
async function open(port: number, isFed: boolean): Promise<HttpConnection> {
  const feed: Feed = { take: () => false };
  const onread = {
    buffer: Buffer.alloc(PLACE_BYTES),
    callback: (length: number, buffer: Uint8Array) => feed.take(Buffer.from(buffer.buffer, buffer.byteOffset, length)),
  };
  const socket = connect({ host: "127.0.0.1", port, ...(isFed ? { onread } : {}) });
  await new Promise((resolve) => socket.once("connect", resolve));
  return new HttpConnection(socket, isFed ? feed : undefined);
}

/** Asks and reads all. */
async function ask(connection: HttpConnection): Promise<string> {
  const head = await connection.ask(GET, never());
  let text = `${head.status} `;
  for await (const chunk of connection.body(head)) text += Buffer.from(chunk).toString("latin1");
  return text;
}

const ANSWERS: Readonly<Record<string, readonly [answer: string, read: string]>> = {
  "a length": ["HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nyo", "200 hello\r\n\r\nyo"],
  chunks: [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhe\r\nl\r\nc\r\nlo, long one\r\n0\r\nA: b\r\nC: d\r\n\r\n",
    "200 he\r\nllo, long one",
  ],
  "nothing but what comes beforehand": [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    "204 ",
  ],
};

describe("agent/source/http-connection", (it) => {
  for (const isFed of [true, false]) {
    const way = isFed ? "read to one place" : "from a stream";
    for (const [what, [answer, read]] of Object.entries(ANSWERS)) {
      it(`reads ${what}, wherever it is cut, and again on the same connection: ${way}`, async () => {
        let cut = 0;
        const talk = (socket: Socket): void => {
          socket.setNoDelay(true).write(answer.slice(0, cut));
          setImmediate(() => socket.write(answer.slice(cut)));
        };
        await withRawServer(talk, async ({ port, connections }) => {
          const connection = await open(port, isFed);
          for (cut = 0; cut <= answer.length; cut++) {
            assert.is(await ask(connection), read, `cut at ${cut}`);
            assert.is(connection.isIdle, true);
          }
          assert.is(connections(), 1);
          connection.destroy();
        });
      });
    }

    it(`does not go on with a connection on which more has come than was asked for: ${way}`, async () => {
      const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
      for (const [surplus, ms] of [
        ["HTTP/1.1 200 OK\r\n", 0],
        ["x", 20],
      ] as const)
        await withRawServer(
          (socket) => {
            socket.write(answer + (ms === 0 ? surplus : ""));
            if (ms > 0) setTimeout(() => socket.write(surplus), ms);
          },
          async ({ port }) => {
            const connection = await open(port, isFed);
            // What is behind the end may come with it, or later.
            assert.is(await ask(connection), "200 hi");
            await until("it is not idle", () => !connection.isIdle);
            assert.is(connection.socket.destroyed, true);
          },
        );
    });

    it(`sees that the server closes it while nothing is asked, and ends when it is told to: ${way}`, async () => {
      await withRawServer(
        (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        async ({ port }) => {
          const connection = await open(port, isFed);
          assert.is(await ask(connection), "200 hi");
          await until("it is not idle", () => !connection.isIdle);
        },
      );
      await withRawServer(
        () => {},
        async ({ port }) => {
          const stop = new AbortController();
          const connection = await open(port, isFed);
          const asked = connection.ask(GET, stop.signal).catch((error: unknown) => error);
          stop.abort(new Error("called off"));
          assert.match(String(await asked), "called off");
          assert.is(connection.socket.destroyed, true);
        },
      );
    });

    it(`is closed where a body is left unread, unless all of it is there: ${way}`, async () => {
      for (const [body, isKept] of [
        ["", true],
        // All of it comes with the head in a stream; there are only some bytes of it in a place as small as that.
        ["x".repeat(100), !isFed],
        ["x".repeat(1 << 20), false],
      ] as const)
        await withRawServer(
          (socket) => socket.write(`HTTP/1.1 404 No\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
          async ({ port }) => {
            const connection = await open(port, isFed);
            connection.skip(await connection.ask(GET, never()));
            assert.is(connection.isIdle, isKept, `${body.length} bytes`);
            connection.destroy();
          },
        );
    });
  }
});
