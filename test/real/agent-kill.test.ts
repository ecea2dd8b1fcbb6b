/**
 * promgen-agent is killed right before every single call by which it changes a file: whatever it was about to do, what
 * lies there is whole, and the next run ends what was begun.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import {
  assertConverged,
  assertWhole,
  boundaries,
  command,
  convergence,
  isOnHost,
  killingTrouble,
  withHosts,
} from "./killed-hosts.ts";
import type { Hosts } from "./killed-hosts.ts";
import { countEverywhere, inPairs, killAt, show } from "./killing.ts";
import type { Subject } from "./killing.ts";

/** What a run ends with that finds a generation which was rolled back. */
const QUARANTINED = 5;

/** Kills the agent at every boundary. Gives how often which end was met. */
async function killEverywhere(what: string, subject: Subject, hosts: Hosts): Promise<Readonly<Record<string, number>>> {
  const calls = await boundaries(subject);
  const ends: Record<string, number> = {};
  const left = new Map<string, string>();
  const ended = convergence(hosts, left);
  let covered = 0;
  await inPairs(calls, async (call) => {
    const when = `killed at ${show(call)}`;
    const end = await killAt(subject, call, async (directory) => {
      await assertWhole(directory, hosts, when);
      return await ended(directory, when);
    });
    ends[end] = (ends[end] ?? 0) + 1;
    covered++;
  });
  assert.is(covered, calls.length);
  assert.ok(calls.length > 30, `${calls.length} calls`);
  process.stdout.write(
    `\n  ${what} was killed at ${covered} of ${calls.length} boundaries, ${left.size} kinds of what it leaves\n`,
  );
  return ends;
}

const trouble = await killingTrouble();
if (trouble === undefined) {
  describe("promgen-agent that is killed at any moment", (it) => {
    it("in a first installation: nothing or whole files are there, and the next run installs", async () => {
      await withHosts(async (hosts) => {
        const subject = { template: hosts.empty, command: command("sync") };
        assert.equal(Object.keys(await killEverywhere("a first installation", subject, hosts)), ["old 0 0"]);
      });
    });

    it("in an update: whole files are there at every moment, and the next run ends it", async () => {
      await withHosts(async (hosts) => {
        const subject = { template: hosts.outdated, command: command("sync") };
        assert.equal(Object.keys(await killEverywhere("an update", subject, hosts)), ["new 0 0"]);
      });
    });

    it("in a rollback: the next run has the generation before or the one after, and keeps to it", async () => {
      await withHosts(async (hosts) => {
        const subject = { template: hosts.updated, command: command("rollback") };
        const ends = await killEverywhere("a rollback", subject, hosts);
        // The run that ends a rollback does not ask for anything newer.
        const possible = ["new 0 0", `old 0 ${QUARANTINED}`, `old ${QUARANTINED} ${QUARANTINED}`];
        assert.equal(Object.keys(ends).sort(), possible);
      });
    });

    it("does all that on one thread, so that nothing was missed", async () => {
      await withHosts(async (hosts) => {
        for (const template of [hosts.empty, hosts.outdated]) {
          const subject = { template, command: command("sync") };
          assert.is(await countEverywhere(subject, isOnHost), (await boundaries(subject)).length);
        }
      });
    });

    it("and whose state is lost on top of that takes up the pointer and its signature, which are always a pair", async () => {
      await withHosts(async (hosts) => {
        const subject = { template: hosts.outdated, command: command("sync") };
        const calls = (await boundaries(subject)).filter(({ paths }) =>
          paths.some((path) => path.includes("SHA256SUMS")),
        );
        assert.ok(calls.length >= 10, `${calls.length} calls`);
        const settled = new Map<string, number | undefined>();
        await inPairs(calls, async (call) => {
          const when = `killed at ${show(call)}, and the state lost`;
          await killAt(subject, call, async (directory) => {
            await rm(join(directory, "state/state.json"));
            assert.is(await assertConverged(directory, hosts, when, settled), "new 0 0", when);
          });
        });
      });
    });
  });
} else notRun("promgen-agent killed at every moment", trouble);
