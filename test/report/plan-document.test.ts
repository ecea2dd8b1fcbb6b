import * as assert from "uvu/assert";
import { describe as suite } from "../describe.ts";
import { hosts } from "../plan/sides.ts";
import { documentOf } from "./plans.ts";

const WEB = { project: "web" };

suite("plan document", (it) => {
  it("has no changes where both sides are the same", () => {
    const { hasChanges, isRefused, groups, projects, jobs, services, shards, digest } = documentOf(
      { a: [[WEB, hosts(3)]] },
      { a: [[WEB, hosts(3)]] },
    );
    assert.equal(
      [hasChanges, isRefused, groups, projects, jobs, services, digest],
      [false, false, [], [], [], [], undefined],
    );
    assert.equal(
      shards.map(({ name, before, after }) => [name, before, after]),
      [["a", 3, 3]],
    );
  });

  it("has changes where only labels that Prometheus does not store differ, and where a shard comes or goes", () => {
    const slow = documentOf({ a: [[WEB, hosts(3)]] }, { a: [[{ ...WEB, __scrape_interval__: "5m" }, hosts(3)]] });
    assert.equal([slow.hasChanges, slow.groups, slow.totals.adjusted], [true, [], 3]);
    assert.is(documentOf({ a: [] }, { a: [], b: [] }).hasChanges, true);
    assert.is(documentOf({ a: [], b: [] }, { a: [] }).hasChanges, true);
    assert.is(documentOf({ a: [] }, { a: [] }).hasChanges, false);
  });

  it("has changes where other servers pull a shard, and says which", () => {
    const groups = [[WEB, hosts(3)]] as const;
    const {
      hasChanges,
      shards,
      groups: shown,
    } = documentOf(
      { a: { groups, servers: ["p1", "p2"] }, b: { groups, servers: ["p3", "p4"] }, c: [] },
      { a: { groups, servers: ["p4", "p2", "p0"] }, b: { groups, servers: ["p4", "p3"] }, c: [] },
      { sources: { show: (_, text) => (text === "p0" ? "hidden" : text) } },
    );
    assert.equal([hasChanges, shown], [true, []]);
    assert.equal(
      shards.map(({ name, serversAdded, serversRemoved }) => [name, serversAdded, serversRemoved]),
      [
        ["a", ["hidden", "p4"], ["p1"]],
        ["b", undefined, undefined],
        ["c", undefined, undefined],
      ],
    );
    const fates = documentOf({ a: [] }, { b: [] }).shards;
    assert.equal(
      fates.map(({ serversAdded, serversRemoved }) => [serversAdded, serversRemoved]),
      [
        [undefined, ["prom-a"]],
        [["prom-b"], undefined],
      ],
    );
  });

  it("counts every shard, and of projects, jobs and services those with changes", () => {
    const plan = documentOf(
      { a: [[WEB, hosts(3)]], b: [[{ project: "db", job: "mysqld", service: "t" }, hosts(2)]] },
      { a: [[WEB, hosts(4)]], b: [[{ project: "db", job: "mysqld", service: "t" }, hosts(2)]] },
    );
    assert.equal(
      [plan.shards, plan.projects, plan.jobs, plan.services].map((list) => list.map(({ name }) => name)),
      [["a", "b"], ["web"], ["node"], ["s"]],
    );
  });

  it("says what somebody accepted, and whether the rest is refused", () => {
    const [before, after] = [{ a: [[WEB, hosts(10)]] }, { a: [[WEB, hosts(5)]] }] as const;
    const refused = documentOf(before, after);
    assert.equal([refused.isRefused, refused.trips.map(({ isAccepted }) => isAccepted)], [true, [false, false]]);
    const accepted = documentOf(before, after, { accept: ({ digest = "" }) => [digest] });
    assert.equal([accepted.isRefused, accepted.trips.map(({ isAccepted }) => isAccepted)], [false, [true, true]]);
    assert.is(accepted.digest, refused.digest);
  });

  it("findings have a line where they are about one, and none where they are about a file", () => {
    const { findings } = documentOf(
      { a: [[WEB, hosts(10)]], b: [[{}, hosts(3)]] },
      { a: [[WEB, hosts(10, 5)]], b: [] },
    );
    assert.equal(
      findings.map(({ rule, severity, file, line }) => [rule, severity, file, line]),
      [
        ["plan/mass-removal", "error", "old.yml", undefined],
        ["plan/mass-removal", "error", "old.yml", undefined],
        ["plan/mass-removal", "error", "old.yml", undefined],
      ],
    );
    const relabelled = documentOf({ a: [[WEB, hosts(10)]] }, { a: [[{ ...WEB, env: "x" }, hosts(10)]] });
    assert.equal(
      relabelled.findings.map(({ file, line }) => [file, line]),
      [
        ["new.yml", 9],
        ["new.yml", 9],
      ],
    );
  });

  it("lines are looked up only when they are asked for", () => {
    let asked = 0;
    const count = (): number => ++asked;
    const { groups } = documentOf(
      { a: [[WEB, hosts(3)]] },
      { a: [[WEB, hosts(4)]] },
      { sources: { lineAfter: count, lineBefore: count } },
    );
    assert.is(asked, 0);
    assert.is(groups[0]?.targets[0]?.after?.line, 1);
  });
});
