/**
 * promgen-agent is killed right before every single call by which it changes a file: whatever it was about to do, what
 * lies there is whole, and the next run ends what was begun. What a kill leaves is what lies there while the agent is
 * stopped between two calls: so one run shows it for all of them, and some kills show that this is so.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { show } from "./calls.ts";
import type { Call } from "./calls.ts";
import {
  assertWhole,
  boundaries,
  command,
  convergence,
  inThisProcess,
  isOnHost,
  killingTrouble,
  whenStopped,
  givenHosts,
} from "./killed-hosts.ts";
import type { Hosts } from "./killed-hosts.ts";
import { leftIn } from "./left-in.ts";
import { countEverywhere, inPairs, killAt } from "./killing.ts";
import type { Subject } from "./killing.ts";

/** What a run ends with that finds a generation which was rolled back. */
const QUARANTINED = 5;

/**
 * Looks at what lies there at every boundary, and at what becomes of each kind of that. Kills the agent at some: it leaves the
 * same. Gives the ends that were met.
 */
async function killEverywhere(what: string, subject: Subject, hosts: Hosts): Promise<readonly string[]> {
  const { known, ended } = convergence(hosts);
  const ends = new Set<string>();
  const look = (directory: string, when: string): void => {
    assertWhole(directory, hosts, when);
  };
  await whenStopped(subject, look, async ({ calls, left, copies, restore }, directory) => {
    assert.ok(calls.length > 30, `${calls.length} calls`);
    const chosen = calls.filter(({ name }, index) => name === "rename" || index % 8 === 0);
    await inPairs(chosen, async (call) => {
      const when = `killed at ${show(call)}`;
      await killAt(subject, call, async (killed) => {
        assert.is(leftIn(killed), left[calls.indexOf(call)], when);
        look(killed, when);
        ends.add(await ended(killed, when));
      });
    });
    for (const [kind, copy] of copies) {
      if (known.has(kind)) continue;
      await restore(copy);
      ends.add(await ended(directory, `killed ${whichOf(calls, left.indexOf(kind))}`, inThisProcess));
    }
    assert.equal(
      [...copies.keys()].filter((kind) => !known.has(kind)),
      [],
    );
    process.stdout.write(
      `\n  ${what} was stopped at ${calls.length} boundaries and killed at ${chosen.length}, ${copies.size} kinds of what it leaves\n`,
    );
  });
  return [...ends].sort();
}

function whichOf(calls: readonly Call[], index: number): string {
  const call = calls[index];
  return call === undefined ? "after the last call" : `at ${show(call)}`;
}

const trouble = await killingTrouble();
if (trouble === undefined) {
  describe("promgen-agent that is killed at any moment", (it) => {
    it("in a first installation: nothing or whole files are there, and the next run installs", async () => {
      const hosts = await givenHosts();
      const subject = { template: hosts.empty, command: command("sync") };
      assert.equal(await killEverywhere("a first installation", subject, hosts), ["old 0 0"]);
    });

    it("in an update: whole files are there at every moment, and the next run ends it", async () => {
      const hosts = await givenHosts();
      const subject = { template: hosts.outdated, command: command("sync") };
      assert.equal(await killEverywhere("an update", subject, hosts), ["new 0 0"]);
    });

    it("in a rollback: the next run has the generation before or the one after, and keeps to it", async () => {
      const hosts = await givenHosts();
      const subject = { template: hosts.updated, command: command("rollback") };
      const ends = await killEverywhere("a rollback", subject, hosts);
      // The run that ends a rollback does not ask for anything newer.
      const possible = ["new 0 0", `old 0 ${QUARANTINED}`, `old ${QUARANTINED} ${QUARANTINED}`];
      assert.equal(ends, possible);
    });

    it("does all that on one thread, so that nothing was missed", async () => {
      const hosts = await givenHosts();
      for (const template of [hosts.empty, hosts.outdated]) {
        const subject = { template, command: command("sync") };
        assert.is(await countEverywhere(subject, isOnHost), (await boundaries(subject)).length);
      }
    });

    it("and whose state is lost on top of that takes up the pointer and its signature, which are always a pair", async () => {
      const hosts = await givenHosts();
      const subject = { template: hosts.outdated, command: command("sync") };
      const isOfPair = ({ paths }: Call): boolean => paths.some((path) => path.includes("SHA256SUMS"));
      const { ended } = convergence(hosts);
      await whenStopped(
        subject,
        () => {},
        async ({ calls, left, copies, restore }, directory) => {
          assert.ok(calls.filter(isOfPair).length >= 10, `${calls.length} calls`);
          const kinds = new Set(left.filter((_, index) => calls[index] !== undefined && isOfPair(calls[index])));
          for (const kind of kinds) {
            const when = `killed ${whichOf(calls, left.indexOf(kind))}, and the state lost`;
            await restore(copies.get(kind) ?? "");
            await rm(join(directory, "state/state.json"));
            assert.is(await ended(directory, when, inThisProcess), "new 0 0", when);
          }
        },
      );
    });
  });
} else notRun("promgen-agent killed at every moment", trouble);
