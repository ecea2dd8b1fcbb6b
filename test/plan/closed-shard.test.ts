/** plan/closed-shard. */
import * as assert from "uvu/assert";
import { makePlan } from "../../src/plan/diff.ts";
import { describe } from "../describe.ts";
import { GATE, plan, sha256, side } from "./sides.ts";
import type { GroupSpec, ShardSpec, Shards } from "./sides.ts";

const p: GroupSpec = [{ project: "p" }, ["web1:9100"]];
const q: GroupSpec = [{ project: "q" }, ["web2:9100"]];
const closed = (...groups: readonly GroupSpec[]): ShardSpec => ({ groups, isEnabled: false });

function refused(before: Shards, after: Shards): string[] {
  return plan(before, after).refusedProjects.map(({ project, shard }) => `${shard}: ${project}`);
}

describe("plan/closed-shard", (it) => {
  it("a project that comes to a closed shard", () => {
    assert.equal(refused({ a: closed(p) }, { a: closed(p, q) }), ["a: q"]);
    assert.equal(refused({ a: [p] }, { a: closed(p, q) }), ["a: q"]);
    assert.equal(refused({ a: closed() }, { a: closed(q, p) }), ["a: p", "a: q"]);
  });

  it("a project that comes from another shard, or with probes alone", () => {
    assert.equal(refused({ a: closed(p), b: [q] }, { a: closed(p, q), b: [] }), ["a: q"]);
    const urls: readonly GroupSpec[] = [[{ project: "r", job: "icmp", __param_module: "icmp" }, ["web1"]]];
    assert.equal(refused({ a: closed(p) }, { a: { ...closed(p), urls } }), ["a: r"]);
    assert.equal(
      refused({ a: { isEnabled: false, urls } }, { a: { ...closed([{ project: "r" }, ["web1:1"]]), urls } }),
      [],
    );
  });

  it("what is there stays, and may grow, shrink and change", () => {
    const grown: GroupSpec = [{ project: "p" }, ["web1:9100", "web9:9100"]];
    const changed: GroupSpec = [{ project: "p", env: "x" }, ["web1:9101"]];
    for (const after of [[p], [grown], [changed], []])
      assert.equal(refused({ a: closed(p) }, { a: closed(...after) }), []);
  });

  it("a project with another name is not new, even where it grows", () => {
    const renamed: GroupSpec = [{ project: "z" }, ["web1:9100", "web9:9100"]];
    assert.equal(refused({ a: closed(p) }, { a: closed(renamed) }), []);
  });

  it("a project that takes a target of one that stays is new where it grows", () => {
    const both: GroupSpec = [{ project: "p" }, ["web1:9100", "web2:9100"]];
    assert.equal(refused({ a: closed(both) }, { a: closed(p, q) }), []);
    const grown: GroupSpec = [{ project: "q" }, ["web2:9100", "web9:9100"]];
    assert.equal(refused({ a: closed(both) }, { a: closed(p, grown) }), ["a: q"]);
  });

  it("an open shard takes what comes", () => {
    assert.equal(refused({ a: closed(p) }, { a: [p, q] }), []);
  });

  it("a shard that is new brings what it has", () => {
    assert.equal(refused({ b: [] }, { a: closed(p), b: [] }), []);
    assert.equal(makePlan(side({}), side({ a: closed(p) }), GATE, sha256).refusedProjects, []);
  });

  it("nobody knows what is new where the base is not whole", () => {
    const before = side({ a: closed(p) }, { isComplete: false });
    assert.equal(makePlan(before, side({ a: closed(p, q) }), GATE, sha256).refusedProjects, []);
  });

  it("sorted by shard and project", () => {
    const r: GroupSpec = [{ project: "r" }, ["web3:9100"]];
    assert.equal(refused({ b: closed(), a: closed() }, { b: closed(r, q), a: closed(q) }), ["a: q", "b: q", "b: r"]);
  });
});
