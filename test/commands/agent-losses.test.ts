import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { countFile } from "../../src/agent/check/check-file.ts";
import { loss } from "../../src/agent/check/loss.ts";
import type { Census } from "../../src/agent/check/census.ts";
import { MAX_REMOVED_PERCENT, trips } from "../../src/agent/core/guard.ts";
import { shardsHeldByAgents } from "../../src/commands/agent-losses.ts";
import type { GroupLine } from "../../src/plan/side.ts";
import { describe } from "../describe.ts";
import { hosts, side } from "../plan/sides.ts";
import type { GroupSpec, Shards } from "../plan/sides.ts";

const held = (before: Shards, after: Shards): string[] => shardsHeldByAgents(side(before), side(after));

describe("shards of which agents would hold a file", (it) => {
  it("are those that lose most of it, at least ten targets, or all", () => {
    const a = (...groups: readonly GroupSpec[]): Shards => ({ a: groups, b: [[{}, hosts(3)]] });
    assert.equal(held(a([{}, hosts(20)]), a([{}, hosts(10)])), []);
    assert.equal(held(a([{}, hosts(20)]), a([{}, hosts(9)])), ["a"]);
    assert.equal(held(a([{}, hosts(20)]), a([{}, hosts(9)], [{}, hosts(90, 50)])), ["a"], "whatever comes");
    assert.equal(held(a([{}, hosts(12)]), a([{}, hosts(3)])), [], "nine are too few");
    assert.equal(held(a([{}, hosts(1)]), a()), ["a"]);
    assert.equal(held(a([{}, hosts(20)]), { b: [[{}, hosts(3)]] }), ["a"], "the shard is gone");
    assert.equal(held(a([{ project: "x" }, hosts(20)]), a([{ project: "y" }, hosts(20)])), [], "other labels");
    assert.equal(held(a([{}, hosts(20)]), a([{}, hosts(20, 0, 9200)])), ["a"], "another port");
    const probes = (count: number): Shards => ({
      a: { groups: [[{}, hosts(100)]], urls: [[{ __param_module: "m", job: "m" }, hosts(count)]] },
    });
    assert.equal(held(probes(20), probes(9)), ["a"]);
  });

  it("are those of which an agent says so that reads the files", async () => {
    const targets = fc.subarray(hosts(30), { maxLength: 30 });
    const group = fc.tuple(fc.record({ project: fc.constantFrom("p", "q"), job: fc.constantFrom("i", "j") }), targets);
    const groups = fc.array(group, { maxLength: 4 });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(groups, groups, async (before, after) => {
        const [was, is] = [side({ a: before }), side({ a: after })];
        const [one, other] = [
          await censusOf(was.shards.get("a")?.targets),
          await censusOf(is.shards.get("a")?.targets),
        ];
        const isHeld = trips(loss(one, other), MAX_REMOVED_PERCENT);
        if (isHeld) count++;
        assert.equal(shardsHeldByAgents(was, is), isHeld ? ["a"] : []);
      }),
      { seed: 20_260_102, numRuns: 300 },
    );
    assert.ok(count > 50 && count < 250, String(count));
  });
});

async function censusOf(lines: readonly GroupLine[] = []): Promise<Census> {
  const groups = lines.map(({ labels, targets }) => `{"labels":${labels},"targets":[${targets}]}`);
  const text = groups.length === 0 ? '[{"targets":[]}]\n' : `[\n${groups.join(",\n")}\n]\n`;
  return await countFile("targets.json", chunks(text));
}

async function* chunks(text: string): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(text);
}
