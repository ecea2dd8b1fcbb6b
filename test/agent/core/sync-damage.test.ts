import * as assert from "uvu/assert";
import { CHECK_LIMITS } from "../../../src/agent/check/check-file.ts";
import { hold } from "../../../src/agent/commands/hold.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { configOf, Host, hosts, release } from "./host.ts";
import { NEW, OLD, settled } from "./settled.ts";

describe("agent: sync, what others do on disk", (it) => {
  const damages: [string, (host: Host) => void][] = [
    ["edited", (host) => host.storage.put("targets.json", `[\n{"labels":{"job":"x"},"targets":["a:1"]}\n]\n`)],
    ["truncated", (host) => host.storage.put("targets.json", OLD.files["targets.json"].slice(0, 40))],
    ["emptied", (host) => host.storage.put("targets.json", "")],
    ["deleted", (host) => void host.storage.files.delete("targets.json")],
  ];
  for (const [what, damage] of damages) {
    it(`puts right from the source what was ${what}`, async () => {
      const host = await settled();
      damage(host);
      host.source.asked.length = 0;
      assert.is((await host.sync()).exit, 0);
      assert.equal(host.inPlace, OLD.files);
      assert.equal(host.source.asked, ["pointer", "targets.json"]);
    });

    it(`puts right from last-known-good what was ${what} while no source answers`, async () => {
      const host = await settled();
      await host.take(NEW);
      damage(host);
      host.goOffline();
      const damaged = (): number => host.log.filter(({ event }) => event === "damaged").length;
      assert.is(damaged(), 0);
      assert.is((await host.sync()).exit, 6);
      assert.is(damaged(), 1);
      assert.equal(host.inPlace, OLD.files);
      assert.is(host.state.applied?.generation, 100);
      assert.is(host.state.floor?.generation, 200);
      // The source comes back: with the generation of before, without a question from the guard.
      assert.is((await host.take(NEW)).exit, 0);
      assert.equal(host.inPlace, NEW.files);
    });

    it(`writes nothing unverified where last-known-good is damaged, too: ${what}`, async () => {
      const host = await settled();
      await host.take(NEW);
      damage(host);
      host.storage.lastKnownGood.set("targets.json", Buffer.from("x"));
      host.goOffline();
      const before = host.inPlace;
      const result = await host.sync();
      assert.is(result.exit, 7);
      assert.equal(host.inPlace, before);
      assert.is((await host.take(NEW)).exit, 0);
      assert.equal(host.inPlace, NEW.files);
    });
  }

  it("hashes a file again once an hour, whether or not anybody seems to have touched it", async () => {
    const host = await settled();
    host.storage.isSealed = true;
    await host.sync();
    assert.is(host.state.hashed?.["targets.json"]?.at, host.clock.wall);
    const first = host.clock.wall;
    // A bit that the disk lost: nothing but the content has changed.
    host.storage.rot("targets.json");
    host.clock.wall = first + 3599;
    assert.is((await host.sync()).exit, 0);
    assert.is.not(host.inPlace["targets.json"], OLD.files["targets.json"]);
    assert.is(host.state.hashed?.["targets.json"]?.at, first, "it was not hashed, so the hour goes on");
    host.clock.wall = first + 3601;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("believes no digest from the future, and none of a file that was replaced", async () => {
    const host = await settled();
    host.storage.isSealed = true;
    await host.sync();
    host.storage.rot("targets.json");
    host.clock.wall -= 10;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
    host.clock.wall += 10;
    await host.sync();
    host.storage.put("targets.json", "x");
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("lets a power cut take what a run without news has written, and nothing else", async () => {
    const host = await settled();
    await host.sync();
    await host.sync();
    assert.equal(host.storage.writes, ["diary"]);
    await host.take(NEW);
    assert.ok(host.storage.writes.length > 1);
    assert.not(host.storage.writes.includes("diary"));
    host.goOffline();
    await host.sync();
    assert.equal(host.storage.writes, ["diary"]);
    await hold(configOf(), host.collaborators());
    assert.equal(host.storage.writes, ["durable"]);
  });

  it("does not make a damaged file last-known-good", async () => {
    const host = await settled();
    host.storage.put("targets.json", "x");
    await host.take(NEW);
    assert.is(host.storage.lastKnownGood.get("targets.json"), undefined);
  });

  it("mends file by file where last-known-good has the same bytes", async () => {
    const host = await settled();
    const next = release(200, hosts(25));
    await host.take(next);
    host.storage.files.delete("urls.json");
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
    assert.equal(host.inPlace, next.files);
    assert.is(host.state.applied?.generation, 200);
  });

  it("puts a mode right, and has that proven", async () => {
    const host = await settled();
    host.storage.put("targets.json", OLD.files["targets.json"], 0o600);
    host.server.calls.length = 0;
    assert.is((await host.sync()).exit, 0);
    assert.is(host.storage.files.get("targets.json")?.mode, 0o644);
    assert.equal(host.server.calls, ["baseline", "read"]);
  });

  it("puts no mode right by a copy of what was changed since it was looked at", async () => {
    const host = await settled();
    host.storage.isSealed = true;
    await host.sync();
    host.storage.rot("targets.json");
    const rotten = host.storage.files.get("targets.json");
    const config = configOf();
    const withMode = { ...config, place: { ...config.place, mode: 0o640 } };
    assert.is((await runSync(withMode, host.collaborators())).exit, 7);
    assert.is(host.storage.files.get("targets.json"), rotten);
    assert.is(host.storage.staged.size, 0);
    // The hour is not over, and it is hashed all the same.
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("puts the pointer back beside the targets", async () => {
    const host = await settled();
    host.storage.pointer = undefined;
    assert.is((await host.sync()).exit, 0);
    assert.is(Buffer.from(host.storage.pointer?.["sums"] ?? []).toString(), OLD.sums);
    assert.is(host.state.counters.swaps, 1);
  });

  it("counts what was there before the agent for the guard, and makes it last-known-good", async () => {
    const host = new Host(release(100, hosts(3)));
    host.storage.put("targets.json", OLD.files["targets.json"]);
    assert.is((await host.sync()).exit, 4);
    assert.is(host.inPlace["targets.json"], OLD.files["targets.json"]);
    assert.is((await host.sync({ trust: { accept: 100 } })).exit, 0);
    assert.is(Buffer.from(host.storage.lastKnownGood.get("targets.json") ?? []).toString(), OLD.files["targets.json"]);
  });

  it("holds where it cannot count what was there before; an empty placeholder holds nothing", async () => {
    const host = new Host(OLD);
    host.storage.put("targets.json", "- targets: [a, b, c, d]\n");
    assert.is((await host.sync()).reason, "removed");
    assert.is((await host.sync({ trust: { accept: 100 } })).exit, 0);
    for (const nothing of ["", "[]", "null\n"]) {
      const other = new Host(OLD);
      other.storage.put("targets.json", nothing);
      assert.is((await other.sync()).exit, 0, nothing);
    }
  });

  it("holds where there was more than it can count", async () => {
    const host = new Host(OLD);
    const line = `{"labels":{"job":"x"},"targets":[${'"a:1",'.repeat(9_999)}"a:1"]}`;
    const lines = Array.from({ length: CHECK_LIMITS.maxTargets / 10_000 + 1 }, () => line);
    host.storage.put("targets.json", `[\n${lines.join(",\n")}\n]\n`);
    assert.is((await host.sync()).reason, "removed");
  });

  it("does not believe a pointer beside the targets that nobody signed, whatever it says", async () => {
    for (const other of [release(50, hosts(3)), release(200, hosts(3)), release(300, hosts(3))]) {
      const host = await settled();
      await host.take(NEW);
      host.storage.pointer = { sums: Buffer.from(other.sums), signature: undefined };
      host.goOffline();
      assert.is((await host.sync()).exit, 6);
      assert.equal(host.inPlace, NEW.files);
      assert.is((await host.take(NEW)).exit, 0);
      assert.is(host.state.counters.rollbacks, 0);
    }
  });

  it("does not believe files that fit a pointer that nobody signed", async () => {
    for (const forged of [release(50, hosts(3)), release(200, hosts(3)), release(300, hosts(3))]) {
      const host = await settled();
      await host.take(NEW);
      host.storage.pointer = { sums: Buffer.from(forged.sums), signature: undefined };
      host.storage.put("targets.json", forged.files["targets.json"]);
      host.storage.put("urls.json", forged.files["urls.json"]);
      host.goOffline();
      assert.is((await host.sync()).exit, 6);
      assert.equal(host.inPlace, OLD.files);
    }
  });

  it("does not let back in by hand what was rolled back", async () => {
    const host = await settled();
    host.server.rejects.add(NEW.digests["targets.json"]);
    await host.take(NEW);
    host.storage.put("targets.json", NEW.files["targets.json"]);
    await host.sync();
    assert.equal(host.inPlace, OLD.files);
  });
});

describe("agent: sync, after a run that broke off", (it) => {
  /** A host whose update to NEW ends at the second rename, or at the write of the state after it. */
  async function brokenOff(at: "second rename" | "state"): Promise<Host> {
    const host = await settled();
    const all = host.collaborators();
    const { disk } = all;
    const [swap, writeState] = [disk.swap.bind(disk), disk.writeState.bind(disk)];
    let swaps = 0;
    const broken = async (): Promise<never> => {
      throw new Failure("disk", "broken");
    };
    disk.swap = async (staged) => (++swaps === 2 && at === "second rename" ? await broken() : await swap(staged));
    disk.writeState = async (bytes) => (swaps > 0 ? await broken() : await writeState(bytes));
    host.source.now = NEW;
    assert.is((await runSync(configOf(), all)).exit, 7);
    return host;
  }

  it("leaves both halves while no source answers, and finishes then", async () => {
    const host = await brokenOff("second rename");
    const half = { "targets.json": NEW.files["targets.json"], "urls.json": OLD.files["urls.json"] };
    assert.equal(host.inPlace, half);
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
    assert.equal(host.inPlace, half);
    host.source.asked.length = 0;
    assert.is((await host.take(NEW)).exit, 0);
    assert.equal(host.inPlace, NEW.files);
    assert.equal(host.source.asked, ["pointer", "urls.json"]);
  });

  it("proves what is in place already, and fetches nothing", async () => {
    const host = await brokenOff("state");
    assert.equal(host.inPlace, NEW.files);
    host.source.asked.length = 0;
    host.server.calls.length = 0;
    let applied: number | undefined;
    const { server } = host;
    const awaitRead = server.awaitRead.bind(server);
    server.awaitRead = async (...args) => {
      applied = host.state.applied?.generation;
      return await awaitRead(...args);
    };
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.source.asked, ["pointer"]);
    assert.equal(host.server.calls, ["baseline", "read"]);
    assert.is(applied, 200, "what is asked for was not written down before");
  });

  it("does not take the validator of the generation before for that of the one in place", async () => {
    const host = await brokenOff("state");
    host.goOffline();
    await host.sync();
    assert.is(host.state.applied?.generation, 200);
    assert.is((await host.take(OLD)).reason, "replay");
  });
});
