import * as assert from "uvu/assert";
import { runSync } from "../../../src/agent/core/sync.ts";
import { describe } from "../../describe.ts";
import { configOf, Host, hosts, MemoryServer, release } from "./host.ts";
import { NEW, OLD, settled } from "./settled.ts";

describe("agent: sync, the proof", (it) => {
  it("ends with 3 while Prometheus is down, stays with what is verified, and recovers by itself", async () => {
    const host = await settled();
    host.server.isUp = false;
    const result = await host.take(NEW);
    assert.is(result.exit, 3);
    assert.equal(host.inPlace, NEW.files);
    assert.equal(host.state.validators, {});
    assert.is((await host.sync()).exit, 3);
    host.server.isUp = true;
    host.source.asked.length = 0;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.source.asked, ["pointer"]);
    assert.is(host.state.applied?.confirmedAt, host.clock.wall);
    assert.equal(Object.keys(host.state.validators), ["https://a.example.com/"]);
  });

  it("proves again without the source", async () => {
    const host = await settled();
    host.server.isUp = false;
    await host.take(NEW);
    host.server.isUp = true;
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
    assert.ok(host.state.applied?.confirmedAt);
  });

  it("takes the baseline before the swap, and reloads after it was read", async () => {
    const host = await settled();
    host.server.calls.length = 0;
    await host.take(NEW);
    assert.equal(host.server.calls, ["baseline", "read", "reload", "read"]);
  });

  it("does not reload again while it waits for the proof", async () => {
    const host = await settled();
    host.server.isUp = false;
    await host.take(NEW);
    host.server.calls.length = 0;
    await host.sync();
    assert.not(host.server.calls.includes("reload"));
  });

  it("asks for active targets where that is wanted", async () => {
    const host = await settled();
    host.server.activeVerdict = "not-active";
    const wait = { prometheus: { wait: "active" } } as const;
    assert.is((await host.sync(wait)).exit, 3);
    assert.is(host.state.applied?.servers["http://localhost:9090"]?.verdict, "not-active");
    assert.equal(host.inPlace, OLD.files);
    host.server.activeVerdict = "active";
    assert.is((await host.sync(wait)).exit, 0);
    host.server.calls.length = 0;
    assert.is((await host.sync(wait)).exit, 0);
    assert.equal(host.server.calls, []);
  });

  it("gives each of several servers its verdict", async () => {
    const host = await settled();
    const second = new MemoryServer(host.storage, "http://localhost:9091");
    host.servers = [host.server, second];
    second.isUp = false;
    assert.is((await host.take(NEW)).exit, 3);
    assert.equal(
      Object.values(host.state.applied?.servers ?? {}).map(({ verdict }) => verdict),
      ["confirmed", "unconfirmed"],
    );
  });

  it("proves again for a server that is new in the configuration", async () => {
    const host = await settled();
    const second = new MemoryServer(host.storage, "http://localhost:9091");
    host.servers = [host.server, second];
    assert.is((await host.sync()).exit, 0);
    assert.equal(second.calls, ["baseline", "read"]);
  });

  it("takes the confirmation back where a server is asked that has not proven it, or none", async () => {
    const host = await settled();
    const second = new MemoryServer(host.storage, "http://localhost:9091");
    second.isUp = false;
    for (const servers of [[host.server, second], [second], []]) {
      host.servers = [host.server];
      assert.is((await host.sync()).exit, 0);
      assert.ok(host.state.applied?.confirmedAt);
      host.servers = servers;
      assert.is((await host.sync()).exit, 3);
      assert.is(host.state.applied?.confirmedAt, undefined);
    }
  });

  it("says that nobody can confirm it where no server is known, unless nobody wants that", async () => {
    const host = new Host(OLD);
    host.servers = [];
    assert.is((await host.sync()).exit, 3);
    assert.is((await host.sync()).exit, 3);
    assert.is((await host.sync({ prometheus: { noProof: true } })).exit, 0);
    assert.is(host.state.applied?.confirmedAt, undefined);
  });
});

