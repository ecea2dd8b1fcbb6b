import * as assert from "uvu/assert";
import { writeAgentState } from "../../../src/agent/core/state-file.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { SignatureFailure } from "../../../src/agent/trust/signature.ts";
import { describe } from "../../describe.ts";
import { configOf, digest, Host, hosts, release, sign } from "./host.ts";
import { NEW, OLD, settled } from "./settled.ts";

describe("agent: sync, lies and caches", (it) => {
  const cases: [string, (host: Host) => void, number, string][] = [
    ["a signature that is missing", (host) => (host.source.signature = undefined), 5, "signature"],
    ["a signature by somebody else", (host) => (host.source.signature = Buffer.from("x")), 5, "signature"],
    ["a signature of other bytes", (host) => (host.source.signature = sign("x")), 6, "inconsistent"],
    ["a file of other bytes", (host) => (host.source.now = { ...NEW, files: OLD.files }), 6, "inconsistent"],
    ["an older generation", (host) => (host.source.now = release(99, hosts(30))), 5, "replay"],
    ["the same generation with other files", (host) => (host.source.now = release(100, hosts(30))), 5, "equivocation"],
    ["another shard", (host) => (host.source.now = release(200, hosts(9), { shard: "osaka" })), 5, "wrong-shard"],
    ["what is no SHA256SUMS", (host) => (host.source.now = { ...NEW, sums: "hello\n" }), 5, "pointer"],
    ["a newer format", (host) => (host.source.now = { ...NEW, sums: NEW.sums.replace("gen 1", "gen 2") }), 5, "format"],
    ["a list without groups", (host) => (host.source.now = release(200, [], { targets: "[]" })), 5, "invalid"],
  ];
  for (const [what, lie, exit, reason] of cases) {
    it(`does not swap: ${what}`, async () => {
      const host = await settled();
      host.source.now = NEW;
      lie(host);
      const result = await host.sync();
      assert.is(result.exit, exit);
      assert.is(result.reason, reason);
      assert.equal(host.inPlace, OLD.files);
      assert.is(host.state.applied?.generation, 100);
      assert.is(host.state.lastRun?.reason, reason);
      assert.is(host.storage.staged.size, 0);
      // And takes the truth when it comes.
      host.source.signature = "right";
      assert.is((await host.take(NEW)).exit, 0);
      assert.equal(host.inPlace, NEW.files);
    });
  }

  it("asks past the caches, once, where pointer and file do not fit", async () => {
    const host = await settled();
    host.source.now = NEW;
    host.source.stale = { files: OLD };
    host.source.asked.length = 0;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, NEW.files);
    assert.equal(host.source.asked, [
      "pointer if changed",
      "targets.json",
      "pointer fresh",
      "targets.json fresh",
      "urls.json fresh",
    ]);
    assert.is(host.state.inconsistent, undefined);
  });

  it("asks past the caches where the signature is that of an older pointer", async () => {
    const host = await settled();
    host.source.now = NEW;
    host.source.stale = { signature: sign(OLD.sums) };
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, NEW.files);
  });

  it("refuses after 15 minutes what stays inconsistent", async () => {
    const host = await settled();
    host.source.now = { ...NEW, files: OLD.files };
    const outcomes = [];
    for (const seconds of [0, 899, 2]) {
      host.clock.wall += seconds;
      const { exit, reason } = await host.sync();
      outcomes.push([exit, reason]);
    }
    assert.equal(outcomes, [
      [6, "inconsistent"],
      [6, "inconsistent"],
      [5, "digest"],
    ]);
    // A pointer that was not seen before gets its own 15 minutes.
    host.source.now = { ...release(300, hosts(30)), files: OLD.files };
    assert.is((await host.sync()).reason, "inconsistent");
  });

  it("does not count a clock that was set back as time", async () => {
    const host = await settled();
    host.source.now = { ...NEW, files: OLD.files };
    await host.sync();
    host.clock.wall -= 86_400 * 3650;
    assert.is((await host.sync()).reason, "inconsistent");
    host.clock.wall += 800;
    assert.is((await host.sync()).reason, "inconsistent");
  });

  it("does not fetch again for an hour what it refused", async () => {
    const host = await settled();
    const bad = release(200, [], { targets: "[]" });
    assert.is((await host.take(bad)).reason, "invalid");
    host.source.asked.length = 0;
    assert.is((await host.sync()).reason, "invalid");
    assert.equal(host.source.asked, ["pointer if changed"]);
    host.clock.wall += 3601;
    assert.is((await host.sync()).reason, "invalid");
    assert.ok(host.source.asked.includes("targets.json"));
  });

  it("asks anew, and refuses what it has, where other keys are allowed or revoked since", async () => {
    const host = await settled();
    const verifier = {
      signers: async () => "others",
      verify: async () => await Promise.reject(new SignatureFailure("revoked", "revoked", "publish with another key")),
    };
    host.source.asked.length = 0;
    for (let round = 0; round < 2; round++) {
      const result = await runSync(configOf(), { ...host.collaborators(), verifier });
      assert.is(result.reason, "signature");
    }
    assert.equal(host.source.asked, ["pointer", "pointer fresh", "pointer", "pointer fresh"]);
    assert.equal(host.inPlace, OLD.files);
    assert.is((await host.sync()).exit, 0);
    host.source.asked.length = 0;
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.source.asked, ["pointer if changed"]);
    assert.is((await host.sync({ isSigned: false })).exit, 0);
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.source.asked, ["pointer if changed", "pointer", "pointer"], "nobody had to sign in between");
  });

  it("fetches again what it refused where the clock was set back before that", async () => {
    const host = await settled();
    const bad = release(200, hosts(1), { targets: "null" });
    assert.is((await host.take(bad)).reason, "invalid");
    host.clock.wall -= 10;
    host.source.asked.length = 0;
    await host.sync();
    assert.equal(host.source.asked, ["pointer if changed", "targets.json"]);
  });

  it("repairs what is in place, whatever was refused of it", async () => {
    const host = await settled();
    const refused = { sums: digest(OLD.sums), message: "not valid", at: host.clock.wall };
    host.storage.state = writeAgentState({ ...host.state, refused });
    host.storage.put("targets.json", "x");
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("says an hour long why it refused, in its own words and with its own reason", async () => {
    const host = await settled();
    const { disk, ...others } = host.collaborators();
    disk.bytesOf = () => {
      throw new Failure("too-large", "targets.json has more than 3000000 targets", { help: "split the shard" });
    };
    host.source.now = NEW;
    assert.is((await runSync(configOf(), { ...others, disk })).reason, "too-large");
    host.source.asked.length = 0;
    const again = await host.sync();
    assert.equal([again.exit, again.reason], [5, "too-large"]);
    assert.match(again.message, "3000000");
    assert.equal(host.source.asked, ["pointer if changed"]);
    assert.is(host.state.lastRun?.reason, "too-large");
    // An earlier agent remembered it without the reason.
    const { refused } = host.state;
    assert.ok(refused);
    const { reason: _, ...earlier } = refused;
    host.storage.state = writeAgentState({ ...host.state, refused: earlier });
    assert.is((await host.sync()).reason, "invalid");
  });

  it("does not take more bytes than allowed, over both files", async () => {
    const host = new Host(OLD);
    const urls = hosts(30_000).map((name) => `https://${name}/`);
    const result = await host.take(release(200, hosts(30_000), { urls }));
    assert.is(result.reason, "too-large");
    assert.equal(host.inPlace, { "targets.json": undefined, "urls.json": undefined });
    assert.is(host.storage.staged.size, 0);
  });

  it("holds on to the repository, until another is configured", async () => {
    const host = new Host(release(100, hosts(5), { repository: "https://a/" }));
    await host.sync();
    const moved = release(200, hosts(6), { repository: "https://b/" });
    assert.is((await host.take(moved)).reason, "wrong-repository");
    assert.is((await host.take(release(200, hosts(6)))).reason, "wrong-repository");
    assert.is((await host.take(moved, { trust: { repository: "https://b/" } })).exit, 0);
    assert.is((await host.sync()).exit, 0);
  });

  it("looks at the repository although the source has nothing new", async () => {
    const host = new Host(release(100, hosts(5), { repository: "https://a/" }));
    await host.sync();
    for (let round = 0; round < 2; round++) {
      const result = await host.sync({ trust: { repository: "https://b/" } });
      assert.equal([result.exit, result.reason, result.isSettled], [5, "wrong-repository", undefined]);
    }
    host.source.asked.length = 0;
    assert.is((await host.sync({ trust: { repository: "https://a/" } })).isSettled, true);
    assert.equal(host.source.asked, ["pointer if changed"]);
  });
});
