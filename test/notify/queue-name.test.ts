import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { defaultQueueName, queueNames } from "../../src/notify/queue-name.ts";
import type { Server } from "../../src/notify/queue-name.ts";
import { describe } from "../describe.ts";

const server = (host: string, port = 9090, shard = "tokyo-a"): Server => ({ host, port, shard });
const message = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    assert.instance(error, EnvironmentError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};

describe("names of queues", (it) => {
  it("are of the host, which Promgen's own queues are called alone", () => {
    assert.equal(queueNames([server("prometheus001"), server("Prometheus002.example.com", 9091)]), [
      "promgen-gen.prometheus001",
      "promgen-gen.prometheus002.example.com",
    ]);
    assert.is(defaultQueueName("Prometheus001"), "promgen-gen.prometheus001");
  });

  it("have the port where a host has several servers, however it is written", () => {
    assert.equal(queueNames([server("p1"), server("P1", 9091), server("p2")]), [
      "promgen-gen.p1.9090",
      "promgen-gen.p1.9091",
      "promgen-gen.p2",
    ]);
  });

  it("have the shard where a server takes several, behind the port, also where the host has no other server", () => {
    assert.equal(queueNames([server("p1"), server("P1", 9090, "osaka-a")]), [
      "promgen-gen.p1.9090.tokyo-a",
      "promgen-gen.p1.9090.osaka-a",
    ]);
    assert.equal(queueNames([server("p1"), server("p1", 9090, "東京 a"), server("p1", 9091)]), [
      "promgen-gen.p1.9090.tokyo-a",
      "promgen-gen.p1.9090.東京 a",
      "promgen-gen.p1.9091",
    ]);
  });

  it("follow a pattern", () => {
    assert.equal(queueNames([server("2001:db8::7", 9091)], "a/{shard}/{host}/{port}/{host}"), [
      "a/tokyo-a/2001:db8::7/9091/2001:db8::7",
    ]);
    // What a value holds is no pattern.
    assert.equal(queueNames([server("p1", 9090, "{host}$&")], "{shard}{port}"), ["{host}$&9090"]);
  });

  it("are refused where two servers had one queue, and with words for what stands for nothing", () => {
    const same = message(() => queueNames([server("p1"), server("p1", 9091)], "q.{host}"));
    assert.match(same, "p1:9090");
    assert.match(same, "p1:9091");
    assert.match(
      message(() => queueNames([server("p1")], "q.{hosts}")),
      '"{hosts}", which stands for nothing',
    );
    assert.match(
      message(() => queueNames([server("p1")], "{toString}")),
      "stands for nothing",
    );
  });

  it("are refused where a broker would not take them", () => {
    for (const [pattern, what] of [
      ["", "no name"],
      ["amq.{host}", "amq."],
      ["q\n{host}", "control characters"],
      ["{host}".padEnd(261, "é"), "more than 255 bytes"],
    ] as const)
      assert.match(
        message(() => queueNames([server("p1")], pattern)),
        what,
      );
    assert.equal(queueNames([server("p")], "{host}".padEnd(260, "q")), ["p".padEnd(255, "q")]);
  });
});
