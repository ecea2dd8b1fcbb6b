import { createHash } from "node:crypto";
import * as assert from "uvu/assert";
import { hold } from "../../../src/agent/commands/hold.ts";
import { rollback } from "../../../src/agent/commands/rollback.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import type { Release } from "./host.ts";
import { configOf, Host, hosts, release } from "./host.ts";
import { NEW, OLD } from "./settled.ts";

const NEXT = release(300, hosts(26));
const INVALID = release(250, [], { targets: "[]" });
const SMALL = release(250, hosts(2));

/** A host with two sources that has NEW. */
async function two(first: Release, second: Release | Failure): Promise<Host> {
  const host = new Host(OLD);
  await host.sync();
  host.sources = [host.source, host.second];
  assert.is((await host.take(NEW)).exit, 0);
  host.source.now = first;
  host.second.now = second;
  host.source.asked.length = 0;
  return host;
}

/** Files, of what was asked for. */
function fetched(asked: readonly string[]): readonly string[] {
  return asked.filter((one) => one.includes(".json"));
}

function digestOf({ sums }: Release): string {
  return createHash("sha256").update(sums).digest("hex");
}

async function rolledBack(first: Release, second: Release | Failure): Promise<Host> {
  const host = await two(first, second);
  assert.is((await rollback(configOf(), host.collaborators())).exit, 0);
  return host;
}

async function rejected(first: Release, second: Release | Failure): Promise<Host> {
  const host = new Host(OLD);
  await host.sync();
  host.server.rejects.add(NEW.digests["targets.json"]);
  assert.is((await host.take(NEW)).reason, "rejected");
  host.sources = [host.source, host.second];
  host.source.now = first;
  host.second.now = second;
  return host;
}

type Make = (first: Release, second: Release | Failure) => Promise<Host>;

describe("agent: sync, a mirror that has nothing better", (it) => {
  const cases: [string, Make, Release, number, string][] = [
    ["what was rolled back", rolledBack, NEW, 5, "quarantined"],
    ["what Prometheus has rejected", rejected, NEW, 5, "quarantined"],
    ["what is not valid", two, INVALID, 5, "invalid"],
    ["what is held", two, SMALL, 4, "removed"],
  ];
  for (const [what, make, first, exit, reason] of cases) {
    it(`does not keep from the next one, which is newer: ${what}`, async () => {
      const host = await make(first, NEXT);
      for (let round = 0; round < 2; round++) {
        assert.is((await host.sync()).exit, 0, `round ${round}`);
        assert.equal(host.inPlace, NEXT.files);
      }
      assert.ok(host.log.some(({ event, level }) => event === "set-aside" && level === "warning"));
      assert.is(host.state.counters.failures[reason as "removed"], 1);
      assert.equal([host.state.held, host.state.refused], [undefined, undefined]);
    });

    it(`ends with that where the next one has nothing newer: ${what}`, async () => {
      for (const second of [first, OLD, NEW, new Failure("unreachable", "nobody answers")]) {
        const host = await make(first, second);
        const { inPlace } = host;
        for (let round = 0; round < 2; round++) {
          const result = await host.sync();
          assert.equal([result.exit, result.reason], [exit, reason]);
          assert.equal(host.inPlace, inPlace);
        }
        assert.is(host.state.lastContact, host.clock.wall);
        const { held, refused } = host.state;
        assert.is(held?.generation, reason === "removed" ? 250 : undefined);
        assert.is(refused?.reason, reason === "invalid" ? reason : undefined);
      }
    });

    it(`is not fetched from at every run: ${what}`, async () => {
      const host = await make(first, NEW);
      await host.sync();
      host.source.asked.length = 0;
      await host.sync();
      assert.equal(fetched(host.source.asked), []);
    });

    it(`is asked once where it is the only one: ${what}`, async () => {
      const host = await make(first, NEW);
      host.sources = [host.source];
      host.source.asked.length = 0;
      assert.is((await host.sync()).exit, exit);
      assert.is(host.source.asked.filter((one) => one.startsWith("pointer")).length, 1);
      assert.not(host.log.some(({ event }) => event === "set-aside"));
    });
  }

  it("is passed by for one that is older than that and newer than what is in place, and told of all the same", async () => {
    const better = release(240, hosts(24));
    const host = await two(INVALID, better);
    for (let round = 0; round < 2; round++) {
      assert.is((await host.sync()).reason, "invalid");
      assert.equal(host.inPlace, better.files);
    }
  });

  const different: [string, Release, Release, number][] = [
    ["held", SMALL, release(260, hosts(3)), 4],
    ["refused", INVALID, release(260, [], { targets: "{}" }), 5],
  ];
  for (const [what, first, second, exit] of different) {
    it(`is remembered with what it has where the other has something else, both ${what}: nothing is fetched again`, async () => {
      const host = await two(first, second);
      assert.is((await host.sync()).exit, exit);
      const { held, refused } = host.state;
      for (let round = 0; round < 2; round++) {
        host.source.asked.length = host.second.asked.length = 0;
        assert.is((await host.sync()).exit, exit);
        assert.equal([fetched(host.source.asked), fetched(host.second.asked)], [[], []]);
        assert.equal([host.state.held, host.state.refused], [held, refused]);
      }
      // What people are told of is what the run ends with, and what is still there.
      assert.is((held ?? refused)?.sums, digestOf(first));
      host.source.now = second;
      assert.is((await host.sync()).exit, exit);
      assert.is((host.state.held ?? host.state.refused)?.sums, digestOf(second));
      assert.is((host.state.held ?? host.state.refused)?.others, undefined);
      assert.equal(fetched(host.source.asked), []);
    });
  }

  it("may be accepted whichever of two is held", async () => {
    const other = release(260, hosts(3));
    for (const accept of [250, 260]) {
      const host = await two(SMALL, other);
      await host.sync();
      assert.is((await host.sync({ trust: { accept } })).exit, 0);
      assert.equal(host.inPlace, accept === 250 ? SMALL.files : other.files);
    }
  });

  it("waits like the first one while a hold is in force, which is the one that comes when it is released", async () => {
    const host = await two(release(250, hosts(25)), release(260, hosts(26)));
    await hold(configOf(), host.collaborators());
    for (let round = 0; round < 2; round++) {
      assert.is((await host.sync()).exit, 4);
      assert.equal([host.state.held?.generation, host.state.held?.others?.[0]?.generation], [250, 260]);
    }
  });

  it("does not keep from the next one what repairs a damaged file, be it held or on hold", async () => {
    for (const isOnHold of [true, false]) {
      const host = await two(isOnHold ? NEXT : SMALL, NEW);
      if (isOnHold) await hold(configOf(), host.collaborators());
      host.storage.put("targets.json", "x");
      for (let round = 0; round < 2; round++) {
        assert.is((await host.sync()).exit, 4);
        assert.equal(host.inPlace, NEW.files);
        assert.is(host.state.held?.reason, isOnHold ? "hold" : "removed");
      }
    }
  });

  it("says of nothing that it waits where the next one has the same files with a higher number", async () => {
    const host = await two(SMALL, release(300, hosts(25), { urls: ["https://b.example.com/"] }));
    assert.is((await host.sync()).exit, 0);
    assert.is(host.state.held, undefined);
  });

  it("still says what waits where the next one has something in between", async () => {
    const host = await two(release(400, hosts(2)), NEXT);
    for (let round = 0; round < 3; round++) {
      assert.is((await host.sync()).reason, "removed");
      assert.equal(host.inPlace, NEXT.files);
      // Compared with NEW at first, with NEXT from then on.
      assert.equal([host.state.held?.generation, host.state.held?.before], [400, round === 0 ? 25 : 26]);
    }
  });

  it("counts more than a next one whose files do not fit", async () => {
    const host = await two(SMALL, { ...NEXT, files: OLD.files });
    assert.is((await host.sync()).reason, "removed");
    assert.is(host.state.lastContact, host.clock.wall);
  });

  it("tells of the first of two that have nothing better", async () => {
    const host = await two(SMALL, release(260, [], { targets: "null" }));
    assert.is((await host.sync()).reason, "removed");
    assert.is(host.state.refused?.reason, "invalid");
    assert.is(host.state.held?.generation, 250);
  });
});

