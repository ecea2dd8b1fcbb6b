/**
 * promgen-agent is killed right before every single call by which it changes a file: whatever it was about to do, what
 * lies there is whole, and the next run ends what was begun. And the same calls in the order that a power cut asks for.
 */
import { cp, lstat, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { isInstalled, readFiles, ROOT, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { addresses, publish, sha256 } from "./artifacts.ts";
import { countEverywhere, inPairs, killAt, record, show, straceTrouble } from "./killing.ts";
import type { Call, Subject } from "./killing.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
const FILES = ["targets.json", "urls.json"] as const;
const OLD = 1_700_000_000;
const NEW = 1_700_001_000;
/** What a run ends with that finds a generation which was rolled back. */
const QUARANTINED = 5;

/** The files of a generation, by name. */
type Artifacts = Readonly<Record<string, string>>;

/** Hosts before a run, and both generations. */
interface Hosts {
  /** Nothing is there yet; the old generation is published. */
  readonly empty: string;
  /** The old generation is there, and the new one is published. */
  readonly outdated: string;
  /** The new generation is there, and the old one is last-known-good. */
  readonly updated: string;
  readonly old: Artifacts;
  readonly next: Artifacts;
}

type Verb = "sync" | "rollback";

function command(verb: Verb): Subject["command"] {
  return (directory) => {
    const options = {
      shard: "tokyo-a",
      source: `file://${directory}/site`,
      "allowed-signers": join(directory, "allowed_signers"),
      targets: join(directory, "watched/targets.json"),
      urls: join(directory, "watched/urls.json"),
      state: join(directory, "state"),
      ...(verb === "sync" ? { splay: "0s" } : {}),
    };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    return [process.execPath, AGENT, verb, ...words, "--no-proof"];
  };
}

async function agent(directory: string, verb: Verb = "sync"): Promise<Ran> {
  return await run(directory, command(verb)(directory));
}

async function succeed(directory: string, verb?: Verb): Promise<void> {
  const ran = await agent(directory, verb);
  if (ran.exit !== 0) throw new Error(`${ran.exit}: ${ran.stderr}`);
}

async function withHosts(act: (hosts: Hosts) => Promise<void>): Promise<void> {
  await withDirectory({}, async (directory) => {
    const at = (name: string): string => join(directory, name);
    await run(directory, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f", at("key")]);
    const key = await readFile(at("key.pub"), "utf8");
    const release = async (host: string, generation: number, count: number): Promise<Artifacts> => {
      const urls = addresses(count).map((address) => `http://${address}/`);
      await publish(join(host, "site"), { generation, targets: addresses(count), urls, key: at("key") });
      return await readFiles(join(host, "site/shards/tokyo-a"));
    };
    const old = await release(at("empty"), OLD, 3);
    await writeFile(at("empty/allowed_signers"), `ci ${key}`);
    await cp(at("empty"), at("outdated"), { recursive: true });
    await succeed(at("outdated"));
    const next = await release(at("outdated"), NEW, 4);
    await cp(at("outdated"), at("updated"), { recursive: true, preserveTimestamps: true });
    await succeed(at("updated"));
    await act({ empty: at("empty"), outdated: at("outdated"), updated: at("updated"), old, next });
  });
}

/** What a run changes on the host: what it reads lies beside it. */
async function boundaries(subject: Subject): Promise<Call[]> {
  return (await record(subject)).filter(isOnHost);
}

function isOnHost({ paths: [path = ""] }: Call): boolean {
  return /^(watched|state)(\/|$)/.test(path);
}

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

const trouble =
  (await straceTrouble()) ?? ((await isInstalled("ssh-keygen")) ? undefined : "ssh-keygen is not installed");
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

  describe("promgen-agent and a power cut", (it) => {
    for (const what of ["a first installation", "an update", "a rollback"] as const) {
      it(`gives a name to nothing that may be lost, in ${what}`, async () => {
        await withHosts(async (hosts) => {
          const template = {
            "a first installation": hosts.empty,
            "an update": hosts.outdated,
            "a rollback": hosts.updated,
          };
          const verb = what === "a rollback" ? "rollback" : "sync";
          const calls = await boundaries({ template: template[what], command: command(verb) });
          const renames = calls.filter(({ name, paths: [from = ""] }) => name === "rename" && !isKept(from));
          assert.ok(renames.length >= 6, `${renames.length} renames`);
          for (const rename of renames) assertSynced(calls, rename);
        });
      });
    }

    it("says that a generation is in place only when it outlasts one, and raises the floor before that", async () => {
      await withHosts(async (hosts) => {
        const calls = await boundaries({ template: hosts.outdated, command: command("sync") });
        const at = (what: string, isIt: (call: Call) => boolean): number => {
          const index = calls.findIndex(isIt);
          assert.ok(index !== -1, `no ${what} in ${calls.map(show).join(", ")}`);
          return index;
        };
        const renameTo = (path: string) => (call: Call) => call.name === "rename" && call.paths.at(-1) === path;
        const syncOf = (path: string, after: number): number =>
          at(
            `sync of ${path}`,
            (call) => call.name === "fsync" && call.paths[0] === path && calls.indexOf(call) > after,
          );
        /** When a state that says so outlasts a power cut. */
        const stateSays = (what: RegExp): [written: number, durable: number] => {
          const written = at(
            `state with ${what}`,
            ({ paths: [path = ""], text }) => path.includes("state.json") && what.test(text),
          );
          const renamed = calls.findIndex((call, index) => index > written && renameTo("state/state.json")(call));
          return [written, syncOf("state", renamed)];
        };
        const [, floor] = stateSays(new RegExp(`floor[^}]*generation[^}]*${NEW}`));
        const [applied] = stateSays(new RegExp(`applied[^}]*generation[^}]*${NEW}`));
        const good = syncOf("state", at("last-known-good", renameTo("state/last-known-good")));
        const pointer = at("pointer", renameTo("watched/.promgen-agent/SHA256SUMS"));
        for (const file of FILES) {
          const swapped = at(`swap of ${file}`, renameTo(`watched/${file}`));
          const durable = syncOf("watched", swapped);
          assert.ok(floor < swapped, `the floor comes before ${file}`);
          assert.ok(good < swapped, `last-known-good comes before ${file}`);
          assert.ok(durable < pointer && durable < applied, `${file} is durable before anything says so`);
        }
      });
    });
  });
} else notRun("promgen-agent killed at every moment", trouble);

/** Renaming what has had a name before: nothing was written to it. */
function isKept(from: string): boolean {
  return !from.endsWith(".new") && basename(from) !== `SHA256SUMS.${sha256("")}.sig`;
}

const WRITING = /^(write|pwrite64|writev|ftruncate|fchmod|fchown|utimensat)$/;

/** What is renamed, and all that lies in it, was synced after the last change; and so was the directory it comes into. */
function assertSynced(calls: readonly Call[], rename: Call): void {
  const [from = "", to = ""] = rename.paths;
  const at = calls.indexOf(rename);
  const begin = calls.findLastIndex(
    (call, index) => index < at && call.paths.includes(from) && /openat|mkdir/.test(call.name),
  );
  const during = calls.slice(begin, at);
  const changed = during.filter(
    ({ name, paths: [path = ""] }) => WRITING.test(name) && (path === from || path.startsWith(`${from}/`)),
  );
  const made = during.filter(({ name, paths: [path = ""] }) => name === "openat" && path.startsWith(`${from}/`));
  assert.ok(changed.length > 0, `nothing was written before ${show(rename)}`);
  for (const call of [...changed, ...made]) {
    const [path] = call.paths;
    const later = during.slice(during.indexOf(call));
    assert.ok(
      later.some(({ name, paths }) => name === "fsync" && paths[0] === path),
      `not synced after ${show(call)} and before ${show(rename)}`,
    );
  }
  const isDirectory = during[0]?.name.startsWith("mkdir") === true;
  if (isDirectory)
    assert.ok(
      during
        .slice(during.indexOf(made.at(-1) ?? rename))
        .some(({ name, paths }) => name === "fsync" && paths[0] === from),
      `the directory was not synced before ${show(rename)}`,
    );
  assert.ok(
    calls.slice(at).some(({ name, paths }) => name === "fsync" && paths[0] === dirname(to)),
    `${dirname(to)} was not synced after ${show(rename)}`,
  );
}
