/** Hosts on which promgen-agent is killed, or its disk fails; generations for them, signed; and what must be so afterwards. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { inCopy, isInstalled, readFiles, ROOT, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { agentHere } from "./agent-here.ts";
import { addresses, makeKey, publish } from "./artifacts.ts";
import { show } from "./calls.ts";
import type { Call } from "./calls.ts";
import { leftIn } from "./left-in.ts";
import { record, stopAfterEach, straceTrouble } from "./killing.ts";
import type { Subject } from "./killing.ts";

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

/** One run in a directory of a host. */
type Agent = (directory: string, verb?: Verb) => Promise<Ran>;

const installed: Agent = async (directory, verb = "sync") => await run(directory, command(verb)(directory));

/** {@link agentHere} */
export const inThisProcess: Agent = async (directory, verb = "sync") =>
  await agentHere(directory, command(verb)(directory).slice(2));

async function succeed(directory: string, verb?: Verb): Promise<void> {
  const ran = await installed(directory, verb);
  if (ran.exit !== 0) throw new Error(`${ran.exit}: ${ran.stderr}`);
}

let made: Promise<Hosts> | undefined;

/** Made once, and removed with this process: nobody changes them, whatever runs does so in a copy. */
export async function givenHosts(): Promise<Hosts> {
  return await (made ??= makeHosts());
}

