import * as assert from "uvu/assert";
import { hold } from "../../../src/agent/commands/hold.ts";
import { rollback } from "../../../src/agent/commands/rollback.ts";
import { describe } from "../../describe.ts";
import type { Release } from "./host.ts";
import { configOf, digest, Host, hosts, release } from "./host.ts";
import { NEW, OLD, settled } from "./settled.ts";

describe("agent: sync, what lies beside the targets does not fit what this host knows", (it) => {
  /** Somebody writes files and a SHA256SUMS that fits them, which nobody signed. */
  function forge(host: Host, forged: Release): void {
    host.storage.put("targets.json", forged.files["targets.json"]);
    host.storage.put("urls.json", forged.files["urls.json"]);
    host.storage.pointer = { sums: Buffer.from(forged.sums), signature: undefined };
  }

  it("does not take other files for its own because a SHA256SUMS of the same generation names them", async () => {
    const host = await settled();
    await host.take(NEW);
    forge(host, release(200, hosts(24, "evil")));
    host.goOffline();
    const result = await host.sync();
    assert.equal([result.exit, result.reason], [7, "disk"]);
    assert.is((await host.take(NEW)).exit, 0);
    assert.equal(host.inPlace, NEW.files);
  });

  it("does not believe an unsigned SHA256SUMS where no generation was seen yet", async () => {
    const host = new Host(OLD);
    assert.is((await hold(configOf(), host.collaborators())).exit, 0);
    forge(host, NEW);
    const result = await host.sync();
    assert.equal([result.exit, result.reason], [5, "bootstrap"]);
  });

  it("remembers that another shard was asked for, and what this host has all the same", async () => {
    const host = await settled();
    assert.is((await host.sync({ shard: "osaka" })).reason, "wrong-shard");
    assert.is(host.state.lastRun?.reason, "wrong-shard");
    assert.is(host.state.floor?.shard, "tokyo");
    assert.is((await host.sync()).exit, 0);
  });

  it("does not take what CI accepted in another shard for accepted here", async () => {
    const host = await settled();
    const osaka = release(200, hosts(2, "o"), { shard: "osaka", accepts: 200 });
    const result = await host.take(osaka, { shard: "osaka", trust: { bootstrap: true } });
    assert.equal([result.exit, result.reason], [4, "removed"]);
    assert.equal(host.inPlace, OLD.files);
  });

  it("says in the log what a state is that was made anew, and what it has forgotten", async () => {
    const lost = await settled();
    lost.storage.state = undefined;
    await lost.sync();
    const older = new Host(OLD);
    await older.sync();
    const backup = older.storage.state;
    await older.take(NEW);
    older.storage.state = backup;
    await older.sync();
    const said = [lost, older].map(({ log }) => log.filter(({ event }) => event === "state-rebuilt"));
    assert.equal(
      said.map((notes) => notes.map(({ level }) => level)),
      [["warning"], ["warning"]],
    );
    assert.match(said[0]?.[0]?.message ?? "", "are forgotten");
    assert.match(said[1]?.[0]?.message ?? "", "older than the SHA256SUMS");
  });

  it("says no such thing where an older generation was put back on purpose and the run was killed", async () => {
    const host = await settled();
    await host.take(NEW);
    const { disk, ...others } = host.collaborators();
    let writes = 0;
    const write = disk.writeState.bind(disk);
    disk.writeState = async (bytes, isDiary) => {
      if (++writes > 1) throw new Error("killed");
      await write(bytes, isDiary);
    };
    await rollback(configOf(), { ...others, disk });
    host.log.length = 0;
    assert.is((await host.sync()).reason, "quarantined");
    assert.equal(host.inPlace, OLD.files);
    assert.not(host.log.some(({ event }) => event === "state-rebuilt"));
  });

  it("forgets with a state that is older what a mirror said then", async () => {
    const host = new Host(OLD);
    host.source.now = host.second.now;
    host.second.now = OLD;
    host.sources = [host.source, host.second];
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.state.validators, { [host.second.label]: digest(OLD.sums) });
    const backup = host.storage.state;
    await host.take(NEW);
    host.storage.state = backup;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.state.validators, { [host.source.label]: digest(NEW.sums) });
  });

  it("forgets what a mirror said of an earlier generation, be the files new or only their number", async () => {
    for (const next of [NEW, release(200, hosts(20))]) {
      const host = new Host();
      host.second.now = OLD;
      host.sources = [host.source, host.second];
      assert.is((await host.sync()).exit, 0);
      assert.is((await host.take(next)).exit, 0);
      assert.equal(host.state.validators, { [host.source.label]: digest(next.sums) });
    }
  });

  it("remembers a run with --bootstrap as any other, be the files in place already or not", async () => {
    for (const next of [OLD, NEW]) {
      const host = await settled();
      host.storage.state = Buffer.from("x");
      host.storage.pointer = undefined;
      assert.is((await host.take(next)).reason, "bootstrap");
      const result = await host.take(next, { trust: { bootstrap: true } });
      assert.is(result.exit, 0);
      assert.equal(result.state, host.state);
      assert.is(host.state.lastSuccess, host.clock.wall);
      assert.is(host.state.applied?.confirmedAt, host.clock.wall);
    }
  });
});
