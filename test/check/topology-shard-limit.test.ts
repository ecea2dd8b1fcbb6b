import * as assert from "uvu/assert";
import { shardLimit } from "../../src/check/topology-shard-limit.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";
import type { Found } from "./inventory.ts";

/** Four hosts with two exporters and two with one: 10 targets in shard a, 2 in b. */
function withLimits(a: string, b = "{}"): Found[] {
  return findings(shardLimit, {
    "promgen.yml": "exporters: { node: { port: 9100 } }\n",
    "shards.yml": `shard: a\nlimits: ${a}\n---\nshard: b\nlimits: ${b}\n`,
    "s.yml":
      "service: s\nprojects:\n" +
      "  - { name: small, shard: [a, b, unknown], hosts: [a.b, c.d], exporters: [node, { job: x, port: 1, enabled: false }] }\n" +
      '  - { name: large, shard: a, hosts: ["w[1-4]"], exporters: [node, { job: y, port: 2 }], probes: [{ module: icmp, hosts: true }] }\n',
  });
}

describe("topology/shard-limit", (it) => {
  it("one target too many, at the limit, with the largest projects", () => {
    const found = withLimits("{ targets: 9 }");
    assert.equal(
      found.map(({ severity, path, text }) => [severity, path, text]),
      [["error", [0, "limits", "targets"], "9"]],
    );
    assert.is(found[0]?.message, 'shard "a" has 10 targets, 1 more than its limit of 9');
    assert.equal(
      found[0]?.related.map(({ where, note }) => [where.path, note]),
      [
        [[0, "projects", 1, "name"], "8 of them"],
        [[0, "projects", 0, "name"], "2 of them"],
      ],
    );
  });

  it("as many as the limit are fine; probes and disabled exporters do not count", () => {
    assert.equal(withLimits("{ targets: 10 }", "{ targets: 2 }"), []);
    assert.equal(withLimits("{}"), []);
  });

  it("each shard has its own", () => {
    assert.equal(
      withLimits("{ targets: 100 }", "{ targets: 0 }").map(({ path }) => path),
      [[1, "limits", "targets"]],
    );
  });
});
