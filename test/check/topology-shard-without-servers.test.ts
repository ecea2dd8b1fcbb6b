import * as assert from "uvu/assert";
import { shardWithoutServers } from "../../src/check/topology-shard-without-servers.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";

describe("topology/shard-without-servers", (it) => {
  it("no servers, an empty list, or nothing after the key", () => {
    const found = findings(shardWithoutServers, {
      "a.yml": "shard: a\n---\nshard: b\nservers: []\n---\nshard: c\nservers:\n",
    });
    assert.equal(
      found.map(({ severity, path, text }) => [severity, path, text]),
      ["a", "b", "c"].map((name, index) => ["warning", [index, "shard"], name]),
    );
  });

  it("leaves a shard with one server", () => {
    assert.equal(findings(shardWithoutServers, { "a.yml": "shard: a\nservers: [prom1]\nenabled: false\n" }), []);
  });

  it("is withheld where the key may be misspelt", () => {
    assert.equal(findings(shardWithoutServers, { "a.yml": "shard: a\nserver: [prom1]\n" }, { faulty: true }), []);
  });
});
