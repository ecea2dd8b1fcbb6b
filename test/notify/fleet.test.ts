import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { bracketed, fleetOf } from "../../src/notify/fleet.ts";
import { describe } from "../describe.ts";

function places(...texts: readonly string[]): [string, number][] {
  return fleetOf([["tokyo-a", texts]]).map(({ host, port }) => [host, port]);
}

describe("fleet", (it) => {
  it("takes hosts with and without a port, in the order of the shards", () => {
    assert.equal(
      fleetOf([
        ["b", ["prom1", "prom2:9091"]],
        ["__proto__", ["prom1"]],
      ]),
      [
        { shard: "b", text: "prom1", host: "prom1", port: 9090 },
        { shard: "b", text: "prom2:9091", host: "prom2", port: 9091 },
        { shard: "__proto__", text: "prom1", host: "prom1", port: 9090 },
      ],
    );
  });

  it("knows IPv6 with brackets and without, and gives them back in an address", () => {
    assert.equal(places("[2001:db8::7]:9091", "2001:db8::8", "[2001:db8::9]"), [
      ["2001:db8::7", 9091],
      ["2001:db8::8", 9090],
      ["2001:db8::9", 9090],
    ]);
    assert.equal([bracketed("2001:db8::7"), bracketed("prom1")], ["[2001:db8::7]", "prom1"]);
  });

  it("counts a server once that a shard names twice, however it is written", () => {
    assert.equal(places("prom1", "PROM1:9090", "prom1:9091"), [
      ["prom1", 9090],
      ["prom1", 9091],
    ]);
    assert.is(
      fleetOf([
        ["a", ["prom1"]],
        ["b", ["prom1"]],
      ]).length,
      2,
    );
  });

  it("refuses what would become something else in an address", () => {
    const hostile = [
      "",
      ":9090",
      "prom1:",
      "prom1:0",
      "prom1:65536",
      "prom1:9x",
      "evil.example.com/x?#",
      "user@evil.example.com",
      "a b",
      "-oProxyCommand=x",
      "prom1\n",
      "\u001B[2J",
      "{host}",
      "%61",
      "[prom1]x",
      "::1::",
      "a\\b",
    ];
    for (const text of hostile) {
      try {
        fleetOf([["tokyo-a", [text]]]);
        assert.unreachable(text);
      } catch (error) {
        assert.instance(error, EnvironmentError, text);
        assert.not.match((error as Error).message, /\p{Cc}/u);
      }
    }
  });
});
