import * as assert from "uvu/assert";
import { hold } from "../../../src/agent/commands/hold.ts";
import { release as releaseHold } from "../../../src/agent/commands/release.ts";
import { rollback } from "../../../src/agent/commands/rollback.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { describe } from "../../describe.ts";
import type { Release } from "./host.ts";
import { configOf, Host, hosts, release } from "./host.ts";

const FEW = release(100, hosts(2));
const MANY = release(200, hosts(100));
const URLS = hosts(30).map((host) => `https://${host}/`);

/** A host that has the second of two generations, and a source that has something else by now. */
async function updated(source: Release, [first, second] = [FEW, MANY]): Promise<Host> {
  const host = new Host(first);
  assert.is((await host.sync()).exit, 0);
  assert.is((await host.take(second)).exit, 0);
  host.source.now = source;
  return host;
}

function edit({ storage }: Host): void {
  storage.put("targets.json", `${storage.text("targets.json") ?? ""}\n`);
}

describe("agent: sync, an older set that would take more away than the damage has", (it) => {
  it("stays away from a file that was edited by hand while a generation is held", async () => {
    const host = await updated(release(300, hosts(5)));
    assert.is((await host.sync()).exit, 4);
    edit(host);
    const before = host.inPlace;
    for (let round = 0; round < 2; round++) {
      const result = await host.sync();
      assert.equal([result.exit, result.reason], [7, "disk"]);
      assert.match(result.message, "generation 100 of last-known-good is not put back");
      assert.match(result.message, "98 of 100 targets of targets.json");
      assert.match(result.message, "; generation 300 waits: it would remove 95 of 100 targets");
      assert.match(result.help ?? "", "--accept 300");
      assert.equal(host.inPlace, before);
      assert.is(host.state.held?.generation, 300);
    }
    assert.is(host.storage.staged.size, 0);
    // Nothing but the next generation that passes, an operator, or the very generation ends that.
    const others = host.fork();
    assert.is((await others.take(release(300, hosts(5)), { trust: { accept: 300 } })).exit, 0);
    assert.is((await host.take(MANY)).exit, 0);
    assert.equal(host.inPlace, MANY.files);
  });

  it("says all the same what waits where it is put back", async () => {
    const host = await updated(release(300, hosts(5)));
    assert.is((await host.sync()).exit, 4);
    host.storage.put("targets.json", "");
    for (let round = 0; round < 3; round++) {
      assert.is((await host.sync()).exit, 4);
      assert.equal(host.inPlace, FEW.files);
      assert.equal([host.state.held?.generation, host.state.held?.before], [300, 100]);
    }
  });

  it("stays away while no source answers, or a hold is in force", async () => {
    for (const isOnHold of [true, false]) {
      const next = release(300, hosts(101));
      const host = await updated(next);
      if (isOnHold) await hold(configOf(), host.collaborators());
      else host.goOffline();
      edit(host);
      const before = host.inPlace;
      assert.is((await host.sync()).exit, 7);
      assert.is((await host.sync()).exit, 7);
      assert.equal(host.inPlace, before);
      await releaseHold(configOf(), host.collaborators());
      assert.is((await host.take(next)).exit, 0);
      assert.equal(host.inPlace, next.files);
    }
  });

  it("stays away where it is empty", async () => {
    const host = await updated(release(300, []), [release(100, []), release(200, hosts(3))]);
    edit(host);
    const before = host.inPlace;
    assert.is((await host.sync()).exit, 7);
    assert.equal(host.inPlace, before);
  });

  it("is put back where an operator says so", async () => {
    const host = await updated(MANY);
    host.goOffline();
    edit(host);
    assert.is((await host.sync()).exit, 7);
    assert.is((await rollback(configOf(), host.collaborators())).exit, 0);
    assert.equal(host.inPlace, FEW.files);
  });

  it("stands in for a file that is gone, and takes nothing from another one that is right", async () => {
    const second = release(200, hosts(101), { urls: URLS });
    const host = await updated(second, [release(100, hosts(100), { urls: [] }), second]);
    host.goOffline();
    for (const damage of ["gone", "not readable"]) {
      if (damage === "gone") host.storage.files.delete("targets.json");
      else host.storage.put("targets.json", "x");
      for (let round = 0; round < 2; round++) {
        const result = await host.sync();
        assert.is(result.exit, 7, damage);
        assert.match(result.message, "30 of 30 targets of urls.json");
        assert.is(host.inPlace["targets.json"], release(100, hosts(100)).files["targets.json"], damage);
        assert.is(host.inPlace["urls.json"], second.files["urls.json"], damage);
      }
    }
    assert.is((await host.take(second)).exit, 0);
    assert.equal(host.inPlace, second.files);
  });

  it("is put back where it is no worse than what lies there", async () => {
    const host = await updated(MANY, [release(100, hosts(90)), MANY]);
    host.goOffline();
    host.storage.put("targets.json", release(1, hosts(1)).files["targets.json"]);
    assert.is((await host.sync()).exit, 6);
    assert.is(host.state.applied?.generation, 100);
  });

  it("is nothing to count on where it cannot be counted itself", async () => {
    const bad = release(100, [], { targets: `[\n{"labels":{},"targets":[7]}\n]\n` });
    const host = await updated(MANY);
    host.storage.lastKnownGood.set("targets.json", Buffer.from(bad.files["targets.json"]));
    const signature = host.storage.lastKnownGoodPointer?.signature;
    host.storage.lastKnownGoodPointer = { sums: Buffer.from(bad.sums), signature };
    host.goOffline();
    edit(host);
    assert.match((await host.sync()).message, "100 of 100");
  });
});

