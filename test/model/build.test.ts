import * as assert from "uvu/assert";
import { InventoryBuilder } from "../../src/model/build.ts";
import { readConfig } from "../../src/model/config.ts";
import { Faults } from "../../src/model/faults.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import { probeTargetOrigin, serverOrigin, shardNameOrigin } from "../../src/model/inventory.ts";
import { describe } from "../describe.ts";

const ORIGIN = { file: "f.yml", path: [0] };

/** What the schema takes out of a list leaves a gap: nothing, or null where it comes from the second thread. */
function build(gap: undefined | null): Inventory {
  const builder = new InventoryBuilder(readConfig({}));
  builder.add("shard", { shard: "a", servers: ["p1", gap, "p2:9091"] }, ORIGIN);
  const probes = [gap, { module: "icmp", targets: [gap, "x", gap, "y"] }, { module: "http", targets: ["z"] }];
  const projects = [gap, { name: "p", shard: ["a", gap, "b"], hosts: ["h1", gap, "h2"], probes }];
  builder.add("service", { service: "s", shard: [gap, "a"], projects }, ORIGIN);
  return builder.finish(true, new Faults());
}

describe("model: build", (it) => {
  it("what stands behind a mistaken item of a list keeps its place", () => {
    for (const gap of [undefined, null]) {
      const inventory = build(gap);
      const [shard] = inventory.shards;
      const [project] = inventory.projects;
      const [part] = inventory.services[0]?.parts ?? [];
      assert.ok(shard && project && part);

      assert.equal(
        shard.servers.map(({ text }, index) => [text, serverOrigin(shard, index).path]),
        [
          ["p1", [0, "servers", 0]],
          ["p2:9091", [0, "servers", 2]],
        ],
      );
      assert.equal(project.origin.path, [0, "projects", 1]);
      assert.equal(project.ownShards, ["a", "b"]);
      const shards = [0, 1].map((index) =>
        shardNameOrigin(project.origin, project.shardIsList, project.ownShardItems, index),
      );
      assert.equal(
        shards.map(({ path }) => path.slice(3)),
        [
          ["shard", 0],
          ["shard", 2],
        ],
      );
      assert.equal(shardNameOrigin(part.origin, part.shardIsList, part.shardItems, 0).path, [0, "shard", 1]);
      assert.equal(
        project.probes.map(({ module, isEnabled }) => [module, isEnabled]),
        [
          ["", false],
          ["icmp", true],
          ["http", true],
        ],
      );
      const targets = [0, 1].map((index) => probeTargetOrigin(project, 1, index).path.slice(3));
      assert.equal(targets, [
        ["probes", 1, "targets", 1],
        ["probes", 1, "targets", 3],
      ]);
      assert.equal(probeTargetOrigin(project, 2, 0).path.slice(3), ["probes", 2, "targets", 0]);
    }
  });

  it("a list without gaps needs no numbers, and a single name is no list", () => {
    const builder = new InventoryBuilder(readConfig({}));
    builder.add("service", { service: "s", shard: "a", projects: [{ name: "p", shard: ["a", "b"] }] }, ORIGIN);
    const { projects, services } = builder.finish(true, new Faults());
    assert.is(projects[0]?.ownShardItems, undefined);
    const [part] = services[0]?.parts ?? [];
    assert.ok(part);
    assert.equal(shardNameOrigin(part.origin, part.shardIsList, part.shardItems, 0).path, [0, "shard"]);
  });
});
