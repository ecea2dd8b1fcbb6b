import * as assert from "uvu/assert";
import type { FloorFacts } from "../../../src/agent/core/floor.ts";
import { refusal } from "../../../src/agent/core/floor.ts";
import type { Pointer } from "../../../src/agent/core/pointer.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { Host, hosts, release } from "./host.ts";

const DIGESTS = { "targets.json": "a", "urls.json": "b" };
const FACTS: FloorFacts = {
  shard: "tokyo",
  repository: undefined,
  floor: { generation: 100, digests: DIGESTS },
  putBack: undefined,
};

function pointer(more: Partial<Pointer>): Pointer {
  const nothing = { commit: undefined, repository: undefined, counts: {}, accepts: undefined, times: {} };
  return { shard: "tokyo", generation: 200, digests: DIGESTS, ...nothing, ...more };
}

describe("agent: floor", (it) => {
  const other = { "targets.json": "a", "urls.json": "c" };
  const repository = { ...FACTS, floor: { ...FACTS.floor, repository: "https://a/" } } as FloorFacts;
  const cases: [string, Partial<Pointer>, FloorFacts, string | undefined][] = [
    ["a newer generation", {}, FACTS, undefined],
    ["the next generation", { generation: 101, digests: other }, FACTS, undefined],
    ["the same one", { generation: 100 }, FACTS, undefined],
    ["the same one with another file", { generation: 100, digests: other }, FACTS, "equivocation"],
    ["the one before", { generation: 99 }, FACTS, "replay"],
    ["generation 0", { generation: 0 }, FACTS, "replay"],
    ["one that was put back on purpose", { generation: 99 }, { ...FACTS, putBack: 99 }, undefined],
    ["one before that was put back on purpose", { generation: 98 }, { ...FACTS, putBack: 99 }, "replay"],
    ["anything, at first", { generation: 0 }, { ...FACTS, floor: undefined }, undefined],
    ["another shard", { shard: "osaka" }, FACTS, "wrong-shard"],
    ["all shards where one is asked for", { shard: "*" }, FACTS, "wrong-shard"],
    ["one shard where all are asked for", {}, { ...FACTS, shard: "*" }, "wrong-shard"],
    ["a repository, where none was known", { repository: "https://a/" }, FACTS, undefined],
    ["the same repository", { repository: "https://a/" }, repository, undefined],
    ["another repository", { repository: "https://b/" }, repository, "wrong-repository"],
    ["no repository any more", {}, repository, "wrong-repository"],
    ["the configured one", { repository: "https://b/" }, { ...repository, repository: "https://b/" }, undefined],
    [
      "another than configured",
      { repository: "https://a/" },
      { ...FACTS, repository: "https://b/" },
      "wrong-repository",
    ],
  ];
  for (const [what, changes, facts, reason] of cases) {
    it(`${reason ?? "takes"}: ${what}`, () => {
      assert.is(refusal(pointer(changes), facts)?.reason, reason);
    });
  }

  it("has no number beyond it, and no other spelling of one", async () => {
    for (const generation of ["9007199254740993", "-1", "01", "1e3", "0x10", " 7", ""]) {
      const host = new Host(release(100, hosts(3)));
      await host.sync();
      const next = release(200, hosts(4));
      host.source.now = { ...next, sums: next.sums.replace("generation=200", `generation=${generation}`) };
      const result = await host.sync();
      assert.is(result.exit, 5, generation);
      assert.is(result.reason, "pointer", generation);
      assert.is(host.state.floor?.generation, 100);
    }
  });

  it("asks before a host goes over to another shard", async () => {
    const host = new Host(release(100, hosts(3)));
    await host.sync();
    const osaka = { shard: "osaka" };
    host.source.now = release(90, hosts(3, "o"), osaka);
    assert.is((await host.sync(osaka)).reason, "wrong-shard");
    assert.is((await host.sync({ shard: "tokyo" })).reason, "wrong-shard");
    assert.is((await host.sync({ ...osaka, trust: { bootstrap: true } })).exit, 0);
    assert.is(host.state.floor?.shard, "osaka");
    assert.is(host.state.floor?.generation, 90);
    assert.is((await host.sync(osaka)).exit, 0);
  });

  it("does not forget the other shard where the first run of the new one fails", async () => {
    const host = new Host(release(100, hosts(3)));
    await host.sync();
    host.source.now = new Failure("unreachable", "nobody answers");
    assert.is((await host.sync({ shard: "osaka", trust: { bootstrap: true } })).exit, 6);
    host.source.now = release(90, hosts(3), { shard: "osaka" });
    assert.is((await host.sync({ shard: "osaka" })).reason, "wrong-shard");
  });
});
