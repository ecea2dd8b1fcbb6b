import * as assert from "uvu/assert";
import { hold } from "../../../src/agent/commands/hold.ts";
import { release as releaseHold } from "../../../src/agent/commands/release.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { configOf, Host, hosts, release } from "../core/host.ts";

const OLD = release(100, hosts(20));
const NEW = release(200, hosts(25));
const CONFIG = configOf();

describe("agent: hold and release", (it) => {
  it("holds what is newer, and says since when it waits", async () => {
    const host = new Host(OLD);
    await host.sync();
    assert.is((await hold(CONFIG, host.collaborators(), undefined, "migration")).exit, 0);
    assert.is((await host.sync()).exit, 0);
    const result = await host.take(NEW);
    assert.is(result.exit, 4);
    assert.is(result.reason, "hold");
    assert.match(result.message, "migration");
    assert.equal(host.inPlace, OLD.files);
    assert.is(host.state.floor?.generation, 100);
    assert.equal(host.state.held?.generation, 200);
    const since = host.clock.wall;
    host.clock.wall += 60;
    await host.sync();
    assert.is(host.state.held?.since, since);
    assert.match((await releaseHold(CONFIG, host.collaborators())).message, "swapped in again");
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, NEW.files);
    assert.is(host.state.held, undefined);
  });

  it("lets a source put right meanwhile what somebody changed", async () => {
    const host = new Host(OLD);
    await host.sync();
    await hold(CONFIG, host.collaborators());
    host.storage.put("targets.json", NEW.files["targets.json"]);
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("ends by itself", async () => {
    const host = new Host(OLD);
    await host.sync();
    const end = new Date((host.clock.wall + 7200) * 1000).toISOString();
    assert.match((await hold(CONFIG, host.collaborators(), 7200)).message, `until ${end}, or until it is released`);
    host.clock.wall += 7199;
    assert.is((await host.take(NEW)).exit, 4);
    host.clock.wall += 1;
    assert.is((await host.sync()).exit, 0);
    assert.is(host.state.hold, undefined);
  });

  it("repairs what is in place meanwhile, from the source as well", async () => {
    const host = new Host(OLD);
    await host.sync();
    await hold(CONFIG, host.collaborators());
    host.storage.files.delete("targets.json");
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("puts back meanwhile what an older generation stands in for, and nothing else that is newer", async () => {
    const host = new Host(OLD);
    await host.sync();
    await host.take(NEW);
    await hold(CONFIG, host.collaborators());
    const fall = async (): Promise<void> => {
      host.storage.put("targets.json", "x");
      host.goOffline();
      assert.is((await host.sync()).exit, 6);
      assert.equal(host.inPlace, OLD.files);
    };
    await fall();
    assert.is((await host.take(release(300, hosts(26)))).reason, "hold");
    assert.equal(host.inPlace, OLD.files);
    assert.is((await host.take(NEW)).exit, 0);
    assert.equal(host.inPlace, NEW.files);
    assert.is(host.state.held, undefined);
    assert.is(host.state.fallenFrom, undefined);
    assert.is((await host.take(release(300, hosts(26)))).reason, "hold");
    assert.equal(host.inPlace, NEW.files);
  });

  it("holds the generation that is at the floor and was never in place", async () => {
    const host = new Host(OLD);
    await host.sync();
    const all = host.collaborators();
    all.disk.swap = async () => await Promise.reject(new Failure("disk", "broken"));
    host.source.now = NEW;
    assert.is((await runSync(CONFIG, all)).exit, 7);
    assert.is(host.state.floor?.generation, 200);
    await hold(CONFIG, host.collaborators());
    assert.is((await host.sync()).reason, "hold");
    assert.equal(host.inPlace, OLD.files);
  });

  it("leaves nothing waiting once it is released, though no source was asked since", async () => {
    const host = new Host(OLD);
    await host.sync();
    await hold(CONFIG, host.collaborators());
    await host.take(NEW);
    await releaseHold(CONFIG, host.collaborators());
    assert.is(host.state.held, undefined);
    const removal = await host.take(release(200, hosts(2)));
    assert.is(removal.reason, "removed");
    await hold(CONFIG, host.collaborators());
    await releaseHold(CONFIG, host.collaborators());
    assert.is(host.state.held?.reason, "removed");
  });

  it("is not released by --accept", async () => {
    const host = new Host(OLD);
    await host.sync();
    await hold(CONFIG, host.collaborators());
    assert.is((await host.take(NEW, { trust: { accept: 200 } })).reason, "hold");
  });

  it("leaves the memory of the last run alone", async () => {
    const host = new Host(OLD);
    await host.sync();
    const { lastRun, counters } = host.state;
    host.clock.wall += 60;
    await hold(CONFIG, host.collaborators());
    assert.equal(host.state.lastRun, lastRun);
    assert.equal(host.state.counters, counters);
  });

  it("needs no shard, but is not for a host that has another one than is said", async () => {
    const host = new Host(OLD);
    await host.sync();
    const any = { ...configOf({ shard: "*" }), isAnyShard: true as const };
    assert.is((await hold(any, host.collaborators())).exit, 0);
    assert.ok(host.state.hold);
    assert.is((await releaseHold(any, host.collaborators())).exit, 0);
    assert.is(host.state.hold, undefined);
    assert.is((await hold(configOf({ shard: "*" }), host.collaborators())).reason, "wrong-shard");
    assert.is(host.state.hold, undefined);
  });

  it("holds a host that has nothing yet", async () => {
    const host = new Host(OLD);
    await hold(CONFIG, host.collaborators());
    assert.is((await host.sync()).reason, "hold");
    assert.is(host.inPlace["targets.json"], undefined);
    await releaseHold(CONFIG, host.collaborators());
    assert.is((await host.sync()).exit, 0);
  });

  it("is released where nothing else is trusted: else it would keep --bootstrap out as well", async () => {
    const host = new Host(NEW);
    await hold(CONFIG, host.collaborators());
    host.storage.pointer = { sums: Buffer.from("x"), signature: undefined };
    assert.is((await host.sync({ trust: { bootstrap: true } })).reason, "hold");
    assert.is((await releaseHold(CONFIG, host.collaborators())).exit, 0);
    assert.is((await host.sync()).reason, "bootstrap");
    assert.is((await host.sync({ trust: { bootstrap: true } })).exit, 0);
    assert.equal(host.inPlace, NEW.files);
  });

  it("does not open a host whose state is lost", async () => {
    const host = new Host(OLD);
    await host.sync();
    await host.take(NEW);
    host.storage.state = undefined;
    host.storage.pointer = undefined;
    assert.is((await hold(CONFIG, host.collaborators())).reason, "bootstrap");
    assert.is(host.storage.state, undefined);
  });
});
