import * as assert from "uvu/assert";
import { Failure } from "../../../src/agent/failure.ts";
import { FRESH_STATE, readAgentState, writeAgentState } from "../../../src/agent/core/state-file.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { sha256 } from "../../../src/agent/sha256.ts";
import type { AgentState } from "../../../src/agent/core/state.ts";
import { describe } from "../../describe.ts";
import { configOf, Host, hosts, release, sign, VERIFIER } from "./host.ts";

const DIGESTS = { "targets.json": "a", "urls.json": "b" };

/** Everything that a state can hold. */
const FULL: AgentState = {
  version: 1,
  floor: { generation: 1_795_334_400, shard: "tokyo", repository: "https://a/", digests: DIGESTS },
  applied: {
    generation: 1_795_334_400,
    commit: "abc",
    at: 1.5,
    mtimes: { "targets.json": 5, "urls.json": 6 },
    targets: { "targets.json": 5 },
    distinct: { "targets.json": 5 },
    confirmedAt: 2.5,
    servers: { "http://localhost:9090": { verdict: "confirmed", message: "é\u2028", at: 2 } },
  },
  validators: { "https://a/": '"etag"' },
  quarantine: [{ sums: "s", generation: 4, reason: "rejected", at: 1, prometheus: "2.42.0", digests: DIGESTS }],
  held: {
    generation: 5,
    reason: "removed",
    removed: 3,
    before: 4,
    since: 5,
    sums: "s",
    percent: 50,
    earlier: [{ generation: 3, left: 2 }],
    others: [{ generation: 6, reason: "hold", removed: 0, before: 0, since: 6 }],
  },
  refused: {
    sums: "s",
    reason: "too-large",
    message: "m",
    help: "h",
    at: 3,
    others: [{ sums: "t", message: "n", at: 4 }],
  },
  accepted: { generation: 5, identitiesLeft: 1 },
  hold: { since: 1, until: 2, reason: "because" },
  inconsistent: { sums: "s", since: 5 },
  lastContact: 7,
  lastSuccess: 6,
  lastRun: { at: 7, exit: 4, reason: "removed", message: "m", seconds: 0.5 },
  counters: { runs: 1, swaps: 1, rollbacks: 0, jobsGone: 2, failures: { unreachable: 3 } },
};

/** As {@link writeAgentState} would, but of anything. */
function written(value: unknown): Uint8Array {
  return writeAgentState(value as AgentState);
}

describe("agent: state.json", (it) => {
  it("reads what it writes", () => {
    assert.equal(readAgentState(writeAgentState(FULL)), FULL);
    assert.equal(readAgentState(writeAgentState(FRESH_STATE)), FRESH_STATE);
    assert.equal(JSON.parse(Buffer.from(writeAgentState(FRESH_STATE)).toString()).version, 1);
  });

  it("passes over keys that it does not know", () => {
    const state = { ...FULL, colour: "red", floor: { ...FULL.floor, colour: "red" } };
    assert.equal(readAgentState(written(state)), FULL);
    const counters = { ...FULL.counters, failures: { boredom: 3 } };
    assert.is.not(readAgentState(written({ ...FULL, counters })), "damaged");
  });

  it("notices the end missing, at every byte", () => {
    const bytes = writeAgentState(FULL);
    for (let length = 0; length < bytes.length; length++) {
      assert.is(readAgentState(bytes.subarray(0, length)), "damaged", `${length} bytes`);
    }
  });

  it("notices every flipped bit", () => {
    const bytes = writeAgentState(FULL);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.is(readAgentState(flipped), "damaged", `bit ${bit}`);
    }
  });

  const wrong: [string, unknown][] = [
    ["a number as text", { ...FULL, floor: { ...FULL.floor, generation: "100" } }],
    ["a negative generation", { ...FULL, floor: { ...FULL.floor, generation: -1 } }],
    ["a generation that no double holds", { ...FULL, floor: { ...FULL.floor, generation: 2 ** 53 } }],
    ["half a generation", { ...FULL, floor: { ...FULL.floor, generation: 0.5 } }],
    ["a digest missing", { ...FULL, floor: { ...FULL.floor, digests: { "targets.json": "a" } } }],
    ["no counters", { ...FULL, counters: undefined }],
    ["a file that there is not", { ...FULL, applied: { ...FULL.applied, mtimes: { "x.json": 1 } } }],
    ["a list as an object", { ...FULL, validators: [] }],
    ["an object as a list", { ...FULL, quarantine: {} }],
    ["a verdict that there is not", { ...FULL, applied: { ...FULL.applied, servers: { a: { verdict: "?", at: 1 } } } }],
    ["version 0", { ...FULL, version: 0 }],
    ["null", null],
  ];
  for (const [what, state] of wrong) {
    it(`is damaged: ${what}`, () => {
      assert.is(readAgentState(written(state)), "damaged");
    });
  }

  it("refuses what a newer agent wrote, with and without a checksum", () => {
    for (const bytes of [written({ ...FULL, version: 2 }), Buffer.from(`{"version":3,"floors":[]}`)]) {
      try {
        readAgentState(bytes);
        assert.unreachable();
      } catch (error) {
        assert.instance(error, Failure);
        assert.is((error as Failure).reason, "format");
      }
    }
  });
});