describe("agent: sync, rejected by Prometheus", (it) => {
  it("puts last-known-good back, once, and leaves it there", async () => {
    const host = await settled();
    host.server.rejects.add(NEW.digests["targets.json"]);
    const result = await host.take(NEW);
    assert.is(result.exit, 5);
    assert.is(result.reason, "rejected");
    assert.equal(host.inPlace, OLD.files);
    assert.is(host.state.applied?.generation, 100);
    assert.is(host.state.applied?.servers["http://localhost:9090"]?.verdict, "confirmed");
    assert.is(host.state.counters.rollbacks, 1);
    const again = await host.sync();
    assert.equal([again.reason, again.generation], ["quarantined", 200]);
    assert.is(host.state.counters.swaps, 2);
    assert.equal(host.inPlace, OLD.files);
  });

  it("puts it back where one of two servers rejects", async () => {
    const host = await settled();
    const second = new MemoryServer(host.storage, "http://localhost:9091");
    host.servers = [host.server, second];
    second.rejects.add(NEW.digests["targets.json"]);
    assert.is((await host.take(NEW)).reason, "rejected");
    assert.equal(host.inPlace, OLD.files);
  });

  it("takes a newer generation with other files, not one with the same", async () => {
    const host = await settled();
    host.server.rejects.add(NEW.digests["targets.json"]);
    await host.take(NEW);
    const same = release(300, hosts(25), { urls: ["https://b.example.com/"] });
    assert.is((await host.take(same)).reason, "quarantined");
    const other = release(400, hosts(26));
    assert.is((await host.take(other)).exit, 0);
    assert.equal(host.inPlace, other.files);
    // What was taken since makes the bytes of before no better.
    const late = release(500, hosts(25), { urls: ["https://b.example.com/"] });
    assert.is((await host.take(late)).reason, "quarantined");
    assert.equal(host.inPlace, other.files);
  });

  it("tries again once Prometheus has another version", async () => {
    const host = await settled();
    host.server.rejects.add(NEW.digests["targets.json"]);
    await host.take(NEW);
    host.server.rejects.clear();
    assert.is((await host.sync()).reason, "quarantined");
    host.server.isUp = false;
    host.server.version = "3.5.0";
    assert.is((await host.sync()).reason, "quarantined");
    host.server.isUp = true;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, NEW.files);
    assert.equal(host.state.quarantine, []);
  });

  it("leaves the file where there is nothing to go back to, and takes the next", async () => {
    const host = new Host(OLD);
    host.server.rejects.add(OLD.digests["targets.json"]);
    assert.is((await host.sync()).reason, "rejected");
    assert.equal(host.inPlace, OLD.files);
    assert.is((await host.sync()).reason, "rejected");
    assert.is((await host.take(NEW)).exit, 0);
  });

  it("puts back what was there before the agent, and does not come back to it", async () => {
    const host = new Host(NEW);
    host.storage.put("targets.json", OLD.files["targets.json"]);
    host.storage.put("urls.json", OLD.files["urls.json"]);
    host.server.rejects.add(NEW.digests["targets.json"]);
    assert.is((await host.sync()).reason, "rejected");
    assert.equal(host.inPlace, OLD.files);
    assert.is((await host.sync()).reason, "quarantined");
    assert.equal(host.inPlace, OLD.files);
    const other = release(400, hosts(26));
    assert.is((await host.take(other)).exit, 0);
    assert.equal(host.inPlace, other.files);
  });

  it("can go back there again", async () => {
    const host = new Host(NEW);
    host.storage.put("targets.json", OLD.files["targets.json"]);
    host.storage.put("urls.json", OLD.files["urls.json"]);
    host.server.rejects.add(NEW.digests["targets.json"]);
    await host.sync();
    const other = release(400, hosts(26));
    host.server.rejects.add(other.digests["targets.json"]);
    assert.is((await host.take(other)).reason, "rejected");
    assert.equal(host.inPlace, OLD.files);
  });

  it("has it in quarantine before the first file is back", async () => {
    const host = await settled();
    host.server.rejects.add(NEW.digests["targets.json"]);
    host.source.now = NEW;
    const all = host.collaborators();
    const { disk } = all;
    const swap = disk.swap.bind(disk);
    const quarantined: number[] = [];
    disk.swap = async (staged) => {
      quarantined.push(host.state.quarantine.length);
      return await swap(staged);
    };
    assert.is((await runSync(configOf(), all)).reason, "rejected");
    assert.equal(quarantined, [0, 0, 1, 1]);
  });

  it("goes back once where that is rejected as well, and blames no content: the mode may be wrong", async () => {
    const host = await settled();
    host.server.rejects.add(NEW.digests["targets.json"]);
    host.server.rejects.add(OLD.digests["targets.json"]);
    const result = await host.take(NEW);
    assert.is(result.reason, "rejected");
    assert.match(result.help ?? "", "--mode");
    assert.equal(host.inPlace, OLD.files);
    assert.is(host.state.counters.rollbacks, 1);
    const other = host.fork();
    host.server.rejects.clear();
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, NEW.files);
    // They do not take turns while that lasts, and what went back is taken again when it comes anew.
    for (let round = 0; round < 3; round++) {
      assert.is((await other.sync()).reason, "rejected");
      assert.equal(other.inPlace, NEW.files);
      assert.is(other.state.counters.rollbacks, 1);
    }
    other.server.rejects.clear();
    assert.is((await other.sync()).exit, 0);
    assert.is((await other.take(release(300, hosts(20)))).exit, 0);
    assert.equal(other.inPlace, OLD.files);
  });
});
