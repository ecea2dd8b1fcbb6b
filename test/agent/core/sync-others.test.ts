import * as assert from "uvu/assert";
import { rollback } from "../../../src/agent/commands/rollback.ts";
import type { FileName } from "../../../src/agent/config.ts";
import { describe } from "../../describe.ts";
import type { Options } from "./host.ts";
import { configOf, Host, hosts, release } from "./host.ts";
import { NEW, OLD, settled } from "./settled.ts";

/** Kept by hand. */
const BY_HAND = release(1, hosts(200, "hand"), { urls: hosts(20).map((host) => `https://${host}/`) }).files;
const TARGETS: Options = { names: ["targets.json"] };

/** A host that has taken targets.json alone, and urls.json of somebody else beside it. */
async function withUrlsByHand(now = release(100, hosts(20), { urls: [] })): Promise<Host> {
  const host = new Host(now);
  assert.is((await host.sync(TARGETS)).exit, 0);
  host.storage.put("urls.json", BY_HAND["urls.json"]);
  return host;
}

/** A host whose state knows of OLD in another directory than the one where others keep their files. */
async function elsewhere(): Promise<Host> {
  const host = await settled();
  for (const name of ["targets.json", "urls.json"] as const) host.storage.put(name, BY_HAND[name]);
  host.storage.pointer = undefined;
  return host;
}

function kept({ storage }: Host, name: FileName): string {
  return Buffer.from(storage.lastKnownGood.get(name) ?? "").toString();
}

describe("agent: sync, files of others in its way", (it) => {
  it("asks before it replaces a file that is new in its options, and can go back to it", async () => {
    const host = await withUrlsByHand();
    const held = await host.sync();
    assert.is(held.exit, 4);
    assert.match(held.message, "20 of 20 targets of urls.json");
    assert.is(host.inPlace["urls.json"], BY_HAND["urls.json"]);
    assert.equal([host.state.held?.generation, host.state.held?.removed], [100, 20]);
    assert.is((await host.sync()).exit, 4);
    assert.is(host.state.held?.generation, 100);
    assert.is((await host.sync({ trust: { accept: 100 } })).exit, 0);
    assert.equal(host.inPlace, release(100, hosts(20), { urls: [] }).files);
    assert.is(kept(host, "urls.json"), BY_HAND["urls.json"]);
    assert.is((await rollback(configOf(), host.collaborators())).exit, 0);
    assert.is(host.inPlace["urls.json"], BY_HAND["urls.json"]);
    assert.is((await host.sync()).reason, "quarantined");
    assert.is(host.inPlace["urls.json"], BY_HAND["urls.json"]);
  });

  it("leaves it alone while no source answers", async () => {
    const host = await withUrlsByHand();
    host.goOffline();
    assert.is((await host.sync()).exit, 6);
    assert.is(host.inPlace["urls.json"], BY_HAND["urls.json"]);
  });

  it("asks about it with a newer generation as well, whatever CI let pass", async () => {
    const host = await withUrlsByHand();
    assert.is((await host.take(release(200, hosts(20), { urls: [], accepts: 200 }))).exit, 4);
    assert.is(host.inPlace["urls.json"], BY_HAND["urls.json"]);
  });

  it("takes it over without a question where nothing is lost, and repairs it from then on", async () => {
    const host = await withUrlsByHand(OLD);
    host.storage.put("urls.json", `[\n{"labels":{"job":"x"},"targets":["https://a.example.com/"]}\n]\n`);
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
    host.storage.put("urls.json", BY_HAND["urls.json"]);
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("does not take for its own what was changed while it was not in its options", async () => {
    const host = await settled();
    assert.is((await host.sync(TARGETS)).exit, 0);
    host.storage.put("urls.json", BY_HAND["urls.json"]);
    assert.is((await host.sync(TARGETS)).exit, 0);
    assert.is((await host.sync()).exit, 4);
    assert.is(host.inPlace["urls.json"], BY_HAND["urls.json"]);
  });

  const places: [string, Options][] = [
    ["in another directory", { directory: "/live" }],
    ["with a state that was copied from another host", {}],
  ];
  for (const [where, options] of places) {
    it(`asks before it replaces them ${where}, and keeps them`, async () => {
      const host = await elsewhere();
      assert.is((await host.sync(options)).exit, 4);
      assert.equal(host.inPlace, BY_HAND);
      host.goOffline();
      assert.is((await host.sync(options)).exit, 6);
      assert.equal(host.inPlace, BY_HAND);
      assert.is((await host.take(NEW, options)).exit, 4);
      assert.equal(host.inPlace, BY_HAND);
      assert.is((await host.sync({ ...options, trust: { accept: 200 } })).exit, 0);
      assert.equal(host.inPlace, NEW.files);
      assert.is(kept(host, "targets.json"), BY_HAND["targets.json"]);
      assert.is(host.storage.lastKnownGoodPointer, undefined);
      host.storage.put("targets.json", "x");
      assert.is((await host.sync(options)).exit, 0);
      assert.equal(host.inPlace, NEW.files);
    });

    it(`holds what it cannot count ${where}`, async () => {
      const host = await elsewhere();
      host.storage.put("targets.json", "- targets: [a, b, c, d]\n");
      host.storage.put("urls.json", OLD.files["urls.json"]);
      assert.is((await host.sync(options)).reason, "removed");
      assert.is(host.inPlace["targets.json"], "- targets: [a, b, c, d]\n");
    });
  }

  it("puts its files where there are none in another directory, whatever lies elsewhere", async () => {
    const host = await elsewhere();
    host.storage.files.clear();
    const small = release(200, hosts(3));
    assert.is((await host.take(small, { directory: "/live" })).exit, 0);
    assert.equal(host.inPlace, small.files);
  });

  it("repairs what is damaged where the state is lost as well, and asks about what may be kept by hand", async () => {
    const host = await settled();
    host.storage.state = undefined;
    host.storage.put("targets.json", OLD.files["targets.json"].slice(0, 40));
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, OLD.files);
    host.storage.state = undefined;
    host.storage.put("targets.json", BY_HAND["targets.json"]);
    assert.is((await host.sync()).exit, 4);
    assert.is(host.inPlace["targets.json"], BY_HAND["targets.json"]);
  });

  it("asks where a generation that passed in another directory would take much away in this one", async () => {
    const small = release(200, hosts(2));
    const host = await settled();
    const here = host.storage.copy();
    for (const name of ["targets.json", "urls.json"] as const) host.storage.files.delete(name);
    host.storage.pointer = undefined;
    assert.is((await host.take(small, { directory: "/trial" })).exit, 0);
    for (const [name, file] of here.files) host.storage.files.set(name, file);
    host.storage.pointer = here.pointer;
    assert.is((await host.sync()).exit, 4);
    assert.equal(host.inPlace, OLD.files);
  });
});
