import * as assert from "uvu/assert";
import type { Loss } from "../../../src/agent/check/census.ts";
import type { FileName } from "../../../src/agent/config.ts";
import type { GuardFacts, NamedLoss } from "../../../src/agent/core/guard.ts";
import { isCovered, judge, trips } from "../../../src/agent/core/guard.ts";
import { describe } from "../../describe.ts";
import type { Release } from "./host.ts";
import { Host, hosts, release } from "./host.ts";

function lost(before: number, removed: number, after = before - removed): Loss {
  return { before, after, removed, jobsGone: [] };
}

function of(loss: NamedLoss["loss"], name: FileName = "targets.json"): NamedLoss {
  return { name, loss };
}

function facts(more: Partial<GuardFacts>): GuardFacts {
  const none = { unchanged: 0, inPlace: 100, accepts: undefined, accepted: undefined };
  return { losses: [of(lost(100, 60))], maxRemovedPercent: 50, generation: 200, ...none, ...more };
}

describe("agent: guard, when it trips", (it) => {
  const cases: [string, Loss, boolean][] = [
    ["49 of 100", lost(100, 49), false],
    ["50 of 100", lost(100, 50), false],
    ["51 of 100", lost(100, 51), true],
    ["9 of 10 targets", lost(10, 9), false],
    ["9 of 11 targets", lost(11, 9), false],
    ["10 of 11 targets", lost(11, 10), true],
    ["10 of 20 targets", lost(20, 10), false],
    ["11 of 20 targets", lost(20, 11), true],
    ["all of 9 targets", lost(9, 9), true],
    ["the only target", lost(1, 1), true],
    ["none of none", lost(0, 0), false],
    ["all of 9, replaced by others", lost(9, 9, 9), false],
    ["all of 10, replaced by others", lost(10, 10, 10), true],
  ];
  for (const [what, loss, expected] of cases) {
    it(`${expected ? "holds" : "passes"} where ${what} are removed`, () => {
      assert.is(trips(loss, 50), expected);
    });
  }

  it("passes everything but zero at 100 percent", () => {
    assert.not(trips(lost(100, 100, 1), 100));
    assert.ok(trips(lost(100, 100), 100));
  });

  it("holds where one of two files trips, names it, and says what stays of both", () => {
    const losses = [of(lost(31, 0)), of(lost(30, 29), "urls.json")];
    assert.equal(judge(facts({ losses })), { kind: "held", files: ["urls.json"], removed: 29, before: 30, left: 32 });
  });

  it("holds where both trip, and names both", () => {
    const losses = [of(lost(20, 20)), of(lost(30, 29), "urls.json")];
    const files = ["targets.json", "urls.json"];
    assert.equal(judge(facts({ losses, unchanged: 5 })), { kind: "held", files, removed: 49, before: 50, left: 6 });
  });

  it("holds where nobody can count, and names that file alone", () => {
    const losses = [of("uncountable", "urls.json"), of(lost(5, 5))];
    assert.equal(judge(facts({ losses })), { kind: "held", files: ["urls.json"], removed: 0, before: 0 });
  });
});

describe("agent: guard, who releases it", (it) => {
  it("CI, for a host that comes from before it", () => {
    assert.equal(judge(facts({ accepts: 150 })), { kind: "pass", by: "ci" });
    assert.equal(judge(facts({ accepts: 200 })), { kind: "pass", by: "ci" });
    assert.equal(judge(facts({ accepts: 101 })), { kind: "pass", by: "ci" });
  });

  it("not CI, for a host that has it already, for what is to come, or for what others put there", () => {
    assert.is(judge(facts({ accepts: 100 })).kind, "held");
    assert.is(judge(facts({ accepts: 201 })).kind, "held");
    assert.is(judge(facts({ accepts: 150, inPlace: undefined })).kind, "held");
  });

  it("an operator, for that generation and for later ones that leave as much", () => {
    const accepted = { generation: 200, left: 40 };
    assert.equal(judge(facts({ accepted })), { kind: "pass", by: "operator" });
    const later = { generation: 210, accepted };
    assert.is(judge(facts({ ...later, losses: [of(lost(100, 60))] })).kind, "pass");
    assert.is(judge(facts({ ...later, losses: [of(lost(100, 61))] })).kind, "held");
    assert.is(judge(facts({ ...later, accepted: { generation: 200 } })).kind, "held");
    assert.is(judge(facts({ generation: 199, accepted })).kind, "held");
  });

  it("an operator who let all go cannot have meant what nobody can count", () => {
    assert.not(isCovered(undefined, 210, { generation: 200, left: 0 }));
    assert.ok(isCovered(undefined, 200, { generation: 200 }));
  });
});

