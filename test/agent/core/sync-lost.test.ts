import * as assert from "uvu/assert";
import { rollback } from "../../../src/agent/commands/rollback.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { configOf, Host, hosts, release } from "./host.ts";
import { NEW, OLD } from "./settled.ts";

describe("agent: sync, nothing in place while an older generation is meant", (it) => {
  async function rolledBack(): Promise<Host> {
    const host = new Host(OLD);
    await host.sync();
    await host.take(NEW);
    assert.is((await rollback(configOf(), host.collaborators())).exit, 0);
    return host;
  }

  async function rejected(): Promise<Host> {
    const host = new Host(OLD);
    await host.sync();
    host.server.rejects.add(NEW.digests["targets.json"]);
    assert.is((await host.take(NEW)).reason, "rejected");
    return host;
  }

  for (const [why, make] of [
    ["a rollback", rolledBack],
    ["a rejection", rejected],
  ] as const) {
    it(`puts it back after ${why} where the directory is lost`, async () => {
      const host = await make();
      host.storage.removePlace();
      for (let round = 0; round < 2; round++) {
        assert.is((await host.sync()).reason, "quarantined");
        assert.equal(host.inPlace, OLD.files);
        assert.is(host.state.applied?.generation, 100);
        assert.is(host.state.fallenFrom, undefined);
      }
      host.server.calls.length = 0;
      await host.sync();
      assert.equal(host.server.calls.includes("read"), false, "it is confirmed");
      assert.is((await host.take(release(300, hosts(21)))).exit, 0);
    });

    it(`puts it back after ${why} where a file and what says what it was are lost`, async () => {
      const host = await make();
      host.storage.files.delete("targets.json");
      host.storage.pointer = undefined;
      assert.is((await host.sync()).reason, "quarantined");
      assert.equal(host.inPlace, OLD.files);
    });

    it(`puts it in another directory after ${why}, once`, async () => {
      const host = await make();
      host.storage.removePlace();
      const elsewhere = { directory: "/elsewhere" };
      assert.is((await host.sync(elsewhere)).reason, "quarantined");
      assert.equal(host.inPlace, OLD.files);
      host.server.calls.length = 0;
      assert.is((await host.sync(elsewhere)).reason, "quarantined");
      assert.not(host.server.calls.includes("read"));
      assert.is((await host.take(release(300, hosts(1)), elsewhere)).exit, 4);
    });
  }

  it("puts back what was there before the agent where that was wanted", async () => {
    const host = new Host(NEW);
    host.storage.put("targets.json", OLD.files["targets.json"]);
    host.storage.put("urls.json", OLD.files["urls.json"]);
    assert.is((await host.sync()).exit, 0);
    assert.is((await rollback(configOf(), host.collaborators())).exit, 0);
    host.storage.removePlace();
    assert.is((await host.sync()).reason, "quarantined");
    assert.equal(host.inPlace, OLD.files);
    // Without a rollback it is not.
    const other = new Host(NEW);
    other.storage.put("targets.json", OLD.files["targets.json"]);
    other.storage.put("urls.json", OLD.files["urls.json"]);
    assert.is((await other.sync()).exit, 0);
    other.storage.removePlace();
    other.goOffline();
    assert.is((await other.sync({ directory: "/elsewhere" })).exit, 6);
    assert.is(other.inPlace["targets.json"], undefined);
  });

  it("replaces nothing that others keep there", async () => {
    const host = await rolledBack();
    host.storage.removePlace();
    host.storage.put("urls.json", release(1, [], { urls: hosts(30) }).files["urls.json"]);
    const { inPlace } = host;
    assert.is((await host.sync()).exit, 7);
    assert.equal(host.inPlace, inPlace);
  });

  it("says so where last-known-good is damaged as well", async () => {
    const host = await rolledBack();
    host.storage.removePlace();
    host.storage.lastKnownGood.set("targets.json", Buffer.from("x"));
    const result = await host.sync();
    assert.equal([result.exit, result.reason], [7, "disk"]);
    assert.match(result.message, "targets.json and urls.json");
  });

  it("knows its own files where the state is lost while no source has anything for it", async () => {
    for (const source of [release(300, hosts(2)), new Failure("unreachable", "nobody answers")]) {
      const host = new Host(OLD);
      await host.sync();
      await host.take(NEW);
      host.source.now = source;
      host.storage.state = undefined;
      await host.sync();
      host.storage.put("targets.json", "");
      assert.is((await host.sync()).exit, source instanceof Failure ? 6 : 4);
      assert.equal(host.inPlace, OLD.files);
    }
  });

  it("knows how many targets there were, however much is lost one after the other", async () => {
    const host = new Host(OLD);
    await host.sync();
    host.goOffline();
    host.storage.state = undefined;
    host.storage.files.delete("targets.json");
    assert.is((await host.sync()).exit, 7);
    host.storage.removePlace();
    assert.is((await host.sync()).exit, 7);
    const result = await host.take(release(300, hosts(2)));
    assert.equal([result.exit, result.reason], [7, "disk"]);
    assert.match(result.message, "generation 300 waits: it would remove 18 of 20 targets of targets.json");
  });

  it("measures by what it had where a file was emptied and the pointer beside it is lost", async () => {
    for (const left of ["", "{}", "[]\n"]) {
      const host = new Host(OLD);
      await host.sync();
      host.storage.pointer = undefined;
      host.storage.put("targets.json", left);
      const result = await host.take(release(300, hosts(2)));
      assert.match(result.message, "generation 300 waits: it would remove 18 of 20 targets of targets.json");
      assert.is((await host.take(release(400, hosts(19)))).exit, 0);
    }
  });

  it("leaves a first install alone that has not come far", async () => {
    const host = new Host(OLD);
    const all = host.collaborators();
    all.disk.swap = async () => await Promise.reject(new Error("killed"));
    await runSync(configOf(), all);
    assert.is(host.state.floor?.generation, 100);
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
  });
});