describe("agent: sync, what was said of something that is gone from the source", (it) => {
  async function settled(): Promise<Host> {
    const host = new Host(NEW);
    assert.is((await host.sync()).exit, 0);
    return host;
  }

  it("is not said any more of what was refused, once another one is held", async () => {
    const host = await settled();
    assert.is((await host.take(INVALID)).reason, "invalid");
    assert.is((await host.take(release(300, hosts(2)))).reason, "removed");
    assert.is(host.state.refused, undefined);
    assert.is(host.state.held?.generation, 300);
  });

  it("is not said any more of what was held, once another one is refused", async () => {
    const host = await settled();
    assert.is((await host.take(SMALL)).reason, "removed");
    assert.is((await host.take(release(300, [], { targets: "[]" }))).reason, "invalid");
    assert.is(host.state.held, undefined);
    assert.ok(host.state.refused);
  });

  it("is not said any more of either, once another one is in quarantine", async () => {
    const host = await settled();
    assert.is((await host.take(NEXT)).exit, 0);
    assert.is((await rollback(configOf(), host.collaborators())).exit, 0);
    for (const one of [release(310, hosts(2)), release(320, [], { targets: "[]" })]) {
      assert.is.not((await host.take(one)).exit, 0);
      assert.ok(host.state.held ?? host.state.refused);
      assert.is((await host.take(release(400, hosts(26)))).reason, "quarantined");
      assert.equal([host.state.held, host.state.refused], [undefined, undefined]);
    }
  });

  it("is not said any more of either, once the source has what is in place again", async () => {
    for (const one of [SMALL, INVALID]) {
      const host = await settled();
      assert.is.not((await host.take(one)).exit, 0);
      assert.is((await host.take(NEW)).exit, 0);
      assert.equal([host.state.held, host.state.refused], [undefined, undefined]);
    }
  });

  it("is still said where no source says anything else", async () => {
    for (const one of [SMALL, INVALID]) {
      const host = await settled();
      await host.take(one);
      const { held, refused } = host.state;
      host.goOffline();
      await host.sync();
      assert.equal([host.state.held, host.state.refused], [held, refused]);
      // Nor is an old one from a cache anything else.
      host.source.now = OLD;
      assert.is((await host.sync()).reason, "replay");
      assert.equal([host.state.held, host.state.refused], [held, refused]);
    }
  });
});

describe("agent: sync, a source that does not give a file", (it) => {
  it("asks the next source where one breaks off in the middle of a file", async () => {
    const host = await two(NEXT, NEXT);
    host.source.file = async function* () {
      yield Buffer.from("[");
      throw new Failure("unreachable", "the connection was lost");
    };
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, NEXT.files);
    assert.equal(fetched(host.second.asked), ["targets.json", "urls.json"]);
  });

  it("asks a source once more, past its caches, where it says itself that a file is of another generation", async () => {
    const host = await two(NEXT, new Failure("unreachable", "nobody answers"));
    const file = host.source.file.bind(host.source);
    host.source.file = async function* (name, sha256, signal, fresh) {
      if (fresh !== true) throw new Failure("digest", `${name} is of another generation`);
      yield* file(name, sha256, signal, fresh);
    };
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, NEXT.files);
  });
});
