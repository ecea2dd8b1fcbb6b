import * as assert from "uvu/assert";
import { ask } from "../../src/notify/ask.ts";
import type { Answer } from "../../src/notify/ask.ts";
import { eachAtOnce } from "../../src/notify/at-once.ts";
import { describe } from "../describe.ts";
import { freePort, withSockets } from "../real/loopback.ts";
import { endsSoon } from "../stopwatch.ts";
import { withAnswers } from "./readings.ts";

const LIMITS = { seconds: 60, limit: 1000 };

function url(port: number, path = "/metrics"): URL {
  return new URL(`http://127.0.0.1:${port}${path}`);
}

function trouble(answer: Answer): string {
  return "trouble" in answer ? answer.trouble : `status ${answer.status}`;
}

describe("a question over HTTP", (it) => {
  it("has an answer, with its status", async () => {
    await withAnswers(
      ({ body }, response) => void response.writeHead(202).end(`got ${body}`),
      async (port, asked) => {
        const answer = await ask(url(port), { ...LIMITS, method: "POST", body: "é", headers: { "x-a": "b" } });
        assert.equal(answer, { status: 202, text: "got é" });
        assert.equal([asked[0]?.method, asked[0]?.headers["x-a"]], ["POST", "b"]);
        assert.is(asked[0]?.headers["accept-encoding"], "identity");
      },
    );
  });

  it("is asked within what is left of a time, to parts of a millisecond", async () => {
    await withAnswers(
      (_, response) => void response.end("here"),
      async (port) =>
        assert.equal(await ask(url(port), { ...LIMITS, seconds: 60.123_456_7 }), { status: 200, text: "here" }),
    );
  });

  it("goes nowhere else, whatever the answer says", async () => {
    await withAnswers(
      (_, response) => void response.writeHead(302, { location: "/elsewhere" }).end(),
      async (port, asked) => {
        assert.is(trouble(await ask(url(port), LIMITS)), "status 302");
        assert.is(asked.length, 1);
      },
    );
  });

  it("ends where nobody answers, in time", async () => {
    assert.match(trouble(await ask(url(await freePort()), LIMITS)), /^refuses the connection.*\(ECONNREFUSED\)$/);
    assert.match(trouble(await ask(new URL("http://none.invalid/"), LIMITS)), "cannot be looked up");
    await withSockets(
      () => {},
      async (port) => {
        const answer = await endsSoon(() => ask(url(port), { ...LIMITS, seconds: 0.3 }));
        assert.is(trouble(answer), "does not answer within 0.3 s");
      },
    );
  });

  it("is asked at no port that Node's fetch refuses, and says so", async () => {
    for (const port of [6000, 10_080])
      assert.is(trouble(await ask(url(port), LIMITS)), `is at port ${port}, at which no fetch of Node asks`);
  });

  it("ends where the answer does not, or is too long", async () => {
    await withAnswers(
      (_, response) => void response.write("x"),
      async (port) =>
        assert.match(trouble(await ask(url(port), { ...LIMITS, seconds: 0.3 })), "does not answer within"),
    );
    await withAnswers(
      (_, response) => void response.end("x".repeat(1001)),
      async (port) => assert.match(trouble(await ask(url(port), LIMITS)), "more than 1000 bytes"),
    );
  });

  it("says where something else answers, and never with what was sent", async () => {
    await withSockets(
      (socket) => void socket.end("AMQP\0\0\x09\x01c4n4ry"),
      async (port) => {
        const said = trouble(await ask(url(port), LIMITS));
        assert.match(said, "does not speak HTTP");
        assert.not.match(said, "c4n4ry");
      },
    );
    await withSockets(
      (socket) => void socket.destroy(),
      async (port) => assert.match(trouble(await ask(url(port), LIMITS)), "broke the connection off"),
    );
    await withAnswers(
      (_, response) => void response.end(),
      async (port) => assert.match(trouble(await ask(new URL(`https://127.0.0.1:${port}/`), LIMITS)), "speak TLS"),
    );
  });
});

describe("many questions", (it) => {
  it("are asked some at once, and answered in their order", async () => {
    let [running, most] = [0, 0];
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    const answers = await eachAtOnce(numbers, async (number) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, number % 3));
      running--;
      return number * 2;
    });
    assert.equal(
      answers,
      numbers.map((number) => number * 2),
    );
    assert.is(most, 64);
    assert.equal(await eachAtOnce([], async () => 1), []);
  });
});
