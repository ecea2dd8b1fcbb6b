import * as assert from "uvu/assert";
import { rollback } from "../../../src/agent/commands/rollback.ts";
import { sync } from "../../../src/agent/commands/sync.ts";
import { describe } from "../../describe.ts";
import { configOf, digest, Host, hosts, release } from "../core/host.ts";
import { writeAgentState } from "../../../src/agent/core/state-file.ts";

const OLD = release(100, hosts(20));
const NEW = release(200, hosts(25));
const CONFIG = configOf();

/** A host that has NEW, and whose last-known-good is in quarantine itself: that was in place once, for want of another. */
async function withoutWayBack(): Promise<Host> {
  const host = await updated();
  const entry = { sums: digest(OLD.sums), generation: 100, reason: "rejected", at: 0, digests: OLD.digests } as const;
  host.storage.state = writeAgentState({ ...host.state, quarantine: [entry] });
  return host;
}

async function updated(): Promise<Host> {
  const host = new Host(OLD);
  assert.is((await sync(CONFIG, host.collaborators())).exit, 0);
  host.source.now = NEW;
  assert.is((await sync(CONFIG, host.collaborators())).exit, 0);
  return host;
}

describe("agent: rollback", (it) => {
  it("puts last-known-good back and has it confirmed", async () => {
    const host = await updated();
    const result = await rollback(CONFIG, host.collaborators());
    assert.is(result.exit, 0);
    assert.equal(host.inPlace, OLD.files);
    assert.is(host.state.applied?.generation, 100);
    assert.ok(host.state.applied?.confirmedAt);
    assert.is(host.state.floor?.generation, 200);
    assert.is(host.state.counters.rollbacks, 1);
    assert.is(Buffer.from(host.storage.pointer?.sums ?? []).toString(), OLD.sums);
  });

  it("has it proven as well where that is what was there before the agent", async () => {
    const host = new Host(NEW);
    for (const name of ["targets.json", "urls.json"] as const) host.storage.put(name, OLD.files[name]);
    assert.is((await sync(CONFIG, host.collaborators())).exit, 0);
    const silent = host.fork();
    silent.server.isUp = false;
    const refusing = host.fork();
    refusing.server.rejects.add(OLD.digests["targets.json"]);
    for (const [there, exit, words] of [
      [host, 0, /before the agent is back in place, confirmed by Prometheus/],
      [silent, 3, /before the agent is in place, but .* has not confirmed it/],
      [refusing, 5, /Prometheus rejects what was there before the agent/],
    ] as const) {
      const result = await rollback(CONFIG, there.collaborators());
      assert.is(result.exit, exit);
      assert.match(result.message, words);
      assert.equal(there.inPlace, OLD.files);
    }
    const alone = configOf({ prometheus: { noProof: true } });
    assert.is((await sync(alone, host.collaborators())).reason, "quarantined");
  });

  it("asks Prometheus what it knew before anything is swapped, and not again after that", async () => {
    const host = await updated();
    const seen: (string | undefined)[] = [];
    const baseline = host.server.baseline.bind(host.server);
    host.server.baseline = async () => {
      seen.push(host.inPlace["targets.json"]);
      return await baseline();
    };
    assert.is((await rollback(CONFIG, host.collaborators())).exit, 0);
    assert.equal(seen, [NEW.files["targets.json"]]);
  });

  it("leaves it there until something newer with other files comes", async () => {
    const host = await updated();
    await rollback(CONFIG, host.collaborators());
    for (const again of [NEW, release(250, hosts(25))]) {
      const result = await host.take(again);
      assert.is(result.reason, "quarantined");
      assert.equal(host.inPlace, OLD.files);
    }
    const next = release(300, hosts(26));
    assert.is((await host.take(next)).exit, 0);
    assert.equal(host.inPlace, next.files);
    assert.equal(host.state.quarantine, []);
  });

  it("takes what it left out again where somebody puts it in place by hand", async () => {
    const host = await updated();
    await rollback(CONFIG, host.collaborators());
    host.storage.put("targets.json", NEW.files["targets.json"]);
    assert.is((await host.sync()).reason, "quarantined");
    assert.equal(host.inPlace, OLD.files);
  });

  it("does not take what was put back for a replay, nor anything older", async () => {
    const host = await updated();
    await rollback(CONFIG, host.collaborators());
    assert.is((await host.take(OLD)).exit, 0);
    assert.is((await host.take(release(150, hosts(20)))).reason, "replay");
    assert.equal(host.inPlace, OLD.files);
  });

  it("repairs what was put back", async () => {
    const host = await updated();
    await rollback(CONFIG, host.collaborators());
    host.storage.put("targets.json", "x");
    assert.is((await host.sync()).reason, "quarantined");
    assert.equal(host.inPlace, OLD.files);
  });

  it("says so where there is nothing to go back to, and changes nothing", async () => {
    const host = new Host(OLD);
    await host.sync();
    const first = await rollback(CONFIG, host.collaborators());
    assert.is(first.exit, 2);
    assert.match(first.message, "no generation from before is kept");
    assert.equal(host.inPlace, OLD.files);
    const other = await updated();
    other.storage.lastKnownGood.set("targets.json", Buffer.from("x"));
    const damaged = await rollback(CONFIG, other.collaborators());
    assert.is(damaged.exit, 2);
    assert.match(damaged.message, "has no targets.json, or a damaged one");
    assert.equal(other.inPlace, NEW.files);
    assert.equal(other.state.quarantine, []);
  });

  it("does not go back to what was rejected or rolled back itself", async () => {
    const host = await withoutWayBack();
    const result = await rollback(CONFIG, host.collaborators());
    assert.is(result.exit, 2);
    assert.match(result.message, "was rejected or rolled back itself");
    assert.equal(host.inPlace, NEW.files);
  });

  it("leaves what was rejected or rolled back itself where it is when Prometheus rejects the newest", async () => {
    const host = await withoutWayBack();
    host.server.rejects.add(NEW.digests["targets.json"]);
    host.storage.put("targets.json", NEW.files["targets.json"], 0o600);
    assert.is((await host.sync()).reason, "rejected");
    assert.equal(host.inPlace, NEW.files);
    assert.ok(host.log.some(({ event }) => event === "no-last-known-good"));
  });

  it("leaves what was rejected or rolled back itself where it is when what is in place is damaged", async () => {
    const host = await withoutWayBack();
    host.goOffline();
    host.storage.put("targets.json", "x");
    assert.is((await host.sync()).exit, 7);
    assert.is(host.inPlace["targets.json"], "x");
  });

  it("leaves the memory of the last run alone where there is nothing to go back to", async () => {
    const host = new Host(OLD);
    await host.sync();
    const before = host.storage.state;
    host.clock.wall += 60;
    const result = await rollback(CONFIG, host.collaborators());
    assert.equal([result.exit, result.isQuiet], [2, true]);
    assert.equal(host.storage.state, before);
  });

  it("forgets what was held: that was compared with what is gone", async () => {
    const host = await updated();
    assert.is((await host.take(release(300, hosts(2)))).reason, "removed");
    host.goOffline();
    await rollback(CONFIG, host.collaborators());
    assert.is(host.state.held, undefined);
  });

  it("knows what it left by the files that this host takes", async () => {
    const names = ["targets.json"] as const;
    const host = new Host(OLD);
    await host.sync({ names });
    host.source.now = NEW;
    await host.sync({ names });
    assert.is((await rollback(CONFIG, host.collaborators({ names }))).exit, 0);
    const again = release(300, hosts(25), { urls: ["https://other.example.com/"] });
    assert.is((await host.take(again, { names })).reason, "quarantined");
    assert.is(host.inPlace["targets.json"], OLD.files["targets.json"]);
    assert.is((await host.take(release(400, hosts(26)), { names })).exit, 0);
  });

  it("lets what differs in a file that is not taken any more stay in place", async () => {
    const urls = release(200, hosts(20), { urls: ["https://other.example.com/"] });
    const host = new Host(OLD);
    await host.sync();
    host.source.now = urls;
    await host.sync();
    assert.is((await rollback(CONFIG, host.collaborators())).exit, 0);
    const names = ["targets.json"] as const;
    assert.is((await host.take(urls, { names })).exit, 0);
    assert.is(host.inPlace["targets.json"], OLD.files["targets.json"]);
  });

  it("is not done twice", async () => {
    const host = await updated();
    await rollback(CONFIG, host.collaborators());
    const again = await rollback(CONFIG, host.collaborators());
    assert.is(again.exit, 2);
    assert.match(again.message, "is in place already");
    assert.equal(host.inPlace, OLD.files);
  });

  it("is not done where last-known-good stands in already, and is damaged", async () => {
    const host = await updated();
    host.goOffline();
    host.storage.put("targets.json", "x");
    await host.sync();
    assert.equal(host.inPlace, OLD.files);
    host.storage.put("targets.json", "x");
    const result = await rollback(CONFIG, host.collaborators());
    assert.is(result.exit, 2);
    assert.match(result.message, "is in place already");
    assert.is((await host.sync()).exit, 6);
    assert.equal(host.inPlace, OLD.files);
    assert.equal(host.state.quarantine, []);
  });

  it("ends with 3 while no Prometheus has read it", async () => {
    const host = await updated();
    host.server.isUp = false;
    assert.is((await rollback(CONFIG, host.collaborators())).exit, 3);
    assert.equal(host.inPlace, OLD.files);
  });
});
