/** Hosts on which promgen-agent is killed, or its disk fails; generations for them, signed; and what must be so afterwards. */
import { cp, lstat, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { textfileName } from "../../src/agent/watch/textfile.ts";
import { isInstalled, readFiles, ROOT, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { addresses, publish } from "./artifacts.ts";
import { record, straceTrouble } from "./killing.ts";
import type { Call, Subject } from "./killing.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
export const FILES = ["targets.json", "urls.json"] as const;
const BEFORE = 1_699_999_000;
const OLD = 1_700_000_000;
export const NEW = 1_700_001_000;

/** The files of a generation, by name. */
type Artifacts = Readonly<Record<string, string>>;

/** Hosts before a run, and both generations. */
export interface Hosts {
  /** Nothing is there yet; the old generation is published. */
  readonly empty: string;
  /** The old generation is there, one before it is last-known-good, and the new one is published. */
  readonly outdated: string;
  /** The new generation is there, and the old one is last-known-good. */
  readonly updated: string;
  readonly before: Artifacts;
  readonly old: Artifacts;
  readonly next: Artifacts;
}

type Verb = "sync" | "rollback";

export function command(verb: Verb): Subject["command"] {
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

export async function agent(directory: string, verb: Verb = "sync"): Promise<Ran> {
  return await run(directory, command(verb)(directory));
}

async function succeed(directory: string, verb?: Verb): Promise<void> {
  const ran = await agent(directory, verb);
  if (ran.exit !== 0) throw new Error(`${ran.exit}: ${ran.stderr}`);
}

export async function withHosts(act: (hosts: Hosts) => Promise<void>): Promise<void> {
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
    const before = await release(at("outdated"), BEFORE, 2);
    await succeed(at("outdated"));
    await cp(join(at("empty"), "site"), join(at("outdated"), "site"), { recursive: true });
    await succeed(at("outdated"));
    const next = await release(at("outdated"), NEW, 4);
    await cp(at("outdated"), at("updated"), { recursive: true, preserveTimestamps: true });
    await succeed(at("updated"));
    await act({ empty: at("empty"), outdated: at("outdated"), updated: at("updated"), before, old, next });
  });
}

/** What a run changes on the host: what it reads lies beside it. */
export async function boundaries(subject: Subject): Promise<Call[]> {
  return (await record(subject)).filter(isOnHost);
}

export function isOnHost({ paths: [path = ""] }: Call): boolean {
  return /^(watched|state)(\/|$)/.test(path);
}

/** Why none of this can be done here; undefined where it can. */
export async function killingTrouble(): Promise<string | undefined> {
  return (await straceTrouble()) ?? ((await isInstalled("ssh-keygen")) ? undefined : "ssh-keygen is not installed");
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
export async function assertWhole(directory: string, hosts: Hosts, when: string): Promise<string[]> {
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
async function assertComplete(directory: string, { before, old, next }: Hosts, when: string): Promise<void> {
  const files = await readFiles(directory);
  const whole = [before, old, next].find(({ SHA256SUMS }) => files["SHA256SUMS"] === SHA256SUMS);
  assert.equal(files, whole, `last-known-good, ${when}`);
}

/**
 * What must be so after a run that was let alone, and that nothing changes in the next one. Gives the generation and both
 * exit codes.
 *
 * @param settled what the first run leaves → exit code of the next one, which is not made again
 */
export async function assertConverged(
  directory: string,
  hosts: Hosts,
  when: string,
  settled: Map<string, number | undefined>,
): Promise<string> {
  const first = await agent(directory);
  const [targets = "", urls] = await assertWhole(directory, hosts, when);
  assert.is(targets, urls, when);
  const pointer = await readFiles(join(directory, "watched/.promgen-agent"));
  const { SHA256SUMS, "SHA256SUMS.sig": signature } = targets === "new" ? hosts.next : hosts.old;
  assert.equal(pointer, { SHA256SUMS, "SHA256SUMS.sig": signature }, when);
  // What was counted may be kept or not.
  const isKept = (name: string): boolean => name !== "last-known-good" && !/^(targets|urls)\.json\.counted$/.test(name);
  const kept = (await readdir(join(directory, "state"))).filter(isKept);
  assert.equal(kept.sort(), ["lock", "state.json"], when);

  const left = await leftIn(directory);
  if (!settled.has(left)) {
    const before = await identities(directory);
    const second = await agent(directory);
    assert.equal(await identities(directory), before, `${when}: ${first.stderr} and then ${second.stderr}`);
    settled.set(left, second.exit);
  }
  return `${targets} ${first.exit} ${settled.get(left)}`;
}

/**
 * The same, but that what is left in the same way is mended in the same way: of such hosts, one is looked at.
 *
 * @param known what is left → what came of it
 */
export function convergence(
  hosts: Hosts,
  known: Map<string, string>,
): (directory: string, when: string) => Promise<string> {
  const settled = new Map<string, number | undefined>();
  return async (directory, when) => {
    const left = await leftIn(directory);
    const end = known.get(left) ?? (await assertConverged(directory, hosts, when, settled));
    known.set(left, end);
    return end;
  };
}

/** Of the state: what is another at each run, and what a run says of itself. */
const OF_RUNS = [
  "at",
  "checksum",
  "confirmedAt",
  "counters",
  "hashed",
  "lastContact",
  "lastRun",
  "lastSuccess",
  "mtimes",
];

/** Names, what is in them, and what the state says that lasts. */
async function leftIn(directory: string): Promise<string> {
  // The metrics' file has its name from the path of the state.
  const own = textfileName(join(directory, "state"));
  const names = (await readdir(directory, { recursive: true })).map((name) => name.replace(own, "metrics.prom")).sort();
  const { "state/state.json": state = "{}", ...files } = await readFiles(directory);
  const kept = Object.fromEntries(Object.entries(files).filter(([path]) => /^(watched|state)\//.test(path)));
  const lasting = JSON.parse(state.replaceAll(directory, ""), (key, value: unknown) =>
    OF_RUNS.includes(key) ? undefined : value,
  ) as unknown;
  return JSON.stringify([names, kept, lasting]);
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
