/** Hosts on which promgen-agent is killed, and two generations for them, signed. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isInstalled, readFiles, ROOT, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { addresses, publish } from "./artifacts.ts";
import { record, straceTrouble } from "./killing.ts";
import type { Call, Subject } from "./killing.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
export const FILES = ["targets.json", "urls.json"] as const;
const OLD = 1_700_000_000;
export const NEW = 1_700_001_000;

/** The files of a generation, by name. */
type Artifacts = Readonly<Record<string, string>>;

/** Hosts before a run, and both generations. */
export interface Hosts {
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
    await succeed(at("outdated"));
    const next = await release(at("outdated"), NEW, 4);
    await cp(at("outdated"), at("updated"), { recursive: true, preserveTimestamps: true });
    await succeed(at("updated"));
    await act({ empty: at("empty"), outdated: at("outdated"), updated: at("updated"), old, next });
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