async function makeHosts(): Promise<Hosts> {
  const directory = mkdtempSync(join(tmpdir(), "promgen-gen-hosts-"));
  process.once("exit", () => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  const signer = await makeKey(at("key"), "ci");
  const release = async (host: string, generation: number, count: number): Promise<Artifacts> => {
    const urls = addresses(count).map((address) => `http://${address}/`);
    await publish(join(host, "site"), { generation, targets: addresses(count), urls, key: at("key") });
    return await readFiles(join(host, "site/shards/tokyo-a"));
  };
  const old = await release(at("empty"), OLD, 3);
  writeFileSync(at("empty/allowed_signers"), signer);
  mkdirSync(at("empty/metrics"));
  cpSync(at("empty"), at("outdated"), { recursive: true });
  const before = await release(at("outdated"), BEFORE, 2);
  await succeed(at("outdated"));
  cpSync(join(at("empty"), "site"), join(at("outdated"), "site"), { recursive: true });
  await succeed(at("outdated"));
  const next = await release(at("outdated"), NEW, 4);
  cpSync(at("outdated"), at("updated"), { recursive: true, preserveTimestamps: true });
  await succeed(at("updated"));
  return { empty: at("empty"), outdated: at("outdated"), updated: at("updated"), before, old, next };
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
function generationOf(directory: string, name: string, { old, next }: Hosts, when: string): string {
  const path = join(directory, "watched", name);
  if (!existsSync(path)) return "absent";
  const text = readFileSync(path, "utf8");
  assert.is(lstatSync(path).mode & 0o7777, 0o644, `${name}, ${when}`);
  const generation = text === old[name] ? "old" : text === next[name] ? "new" : undefined;
  assert.ok(generation, `${name} is of no generation, ${when}`);
  return generation ?? "";
}

/** What must be so at every instant. Gives the generations in place. */
export function assertWhole(directory: string, hosts: Hosts, when: string): string[] {
  const generations = FILES.map((name) => generationOf(directory, name, hosts, when));
  const seen = namesIn(join(directory, "watched")).filter(
    (name) => /\.(json|ya?ml)$/i.test(name) && !FILES.some((file) => file === name),
  );
  assert.equal(seen, [], `Prometheus may read these, ${when}`);
  const state = join(directory, "state/state.json");
  assert.type(JSON.parse(existsSync(state) ? readFileSync(state, "utf8") : "{}"), "object", when);
  const kept = namesIn(join(directory, "state"));
  const good = ["last-known-good", "last-known-good.old"].find((name) => kept.includes(name));
  if (good !== undefined) assertComplete(join(directory, "state", good), hosts, when);
  return generations;
}

/** A last-known-good of one generation, with pointer and signature. */
function assertComplete(directory: string, { before, old, next }: Hosts, when: string): void {
  const files = Object.fromEntries(
    namesIn(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]),
  );
  const whole = [before, old, next].find(({ SHA256SUMS }) => files["SHA256SUMS"] === SHA256SUMS);
  assert.equal(files, whole, `last-known-good, ${when}`);
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/**
 * What must be so after a run that was let alone, and that nothing changes in the next one. Gives the generation and both
 * exit codes.
 *
 * @param settled what the first run leaves → exit code of the next one, which is not made again
 */
async function assertConverged(
  directory: string,
  hosts: Hosts,
  when: string,
  settled: Map<string, number | undefined>,
  agent: Agent,
): Promise<string> {
  const first = await agent(directory);
  const [targets = "", urls] = assertWhole(directory, hosts, when);
  assert.is(targets, urls, when);
  const pointer = await readFiles(join(directory, "watched/.promgen-agent"));
  const { SHA256SUMS, "SHA256SUMS.sig": signature } = targets === "new" ? hosts.next : hosts.old;
  assert.equal(pointer, { SHA256SUMS, "SHA256SUMS.sig": signature }, when);
  // What was counted may be kept or not.
  const isKept = (name: string): boolean => name !== "last-known-good" && !/^(targets|urls)\.json\.counted$/.test(name);
  const kept = (await readdir(join(directory, "state"))).filter(isKept);
  assert.equal(kept.sort(), ["lock", "state.json"], when);

  const left = leftIn(directory);
  if (!settled.has(left)) {
    const before = identities(directory);
    const second = await agent(directory);
    assert.equal(identities(directory), before, `${when}: ${first.stderr} and then ${second.stderr}`);
    settled.set(left, second.exit);
  }
  return `${targets} ${first.exit} ${settled.get(left)}`;
}

/** What runs leave, and what comes of it. */
export interface Convergence {
  /** What is left → what came of it. */
  readonly known: ReadonlyMap<string, string>;
  /** The same as {@link assertConverged}, but what is left in the same way is mended in the same way: one such host is looked at. */
  readonly ended: (directory: string, when: string, agent?: Agent) => Promise<string>;
}

export function convergence(hosts: Hosts): Convergence {
  const settled = new Map<string, number | undefined>();
  const known = new Map<string, string>();
  return {
    known,
    ended: async (directory, when, agent = installed) => {
      const left = leftIn(directory);
      const end = known.get(left) ?? (await assertConverged(directory, hosts, when, settled, agent));
      known.set(left, end);
      return end;
    },
  };
}

/** A run that was stopped at every boundary: what it did on the host, and what a kill at each of these calls leaves. */
interface Stopped {
  readonly calls: readonly Call[];
  /** Before each of the calls, and after the last one. */
  readonly left: readonly string[];
  /** What is left → a copy of it. */
  readonly copies: ReadonlyMap<string, string>;
  /** Puts a copy in the place where the run was: its state holds paths. */
  readonly restore: (copy: string) => Promise<void>;
}

/** Runs a program, looks at what lies there whenever it is stopped between two calls, and keeps a copy of each kind of that. */
export async function whenStopped(
  { template, command }: Subject,
  look: (directory: string, when: string) => void,
  act: (stopped: Stopped, directory: string) => Promise<void>,
): Promise<void> {
  await inCopy(template, async (directory) => {
    await withDirectory({}, async (elsewhere) => {
      const left: string[] = [];
      const copies = new Map<string, string>();
      const calls = await stopAfterEach(directory, command, isOnHost, async (made) => {
        const last = made.at(-1);
        look(directory, last === undefined ? "before it began" : `stopped after ${show(last)}`);
        const what = leftIn(directory);
        left.push(what);
        if (copies.has(what)) return;
        const copy = join(elsewhere, String(made.length));
        // Unlike cp of Node, it keeps hard links.
        await run("/", ["cp", "-a", directory, copy]);
        copies.set(what, copy);
      });
      const restore = async (copy: string): Promise<void> => {
        await rm(directory, { recursive: true, force: true });
        await rename(copy, directory);
      };
      await act({ calls, left, copies, restore }, directory);
    });
  });
}

/** What shows whether a file was replaced. The state is written by every run. */
function identities(directory: string): unknown {
  return ["watched", "watched/.promgen-agent", "state/last-known-good"].flatMap((place) =>
    namesIn(join(directory, place))
      .sort()
      .map((name) => ({ name: join(place, name), facts: lstatSync(join(directory, place, name)) }))
      .filter(({ facts }) => facts.isFile())
      .map(({ name, facts: { ino, mtimeMs } }) => [name, ino, mtimeMs]),
  );
}