describe("agent: state.json is lost", (it) => {
  const OLD = release(100, hosts(20), { repository: "https://a/" });
  const NEW = release(200, hosts(25), { repository: "https://a/" });

  async function updated(): Promise<Host> {
    const host = new Host(OLD);
    await host.sync();
    assert.is((await host.take(NEW)).exit, 0);
    return host;
  }

  const damages: [string, Uint8Array | undefined][] = [
    ["deleted", undefined],
    ["empty", Buffer.from("")],
    ["garbage", Buffer.from("\0\0\0\0")],
    ["edited", Buffer.from(JSON.stringify({ ...FRESH_STATE }))],
  ];
  for (const [what, bytes] of damages) {
    it(`rebuilds the floor from the signed pointer in place: ${what}`, async () => {
      const host = await updated();
      host.storage.state = bytes;
      assert.is((await host.take(OLD)).reason, "replay");
      assert.equal(host.inPlace, NEW.files);
      assert.equal(host.state.floor?.digests, NEW.digests);
      assert.is(host.state.floor?.repository, "https://a/");
      host.source.asked.length = 0;
      assert.is((await host.take(NEW)).exit, 0);
      assert.equal(host.source.asked, ["pointer"]);
      assert.is(host.state.applied?.confirmedAt, host.clock.wall);
    });

    it(`asks for --bootstrap where that pointer is not signed: ${what}`, async () => {
      const host = await updated();
      host.storage.state = bytes;
      host.storage.pointer = { sums: Buffer.from(OLD.sums), signature: undefined };
      for (const next of [OLD, NEW, release(300, hosts(30))]) {
        const result = await host.take(next);
        assert.is(result.exit, 5);
        assert.is(result.reason, "bootstrap");
        assert.is(result.state, undefined);
        assert.is(host.storage.state, bytes, "nothing may be written that looks like a first install");
        assert.equal(host.inPlace, NEW.files);
      }
      assert.is((await host.take(NEW, { trust: { bootstrap: true } })).exit, 0);
      assert.is((await host.sync()).exit, 0);
      assert.is(host.state.floor?.generation, 200);
    });

    it(`does not ask for --bootstrap where that signature could not be looked at: ${what}`, async () => {
      const host = await updated();
      host.storage.state = bytes;
      const verify = async (): Promise<string> => {
        throw new Failure("disk", "the signature cannot be written to a temporary file (ENOSPC)");
      };
      const result = await runSync(configOf(), { ...host.collaborators(), verifier: { ...VERIFIER, verify } });
      assert.is(result.exit, 7);
      assert.is(host.storage.state, bytes);
      assert.equal(host.inPlace, NEW.files);
      assert.is((await host.sync()).exit, 0);
    });

    it(`asks for --bootstrap where only last-known-good says that there was a state: ${what}`, async () => {
      const host = await updated();
      host.storage.state = bytes;
      host.storage.pointer = undefined;
      assert.is((await host.take(OLD)).reason, "bootstrap");
      assert.is((await host.sync()).reason, "bootstrap");
    });
  }

  it("stays closed where the run with --bootstrap fails", async () => {
    const host = await updated();
    host.storage.state = undefined;
    host.storage.pointer = undefined;
    host.goOffline();
    assert.is((await host.sync({ trust: { bootstrap: true } })).exit, 6);
    assert.is((await host.take(OLD)).reason, "bootstrap");
  });

  it("names the way out where the guard holds a run with --bootstrap", async () => {
    const small = release(300, hosts(2), { shard: "osaka" });
    const lost = await updated();
    lost.storage.state = undefined;
    lost.storage.pointer = undefined;
    const losses = [
      [lost, release(300, hosts(2)), "tokyo"],
      [await updated(), small, "osaka"],
    ] as const;
    for (const [host, next, shard] of losses) {
      const held = await host.take(next, { shard, trust: { bootstrap: true } });
      assert.is(held.exit, 4);
      assert.match(held.help ?? "", "--bootstrap --accept 300");
      assert.is((await host.sync({ shard, trust: { accept: 300 } })).exit, 5);
      assert.equal(host.inPlace, NEW.files);
      assert.is((await host.sync({ shard, trust: { bootstrap: true, accept: 300 } })).exit, 0);
      assert.is((await host.sync({ shard })).exit, 0);
      assert.equal(host.inPlace, next.files);
    }
  });

  it("takes a damaged state without anything else for a loss, not for a first install", async () => {
    const host = new Host(OLD);
    host.storage.state = Buffer.from("x");
    assert.is((await host.sync()).reason, "bootstrap");
    // A run with --bootstrap that gets nothing leaves it like that.
    host.goOffline();
    assert.is((await host.sync({ trust: { bootstrap: true } })).exit, 6);
    assert.is((await host.take(OLD)).reason, "bootstrap");
  });

  it("goes by the pointer in place where the state is older, as from a backup", async () => {
    const host = new Host(OLD);
    await host.sync();
    const backup = host.storage.state;
    await host.take(NEW);
    host.storage.state = backup;
    assert.is((await host.take(release(150, hosts(22)))).reason, "wrong-repository");
    assert.is((await host.take(release(150, hosts(22), { repository: "https://a/" }))).reason, "replay");
    assert.equal(host.inPlace, NEW.files);
  });

  it("does not go by a state from a backup either where the run is asked to stop before it knows better", async () => {
    const host = new Host(OLD);
    await host.sync();
    const backup = host.storage.state;
    await host.take(NEW);
    host.storage.state = backup;
    const stop = new AbortController();
    const verify = async (): Promise<string> => {
      stop.abort();
      throw new Error("killed");
    };
    const result = await runSync(configOf(), {
      ...host.collaborators(),
      verifier: { ...VERIFIER, verify },
      signal: stop.signal,
    });
    assert.is(result.exit, 6);
    assert.equal(host.inPlace, NEW.files);
    assert.is(host.state.counters.rollbacks, 0);
    assert.is((await host.sync()).exit, 0);
    assert.is(host.state.floor?.generation, 200);
  });

  it("does not believe a pointer in place that nobody signed", async () => {
    const host = await updated();
    const sums = release(900, hosts(25), { repository: "https://a/" }).sums;
    host.storage.pointer = { sums: Buffer.from(sums), signature: sign("x") };
    assert.is((await host.sync()).exit, 0);
    assert.is(host.state.floor?.generation, 200);
  });

  it("does not believe a checksum of other bytes", () => {
    assert.is(sha256("a").length, 64);
    const text = Buffer.from(writeAgentState(FULL)).toString();
    const forged = text.replace(/"checksum":"[^"]*"/, `"checksum":"${sha256("a")}"`);
    assert.is(readAgentState(Buffer.from(forged)), "damaged");
  });
});
