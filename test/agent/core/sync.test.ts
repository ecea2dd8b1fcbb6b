import * as assert from "uvu/assert";
import { Failure } from "../../../src/agent/failure.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { healthOf } from "../../../src/agent/watch/health.ts";
import { describe } from "../../describe.ts";
import { configOf, digest, Host, hosts, release } from "./host.ts";
import { NEW, OLD, settled } from "./settled.ts";

describe("agent: sync, what is new", (it) => {
  it("takes the first generation, has it confirmed, and remembers the validator", async () => {
    const host = new Host(OLD);
    const result = await host.sync();
    assert.is(result.exit, 0);
    assert.is(result.reason, undefined);
    assert.equal(host.inPlace, OLD.files);
    assert.is(host.state.applied?.generation, 100);
    assert.equal(host.state.applied?.targets, { "targets.json": 20, "urls.json": 1 });
    assert.is(host.state.applied?.servers["http://localhost:9090"]?.verdict, "confirmed");
    assert.equal(host.state.validators, { "https://a.example.com/": digest(OLD.sums) });
    assert.is(host.storage.staged.size, 0);
    assert.equal(result.state, host.state);
  });

  it("asks only for what changed, and fetches nothing then", async () => {
    const host = await settled();
    host.source.asked.length = 0;
    host.server.calls.length = 0;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.source.asked, ["pointer if changed"]);
    assert.equal(host.server.calls, []);
    assert.is(host.state.counters.runs, 2);
    assert.is(host.state.counters.swaps, 1);
  });

  it("fetches only the file that differs", async () => {
    const host = await settled();
    host.source.asked.length = 0;
    const next = release(200, hosts(21));
    assert.is((await host.take(next)).exit, 0);
    assert.equal(host.source.asked, ["pointer if changed", "targets.json"]);
    assert.equal(host.inPlace, next.files);
    assert.equal(host.state.applied?.targets, { "targets.json": 21, "urls.json": 1 });
  });

  it("keeps what was in place as last-known-good, with its pointer", async () => {
    const host = await settled();
    await host.take(NEW);
    assert.is(Buffer.from(host.storage.lastKnownGood.get("targets.json") ?? []).toString(), OLD.files["targets.json"]);
    assert.is(Buffer.from(host.storage.lastKnownGoodPointer?.sums ?? []).toString(), OLD.sums);
  });

  it("takes a new number for the same files without a swap or a new proof", async () => {
    const host = await settled();
    host.source.asked.length = 0;
    host.server.calls.length = 0;
    assert.is((await host.take(release(200, hosts(20)))).exit, 0);
    assert.equal(host.source.asked, ["pointer if changed"]);
    assert.equal(host.server.calls, []);
    assert.is(host.state.floor?.generation, 200);
    assert.is(host.state.applied?.generation, 200);
    assert.is(host.state.counters.swaps, 1);
    assert.is((await host.take(OLD)).reason, "replay");
  });

  it("remembers what it swapped in where nobody wants a proof", async () => {
    const noProof = { prometheus: { noProof: true } };
    const host = new Host(OLD);
    await host.sync(noProof);
    assert.is((await host.take(release(200, hosts(2)), noProof)).reason, "removed");
    assert.is((await host.take(NEW, noProof)).exit, 0);
    assert.is(host.state.counters.swaps, 2);
    assert.is(host.state.held, undefined);
    assert.equal(host.state.applied?.targets, { "targets.json": 25, "urls.json": 1 });
  });

  it("does not take an answer for contact that nothing changed, where it did not ask that", async () => {
    const host = new Host(OLD);
    host.source.pointer = async () => ({ kind: "unchanged" });
    const result = await host.sync();
    assert.equal([result.exit, result.reason], [6, "unreachable"]);
    assert.is(host.state.lastContact, undefined);
  });

  it("swaps nothing where the file in place cannot be read to compare it", async () => {
    const host = await settled();
    const { disk, ...others } = host.collaborators();
    disk.open = () => undefined;
    disk.read = async function* () {
      yield Buffer.from("[");
      throw new Failure("disk", "cannot read targets.json (EIO)");
    };
    host.source.now = NEW;
    const result = await runSync(configOf(), { ...others, disk });
    assert.equal([result.exit, result.reason], [7, "disk"]);
    assert.equal(host.inPlace, OLD.files);
  });

  it("leaves urls.json out where the host does not take it", async () => {
    const host = new Host(OLD);
    assert.is((await host.sync({ names: ["targets.json"] })).exit, 0);
    assert.is(host.inPlace["urls.json"], undefined);
    assert.is((await host.sync({ names: ["targets.json"] })).exit, 0);
    assert.equal(host.source.asked, ["pointer", "targets.json", "pointer if changed"]);
  });

  it("raises the floor before the first rename", async () => {
    const host = await settled();
    let floorAtSwap: number | undefined;
    const { disk, ...others } = host.collaborators();
    const swap = disk.swap.bind(disk);
    disk.swap = async (staged) => {
      floorAtSwap ??= host.state.floor?.generation;
      return await swap(staged);
    };
    host.source.now = NEW;
    assert.is((await runSync(configOf(), { ...others, disk })).exit, 0);
    assert.is(floorAtSwap, 200);
  });

  it("counts a job that is gone, and lets it pass", async () => {
    const host = await settled();
    const targets = `[\n{"labels":{"job":"other"},"targets":["h0.example.com:9100"]}\n]\n`;
    await host.take(release(200, hosts(1), { targets }), { trust: { maxRemovedPercent: 100 } });
    assert.is(host.log.filter(({ event }) => event === "job-gone").length, 1);
    assert.is(host.state.counters.jobsGone, 1);
  });
});