describe("agent: sync, an older set that stands in for what is gone", (it) => {
  const losses: [string, (host: Host) => void][] = [
    ["a file that cannot be read", ({ storage }) => storage.put("targets.json", "x")],
    ["a file that is gone", ({ storage }) => void storage.files.delete("targets.json")],
    ["a directory that is gone", ({ storage }) => storage.removePlace()],
  ];
  for (const [what, damage] of losses) {
    /** What stands in has two targets. */
    async function fallen(next: Release): Promise<Host> {
      const host = await updated(next);
      damage(host);
      host.goOffline();
      assert.is((await host.sync()).exit, 6);
      assert.equal(host.inPlace, FEW.files);
      assert.equal([host.state.fallenFrom, host.state.fallenDistinct?.["targets.json"]], [200, 100]);
      host.source.now = next;
      return host;
    }

    it(`is no measure for the guard: ${what}`, async () => {
      const small = release(300, hosts(5));
      const host = await fallen(small);
      for (let round = 0; round < 2; round++) {
        const result = await host.sync();
        assert.equal([result.exit, result.reason], [4, "removed"]);
        assert.match(result.message, "95 of 100 targets of targets.json");
        assert.equal(host.inPlace, FEW.files);
      }
      // Nor is it so after it was lost once more.
      damage(host);
      assert.is((await host.sync()).exit, 4);
      assert.equal(host.inPlace, FEW.files);
      const accepted = host.fork();
      assert.is((await accepted.sync({ trust: { accept: 300 } })).exit, 0);
      assert.equal(accepted.inPlace, small.files);
      assert.equal([accepted.state.fallenFrom, accepted.state.fallenDistinct], [undefined, undefined]);
      assert.is((await host.take(release(400, hosts(60)))).exit, 0);
    });

    it(`is not taken for a newer generation with the same files: ${what}`, async () => {
      const host = await fallen(release(300, hosts(2)));
      const result = await host.sync();
      assert.is(result.exit, 4);
      assert.match(result.message, "98 of 100");
      assert.is((await host.sync({ trust: { accept: 300 } })).exit, 0);
      assert.is(host.state.applied?.generation, 300);
      assert.is((await host.sync()).exit, 0);
    });

    it(`is what CI let pass before as little as what it stands in for: ${what}`, async () => {
      assert.is((await (await fallen(release(300, hosts(5), { accepts: 150 }))).sync()).exit, 4);
      assert.is((await (await fallen(release(300, hosts(5), { accepts: 250 }))).sync()).exit, 0);
    });

    it(`gives way to the very generation, whatever that removed: ${what}`, async () => {
      const host = await fallen(MANY);
      assert.is((await host.sync()).exit, 0);
      assert.equal(host.inPlace, MANY.files);
      assert.equal([host.state.fallenFrom, host.state.fallenDistinct], [undefined, undefined]);
    });
  }

  it("is no measure in another directory, where nothing was", async () => {
    const small = release(300, hosts(5));
    const host = await updated(small);
    host.storage.files.delete("targets.json");
    assert.is((await host.sync()).exit, 4);
    host.storage.removePlace();
    assert.is((await host.sync({ directory: "/elsewhere" })).exit, 0);
    assert.equal(host.inPlace, small.files);
  });

  it("goes by what was in place, not by what somebody has left of it", async () => {
    const host = await updated(release(300, hosts(5)));
    host.storage.put("targets.json", release(1, hosts(4)).files["targets.json"]);
    for (let round = 0; round < 2; round++) {
      const result = await host.sync();
      assert.is(result.exit, 4);
      assert.match(result.message, "95 of 100");
    }
    assert.is(host.state.held?.generation, 300);
  });

  it("goes by what is in place where a crash came between two renames", async () => {
    const host = await updated(release(300, hosts(5), { urls: URLS }));
    const all = host.collaborators({ trust: { accept: 300 } });
    const { disk } = all;
    const swap = disk.swap.bind(disk);
    let swaps = 0;
    disk.swap = async (staged) => {
      if (++swaps === 2) throw new Error("killed");
      return await swap(staged);
    };
    await runSync(configOf({ trust: { accept: 300 } }), all);
    assert.is(host.inPlace["targets.json"], release(300, hosts(5)).files["targets.json"]);
    assert.is((await host.take(release(400, hosts(6), { urls: URLS }))).exit, 0);
  });

  it("goes by what the pointer beside it says, where the state was lost as well", async () => {
    const small = release(300, hosts(5));
    const deleted = await updated(small);
    deleted.storage.files.delete("targets.json");
    const emptied = await updated(small);
    emptied.storage.put("targets.json", release(1, hosts(3)).files["targets.json"]);
    const alone = await updated(small);
    alone.storage.files.delete("targets.json");
    alone.goOffline();
    for (const host of [deleted, emptied, alone]) host.storage.state = undefined;
    assert.is((await alone.sync()).exit, 6);
    for (const host of [deleted, emptied, alone]) {
      for (let round = 0; round < 3; round++) {
        const result = await host.take(small);
        assert.is(result.exit, 4);
        assert.match(result.message, "95 of 100");
      }
    }
  });

  it("goes by the state where the pointer is gone, whose hand that may have been", async () => {
    const host = await updated(release(300, hosts(5)));
    host.storage.put("targets.json", release(1, hosts(3)).files["targets.json"]);
    host.storage.pointer = undefined;
    for (let round = 0; round < 2; round++) assert.is((await host.sync()).exit, 4);
  });
});

describe("agent: sync, a file into which somebody wrote targets of others", (it) => {
  const FOREIGN = release(
    1,
    hosts(11).map((host) => `other-${host}`),
  ).files["targets.json"];

  it("has a generation that takes away nothing of what was verified in its place", async () => {
    const next = release(300, hosts(110));
    const host = await updated(next);
    host.storage.put("targets.json", FOREIGN);
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, next.files);
  });

  it("has an older set in its place, which takes away nothing either, while no source answers", async () => {
    const older = release(100, hosts(90));
    const host = await updated(MANY, [older, MANY]);
    host.storage.put("targets.json", FOREIGN);
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
    assert.equal(host.inPlace, older.files);
  });

  it("keeps those that are most of it until somebody says that they may go", async () => {
    const host = await updated(release(300, hosts(110)));
    const many = release(
      1,
      hosts(60).map((name) => `other-${name}`),
    ).files["targets.json"];
    host.storage.put("targets.json", many);
    const result = await host.sync();
    assert.equal([result.exit, host.inPlace["targets.json"]], [7, many]);
    assert.match(result.help ?? "", "--accept 300");
  });
});
