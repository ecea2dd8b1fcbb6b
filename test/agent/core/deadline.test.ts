import { getEventListeners } from "node:events";
import * as assert from "uvu/assert";
import { startDeadline, within } from "../../../src/agent/core/deadline.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { SYSTEM_CLOCK } from "../../../src/agent/system-clock.ts";
import { describe } from "../../describe.ts";
import { configOf, Host, hosts, release } from "./host.ts";

const never = new AbortController().signal;

async function abortOf(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

describe("agent: deadlines", (it) => {
  it("aborts with its reason when the time is over", async () => {
    const deadline = startDeadline(SYSTEM_CLOCK, 0.01, never, () => new Error("over"));
    await abortOf(deadline.signal);
    assert.is((deadline.signal.reason as Error).message, "over");
  });

  it("leaves no timer behind, and does not abort what is done", async () => {
    const signal = await within(SYSTEM_CLOCK, 0.01, never, async (signal) => signal);
    await SYSTEM_CLOCK.sleep(0.03);
    assert.not(signal.aborted);
  });

  it("follows its parent, also one that is aborted already", () => {
    const parent = new AbortController();
    const before = startDeadline(SYSTEM_CLOCK, 60, parent.signal, () => new Error("over"));
    parent.abort(new Error("stop"));
    const after = startDeadline(SYSTEM_CLOCK, 60, parent.signal, () => new Error("over"));
    for (const deadline of [before, after]) {
      assert.is((deadline.signal.reason as Error).message, "stop");
      deadline.end();
    }
  });

  it("leaves nothing at its parent: a daemon has the same one for years", async () => {
    const { signal } = new AbortController();
    await within(SYSTEM_CLOCK, 60, signal, async () => {});
    assert.is(getEventListeners(signal, "abort").length, 0);
  });

  it("gives each source its time, and says which took longer", async () => {
    const host = new Host(release(100, hosts(3)));
    await host.sync();
    host.source.pointer = async (_validator, signal) => {
      await abortOf(signal);
      throw new Error("socket closed");
    };
    const config = configOf();
    const collaborators = { ...host.collaborators(), clock: SYSTEM_CLOCK };
    const result = await runSync({ ...config, source: { ...config.source, timeout: 0.05 } }, collaborators);
    assert.is(result.reason, "unreachable");
    assert.match(result.message, "https://a.example.com/ took longer than 0.05 seconds");
  });

  it("does not count a file that comes too late, and leaves nothing in staging", async () => {
    const host = new Host(release(100, hosts(3)));
    host.source.file = async function* (_name, _sha256, signal) {
      yield Buffer.from("[\n");
      await abortOf(signal);
      throw signal.reason;
    };
    const config = configOf();
    const collaborators = { ...host.collaborators(), clock: SYSTEM_CLOCK };
    const result = await runSync({ ...config, source: { ...config.source, timeout: 0.05 } }, collaborators);
    assert.is(result.reason, "unreachable");
    assert.is(host.storage.staged.size, 0);
    assert.is(host.state.floor, undefined);
  });

  it("swaps nothing more once it is asked to stop, and the next run goes on", async () => {
    const next = release(200, hosts(4));
    const host = new Host(release(100, hosts(3)));
    await host.sync();
    host.source.now = next;
    const stop = new AbortController();
    const all = { ...host.collaborators(), signal: stop.signal };
    const { disk } = all;
    const bytesOf = disk.bytesOf.bind(disk);
    disk.bytesOf = (staged) => {
      stop.abort();
      return bytesOf(staged);
    };
    const result = await runSync(configOf(), all);
    assert.is(result.exit, 6);
    assert.match(result.message, "asked to stop");
    assert.is(host.state.floor?.generation, 100);
    assert.is(host.storage.staged.size, 0);
    assert.is((await host.sync()).exit, 0);
    assert.equal(host.inPlace, next.files);
  });
});
