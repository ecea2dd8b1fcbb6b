/**
 * promgen-agent is killed right before every single call by which it changes a file: whatever it was about to do, what
 * lies there is whole, and the next run ends what was begun.
 */
import { lstat, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { readFiles } from "../workplace.ts";
import { agent, boundaries, command, FILES, isOnHost, killingTrouble, withHosts } from "./killed-hosts.ts";
import type { Hosts } from "./killed-hosts.ts";
import { countEverywhere, inPairs, killAt, show } from "./killing.ts";
import type { Subject } from "./killing.ts";

/** What a run ends with that finds a generation which was rolled back. */
const QUARANTINED = 5;

/** Which generation a file in place is of, byte for byte; anything else fails the test. */
async function generationOf(directory: string, name: string, { old, next }: Hosts, when: string): Promise<string> {
  const path = join(directory, "watched", name);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return "absent";
  assert.is((await lstat(path)).mode & 0o7777, 0o644, `${name}, ${when}`);
  const generation = text === old[name] ? "old" : text === next[name] ? "new" : undefined;
  assert.ok(generation, `${name} is of no generation, ${when}`);
  return generation ?? "";
}

/** What must be so at every instant. Gives the generations in place. */
async function assertWhole(directory: string, hosts: Hosts, when: string): Promise<string[]> {
  const generations = await Promise.all(FILES.map((name) => generationOf(directory, name, hosts, when)));
  const names = await readdir(join(directory, "watched")).catch(() => []);
  const seen = names.filter((name) => /\.(json|ya?ml)$/i.test(name) && !FILES.some((file) => file === name));
  assert.equal(seen, [], `Prometheus may read these, ${when}`);
  const state = await readFile(join(directory, "state/state.json"), "utf8").catch(() => "{}");
  assert.type(JSON.parse(state), "object", when);
  const kept = await readdir(join(directory, "state")).catch(() => []);
  const good = kept.find((name) => name === "last-known-good") ?? kept.find((name) => name === "last-known-good.old");
  if (good !== undefined) await assertComplete(join(directory, "state", good), hosts, when);
  return generations;
}

/** A last-known-good of one generation, with pointer and signature. */
async function assertComplete(directory: string, { old, next }: Hosts, when: string): Promise<void> {
  const files = await readFiles(directory);
  const whole = files["SHA256SUMS"] === old["SHA256SUMS"] ? old : next;
  assert.equal(files, whole, `last-known-good, ${when}`);
}

/**
 * What must be so after a run that was let alone, and that nothing changes in the next one. Gives the generation and both
 * exit codes.
 */
async function assertConverged(directory: string, hosts: Hosts, when: string): Promise<string> {
  const first = await agent(directory);
  const [targets = "", urls] = await assertWhole(directory, hosts, when);
  assert.is(targets, urls, when);
  const pointer = await readFiles(join(directory, "watched/.promgen-agent"));
  const { SHA256SUMS, "SHA256SUMS.sig": signature } = targets === "new" ? hosts.next : hosts.old;
  assert.equal(pointer, { SHA256SUMS, "SHA256SUMS.sig": signature }, when);
  const kept = (await readdir(join(directory, "state"))).filter((name) => name !== "last-known-good");
  assert.equal(kept.sort(), ["lock", "state.json"], when);

  const before = await identities(directory);
  const second = await agent(directory);
  assert.equal(await identities(directory), before, `${when}: ${first.stderr} and then ${second.stderr}`);
  return `${targets} ${first.exit} ${second.exit}`;
}

/** What shows whether a file was replaced. The state is written by every run. */
async function identities(directory: string): Promise<unknown> {
  const places = ["watched", "watched/.promgen-agent", "state/last-known-good"];
  const names = places.map(async (place) => {
    const entries = await readdir(join(directory, place), { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map((entry) => join(place, entry.name));
  });
  const facts = (await Promise.all(names)).flat().sort();
  return await Promise.all(
    facts.map(async (name) => {
      const { ino, mtimeMs } = await lstat(join(directory, name));
      return [name, ino, mtimeMs];
    }),
  );
}

/** Kills the agent at every boundary. Gives how often which end was met. */
async function killEverywhere(what: string, subject: Subject, hosts: Hosts): Promise<Readonly<Record<string, number>>> {
  const calls = await boundaries(subject);
  const ends: Record<string, number> = {};
  let covered = 0;
  await inPairs(calls, async (call) => {
    const when = `killed at ${show(call)}`;
    const end = await killAt(subject, call, async (directory) => {
      await assertWhole(directory, hosts, when);
      return await assertConverged(directory, hosts, when);
    });
    ends[end] = (ends[end] ?? 0) + 1;
    covered++;
  });
  assert.is(covered, calls.length);
  assert.ok(calls.length > 30, `${calls.length} calls`);
  process.stdout.write(`\n  ${what} was killed at ${covered} of ${calls.length} boundaries\n`);
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
        await inPairs(calls, async (call) => {
          const when = `killed at ${show(call)}, and the state lost`;
          await killAt(subject, call, async (directory) => {
            await rm(join(directory, "state/state.json"));
            assert.is(await assertConverged(directory, hosts, when), "new 0 0", when);
          });
        });
      });
    });
  });
} else notRun("promgen-agent killed at every moment", trouble);