describe("agent: guard, in a sync", (it) => {
  const OLD = release(100, hosts(100));

  async function holding(next: Release): Promise<Host> {
    const host = new Host(OLD);
    await host.sync();
    const result = await host.take(next);
    assert.is(result.exit, 4);
    assert.is(result.reason, "removed");
    assert.equal(host.inPlace, OLD.files);
    return host;
  }

  it("holds, and goes on holding without fetching again", async () => {
    const host = await holding(release(200, hosts(40)));
    assert.equal([host.state.held?.generation, host.state.held?.removed, host.state.held?.before], [200, 60, 100]);
    assert.is(host.state.floor?.generation, 100);
    host.source.asked.length = 0;
    const since = host.state.held?.since;
    host.clock.wall += 60;
    assert.is((await host.sync()).exit, 4);
    assert.equal(host.source.asked, ["pointer"]);
    assert.is(host.state.held?.since, since);
    assert.ok((host.state.lastContact ?? 0) > (since ?? 0));
  });

  it("names the file that would lose too much, and counts that alone", async () => {
    const urls = hosts(30).map((host) => `https://${host}/`);
    const host = new Host(release(100, hosts(31), { urls }));
    await host.sync();
    const result = await host.take(release(200, hosts(31), { urls: urls.slice(0, 1) }));
    assert.match(result.message, "it would remove 29 of 30 targets of urls.json");
    const { removed, before, files, left } = host.state.held ?? {};
    assert.equal([removed, before, files, left], [29, 30, ["urls.json"], 32]);
    // What an operator lets pass is what all files are left with.
    const other = release(210, hosts(31, "x"), { urls });
    assert.is((await host.take(other)).exit, 4);
    assert.is((await host.sync({ trust: { accept: 200 } })).exit, 4);
  });

  it("asks for a file going to zero", async () => {
    await holding(release(200, []));
  });

  it("is released by --accept, and forgets it", async () => {
    const next = release(200, hosts(40));
    const host = await holding(next);
    assert.is((await host.sync({ trust: { accept: 199 } })).exit, 4);
    assert.is((await host.sync({ trust: { accept: 200 } })).exit, 0);
    assert.equal(host.inPlace, next.files);
    assert.is(host.state.held, undefined);
    assert.is(host.state.accepted, undefined);
  });

  it("is released by --accept of an earlier one where the newest removes nothing further", async () => {
    const host = await holding(release(200, hosts(40)));
    assert.is((await host.take(release(210, hosts(45)))).exit, 4);
    assert.is((await host.take(release(220, hosts(40)))).exit, 4);
    host.source.asked.length = 0;
    assert.is((await host.sync({ trust: { accept: 210 } })).exit, 4);
    assert.equal(host.source.asked, ["pointer"]);
    assert.is((await host.sync({ trust: { accept: 200 } })).exit, 0);
    assert.is(host.state.applied?.generation, 220);
  });

  it("remembers --accept where nothing could be swapped then", async () => {
    const next = release(200, hosts(40));
    const host = await holding(next);
    host.goOffline();
    assert.is((await host.sync({ trust: { accept: 200 } })).exit, 6);
    assert.is((await host.take(next)).exit, 0);
  });

  it("keeps an --accept of a later generation while an earlier one is swapped in", async () => {
    const next = release(200, hosts(40));
    const host = await holding(next);
    host.goOffline();
    await host.sync({ trust: { accept: 200 } });
    assert.is((await host.take(release(150, hosts(90)))).exit, 0);
    assert.is((await host.take(next)).exit, 0);
    assert.is(host.state.accepted, undefined);
  });

  it("says since when something has been waiting, however many generations came since", async () => {
    const host = await holding(release(200, hosts(40)));
    const since = host.clock.wall;
    host.clock.wall += 60;
    assert.is((await host.take(release(210, hosts(39)))).exit, 4);
    assert.equal([host.state.held?.generation, host.state.held?.since], [210, since]);
  });

  it("says in the log who has let pass what it would have held, and only then", async () => {
    const byOperator = await holding(release(200, hosts(40)));
    await byOperator.sync({ trust: { accept: 200 } });
    const byCi = new Host(OLD);
    await byCi.sync();
    await byCi.take(release(200, hosts(40), { accepts: 200 }));
    const byNobody = new Host(OLD);
    await byNobody.sync();
    await byNobody.take(release(200, hosts(90), { accepts: 200 }));
    const said = [byOperator, byCi, byNobody].map(({ log }) => log.find(({ event }) => event === "guard-released"));
    assert.match(said[0]?.message ?? "", "--accept says so");
    assert.match(said[1]?.message ?? "", "CI let it pass");
    assert.is(said[2], undefined);
  });

  it("asks where nobody knows what lay in a directory that the state does not know, and it cannot be read", async () => {
    const host = new Host(OLD);
    await host.sync();
    host.storage.put("targets.json", "this was somebody's list of targets");
    assert.is((await host.take(release(200, hosts(99)), { directory: "/elsewhere" })).exit, 4);
    assert.equal([host.state.held?.files, host.state.held?.before], [["targets.json"], 0]);
  });

  it("is released by a generation that removes less", async () => {
    const host = await holding(release(200, hosts(40)));
    assert.is((await host.take(release(210, hosts(60)))).exit, 0);
    assert.is(host.state.held, undefined);
  });

  it("forgets what the source has taken back", async () => {
    const host = await holding(release(200, hosts(40)));
    assert.is((await host.take(OLD)).exit, 0);
    assert.is(host.state.held, undefined);
  });

  it("is released by CI", async () => {
    const host = new Host(OLD);
    await host.sync();
    assert.is((await host.take(release(200, hosts(40), { accepts: 200 }))).exit, 0);
    // What was accepted then is not accepted for what is in place now.
    assert.is((await host.take(release(300, hosts(4), { accepts: 200 }))).exit, 4);
  });

  it("judges again where another limit is configured", async () => {
    const host = await holding(release(200, hosts(40)));
    assert.is((await host.sync({ trust: { maxRemovedPercent: 60 } })).exit, 0);
  });

  it("goes by what was known where the file in place is damaged", async () => {
    const host = new Host(OLD);
    await host.sync();
    host.storage.put("targets.json", "x");
    // The damage is worse than the waiting, but both are there.
    assert.is((await host.take(release(200, hosts(40)))).exit, 7);
    assert.equal([host.state.held?.removed, host.state.held?.before], [60, 100]);
    assert.is(host.inPlace["targets.json"], "x");
  });
});
