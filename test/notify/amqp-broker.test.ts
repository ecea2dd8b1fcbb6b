import * as assert from "uvu/assert";
import { isInClear, parseBroker } from "../../src/notify/amqp-broker.ts";
import type { Broker } from "../../src/notify/amqp-broker.ts";
import { describe } from "../describe.ts";

function wrong(text: string): string {
  const broker = parseBroker(text);
  return "wrong" in broker ? broker.wrong : `taken: ${broker.shown}`;
}

describe("address of a broker", (it) => {
  it("has a port and a vhost, or the usual ones", () => {
    const cases: readonly (readonly [string, Broker])[] = [
      ["amqp://rabbitmq", { host: "rabbitmq", port: 5672, vhost: "/", isTls: false, shown: "amqp://rabbitmq" }],
      [
        "amqps://rabbitmq.example.com/",
        { host: "rabbitmq.example.com", port: 5671, vhost: "/", isTls: true, shown: "amqps://rabbitmq.example.com" },
      ],
      [
        "amqp://[2001:db8::7]:5673/a%2Fb",
        { host: "2001:db8::7", port: 5673, vhost: "a/b", isTls: false, shown: "amqp://[2001:db8::7]:5673/a%2Fb" },
      ],
    ];
    for (const [text, broker] of cases) assert.equal(parseBroker(text), broker, text);
  });

  it("is refused with credentials in it, which are not shown", () => {
    for (const text of [
      "amqp://user:c4n4ry@host",
      "amqp://c4n4ry@host",
      "amqps://:c4n4ry@host/x",
      "amqp://host/?x=c4n4ry",
    ]) {
      assert.not.match(wrong(text), "c4n4ry");
      assert.not.match(wrong(text), "taken");
    }
    assert.match(wrong("amqp://user:c4n4ry@host"), "put user:password into a file");
  });

  it("is refused where it is none", () => {
    for (const [text, what] of [
      ["rabbitmq", "no address"],
      ["rabbitmq:5672", "neither amqp"],
      ["https://rabbitmq", "neither amqp"],
      ["amqp://", "no host"],
      ["amqp:///vhost", "no host"],
      ["amqp://host:99999", "no address"],
      ["amqp://ho st", "no address"],
      ["amqp://h%1b31m", "no host"],
      ["amqp://host/a/b", "%2F"],
      ["amqp://host/%zz", "no address"],
      ["amqp://host?heartbeat=0", "a query"],
      ["amqp://host/#x", "a query or a fragment"],
    ] as const)
      assert.match(wrong(text), what, text);
  });

  it("lets passwords be read on the way where it is neither TLS nor this host", () => {
    const inClear = (text: string): boolean => isInClear(parseBroker(text) as Broker);
    for (const host of [
      "rabbitmq",
      "10.0.0.1",
      "127.0.0.1.example.com",
      "localhost.example.com",
      "my-localhost",
      "10.127.0.0.1.example.com",
      "[2001:db8::1]",
    ])
      assert.is(inClear(`amqp://${host}`), true, host);
    for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.10.20.30", "[::1]"])
      assert.is(inClear(`amqp://${host}`), false, host);
    assert.is(inClear("amqps://rabbitmq"), false);
  });
});
