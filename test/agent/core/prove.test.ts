import * as assert from "uvu/assert";
import type { ReloadPolicy } from "../../../src/agent/config.ts";
import type { ProofRequest } from "../../../src/agent/core/prove.ts";
import { proveBy, wantsReload } from "../../../src/agent/core/prove.ts";
import { SYSTEM_CLOCK } from "../../../src/agent/system-clock.ts";
import { describe } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import type { MemoryServer } from "./host.ts";
import { Host, hosts, release } from "./host.ts";

describe("agent: reload policy", (it) => {
  const cases: [ReloadPolicy, changed: boolean, isRead: boolean, expected: boolean][] = [
    ["always", true, true, true],
    ["always", true, false, true],
    ["always", false, false, false],
    ["signal", true, true, true],
    ["signal", false, false, false],
    ["auto", true, true, false],
    ["auto", true, false, true],
    ["auto", false, false, true],
    ["never", true, false, false],
  ];
  for (const [policy, changed, isRead, expected] of cases) {
    const what = `${changed ? "changed" : "unchanged"} bytes ${isRead ? "read" : "unread"}`;
    it(`${policy}: ${expected ? "reloads" : "does not reload"} for ${what}`, () => {
      assert.is(wantsReload(policy, changed, isRead), expected);
    });
  }

  it("auto reloads where the file is not read, and only there", async () => {
    const auto = { prometheus: { reload: "auto" } } as const;
    const host = new Host(release(100, hosts(3)));
    assert.is((await host.sync(auto)).exit, 0);
    assert.equal(host.server.calls, ["baseline", "read"]);
    host.server.readsItself = false;
    host.server.calls.length = 0;
    assert.is((await host.take(release(200, hosts(4)), auto)).exit, 0);
    assert.equal(host.server.calls, ["baseline", "read", "reload", "read"]);
  });

  it("never does not reload", async () => {
    const never = { prometheus: { reload: "never" } } as const;
    const host = new Host(release(100, hosts(3)));
    host.server.readsItself = false;
    assert.is((await host.sync(never)).exit, 3);
    assert.not(host.server.calls.includes("reload"));
  });

  it("a reload that fails changes nothing about the verdict", async () => {
    const host = new Host(release(100, hosts(3)));
    host.server.reload = async () => ({ kind: "failed", message: "403", help: "start it with --web.enable-lifecycle" });
    assert.is((await host.sync()).exit, 0);
    assert.ok(host.log.some(({ event, level }) => event === "reload-failed" && level === "warning"));
  });
});

describe("agent: time for a proof", (it) => {
  /** A request against the real clock, with a server that hangs until it is told to stop. */
  function hanging(seconds: Partial<ProofRequest["config"]>): [MemoryServer, ProofRequest] {
    const host = new Host();
    const wait = async (signal: AbortSignal): Promise<void> => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    };
    host.server.awaitRead = async (_files, _before, _nudge, signal) => {
      await wait(signal);
      return { verdict: "unconfirmed", rung: 2, message: "hangs" };
    };
    host.server.reload = async (signal) => {
      await wait(signal);
      return { kind: "unknown", message: "no answer" };
    };
    const config = { reload: "always", reloadTimeout: 0.05, wait: "read", proofTimeout: 0.1, ...seconds } as const;
    const { log, signal } = host.collaborators();
    const nudge = async (): Promise<void> => {};
    return [
      host.server,
      { config, files: [], before: undefined, changed: true, nudge, clock: SYSTEM_CLOCK, log, signal },
    ];
  }

  it("ends with what is known where a server hangs, in its reload as well", async () => {
    const [server, request] = hanging({});
    const start = SYSTEM_CLOCK.monotonic();
    assert.is((await endsSoon(() => proveBy(server, request))).verdict, "unconfirmed");
    const seconds = SYSTEM_CLOCK.monotonic() - start;
    assert.ok(seconds > 1, `${seconds} s`);
  });

  it("ends at once where the process is asked to stop", async () => {
    const [server, request] = hanging({ proofTimeout: 60, reloadTimeout: 60 });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const stopped = { ...request, signal: controller.signal };
    assert.is((await endsSoon(() => proveBy(server, stopped))).verdict, "unconfirmed");
  });
});