describe("agent: sync, several sources", (it) => {
  /** A host with two sources that has NEW. */
  async function two(): Promise<Host> {
    const host = new Host(NEW);
    host.second.now = NEW;
    host.sources = [host.source, host.second];
    await host.sync();
    return host;
  }

  it("goes to the next one where the first cannot be reached", async () => {
    const host = await two();
    const next = release(300, hosts(26));
    host.source.now = new Failure("unreachable", "nobody answers");
    host.second.now = next;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, next.files);
    assert.is(host.state.counters.failures.unreachable, 1);
  });

  it("goes to the next one where the first is behind", async () => {
    const host = await two();
    host.source.now = OLD;
    assert.is((await host.sync()).exit, 0);
    host.second.now = release(300, hosts(26));
    assert.is((await host.sync()).exit, 0);
    assert.is(host.state.applied?.generation, 300);
    assert.is(host.state.counters.failures.replay, 2);
  });

  it("ends with the worst where none is right", async () => {
    const host = await two();
    host.source.now = OLD;
    host.second.now = new Failure("unreachable", "nobody answers");
    const result = await host.sync();
    assert.is(result.exit, 5);
    assert.is(result.reason, "replay");
    assert.equal(host.inPlace, NEW.files);
  });

  it("goes to the next one where the first has not the files that it promises", async () => {
    const host = await two();
    const next = release(300, hosts(26));
    host.source.now = { ...next, files: OLD.files };
    host.second.now = next;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, next.files);
  });

  it("passes on how long a source asks to wait", async () => {
    const host = await two();
    host.source.now = new Failure("throttled", "too many requests", { retryAfter: 90 });
    host.second.now = new Failure("throttled", "too many requests", { retryAfter: 30 });
    const result = await host.sync();
    assert.is(result.exit, 6);
    assert.is(result.retryAfter, 90);
  });
});

describe("agent: sync, silence", (it) => {
  it("keeps the targets, and says so after --max-age", async () => {
    const host = await settled();
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
    host.clock.wall += 86_399;
    assert.is((await host.sync()).exit, 6);
    host.clock.wall += 2;
    const result = await host.sync();
    assert.is(result.exit, 8);
    assert.is(result.reason, "stale");
    assert.equal(host.inPlace, OLD.files);
    host.source.now = OLD;
    assert.is((await host.sync()).exit, 0);
  });

  it("is said after --max-age as well where the clock was ten years ahead and is set back", async () => {
    const host = new Host(OLD);
    host.clock.wall += 10 * 31_557_600;
    assert.is((await host.sync()).exit, 0);
    host.clock.wall -= 10 * 31_557_600;
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
    assert.equal([host.state.lastContact, host.state.lastSuccess], [host.clock.wall, host.clock.wall]);
    host.clock.wall += 86_401;
    assert.is((await host.sync()).reason, "stale");
    assert.is(healthOf(host.state, host.clock.wall, 86_400).status, "failing");
    assert.equal(host.inPlace, OLD.files);
  });

  it("counts a source that is wrong as silent, and says what is worse", async () => {
    const host = await settled();
    host.source.signature = undefined;
    host.source.now = NEW;
    host.clock.wall += 86_401;
    assert.is((await host.sync()).reason, "signature");
  });
});

describe("agent: sync, bugs", (it) => {
  it("ends with 70 and remembers that", async () => {
    const host = await settled();
    host.source.pointer = async () => {
      throw new TypeError("x is not a function");
    };
    const result = await host.sync();
    assert.is(result.exit, 70);
    assert.is(host.state.lastRun?.exit, 70);
    assert.is(host.state.counters.failures.bug, 1);
    assert.equal(host.inPlace, OLD.files);
  });

  it("does not write over the state of a newer agent", async () => {
    const host = await settled();
    const newer = Buffer.from(`{"version":2}`);
    host.storage.state = newer;
    assert.is((await host.sync()).reason, "format");
    assert.is(host.storage.state, newer);
  });

  it("says that the disk is full although the rest went well", async () => {
    const host = await settled();
    const { disk, ...others } = host.collaborators();
    disk.writeState = async () => {
      throw new Failure("disk-full", "no space left");
    };
    const result = await runSync(configOf(), { ...others, disk });
    assert.is(result.exit, 7);
    assert.is(result.reason, "disk-full");
  });
});
