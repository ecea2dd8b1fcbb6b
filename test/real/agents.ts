/** Every agent there is, and a host for it to work on. */
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import type { It } from "../describe.ts";
import { ROOT, isInstalled, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { publish, withSite } from "./artifacts.ts";
import type { Generation, Site } from "./artifacts.ts";

export interface Agent {
  readonly name: string;
  readonly command: readonly string[];
  /** Runs what follows the command; left out, that is a process. */
  readonly run?: (directory: string, args: readonly string[]) => Promise<Ran>;
}

export const SCRIPT = join(ROOT, "deploy/promgen-agent.sh");
export const AGENTS: Agent[] = [
  { name: "promgen-agent", command: [process.execPath, join(ROOT, "lib/promgen-agent.cjs")] },
];
for (const [name, shell] of [
  ["dash", ["dash"]],
  ["busybox ash", ["busybox", "ash"]],
] as const) {
  if (await isInstalled(shell[0])) AGENTS.push({ name: `promgen-agent.sh in ${name}`, command: [...shell, SCRIPT] });
  else notRun(`promgen-agent.sh in ${name}`, "not installed");
}

const [PROGRAM] = AGENTS as [Agent];

async function runAgentHere(directory: string, args: readonly string[]): Promise<Ran | undefined> {
  return await (await import("./agent-here.ts")).runAgentHere(directory, args);
}

const HERE: Agent = {
  ...PROGRAM,
  run: async (directory, args) =>
    (await runAgentHere(directory, args)) ?? (await run(directory, [...PROGRAM.command, ...args])),
};

/** The agents as their contract is tried: the one in Node in the process of the tests, where {@link whole} does not say otherwise. */
export const SUBJECTS: readonly Agent[] = [HERE, ...AGENTS.slice(1)];

/** The same agent as a process, for what only a process shows. */
export function whole(agent: Agent): Agent {
  return agent === HERE ? PROGRAM : agent;
}

/**
 * A suite for each agent. In all shells but the first one, the script runs only what `it` declares, which takes every line
 * of it; what `logic` declares shows what these lines come to, whatever the shell.
 */
export function describeEach(
  title: (name: string) => string,
  declare: (agent: Agent, it: It, logic: It) => void,
): void {
  for (const [index, agent] of SUBJECTS.entries())
    describe(title(agent.name), (it) => declare(agent, it, index < 2 ? it : () => {}));
}

/** What is put in the place of all values but some, where only the first shell tries all. */
export function some<T>(agent: Agent, all: readonly T[], these: readonly T[]): readonly T[] {
  return SUBJECTS.indexOf(agent) < 2 ? all : these;
}

/** One host: a directory that Prometheus watches, a state directory, a site to pull from. */
export interface AgentHost {
  readonly directory: string;
  readonly targets: string;
  readonly urls: string;
  readonly site: Site;
  readonly files: string;
  sync(...options: readonly string[]): Promise<Ran>;
  /** Publishes, and leaves the host as a first run does that takes it. Gives the bytes of both files. */
  begin(what: Generation): Promise<{ targets: string; urls: string }>;
  /** The command line of {@link sync}; of another agent, where one is named. */
  line(options: readonly string[], by?: Agent): readonly string[];
  /** What is in place. */
  inPlace(): Promise<{ targets: string; urls: string }>;
}

export async function onHost(agent: Agent, act: (host: AgentHost) => Promise<void>): Promise<void> {
  await withDirectory({}, async (directory) => {
    const files = join(directory, "site");
    const watched = join(directory, "etc");
    await mkdir(files);
    await mkdir(watched);
    await withSite(files, async (site) => {
      const targets = join(watched, "targets.json");
      const urls = join(watched, "urls.json");
      const places = ["--targets", targets, "--urls", urls, "--state", join(directory, "state")];
      const args = (options: readonly string[]): string[] => [
        "sync",
        ...(options.includes("--source") ? [] : ["--source", site.url]),
        ...(options.includes("--all-shards") ? [] : ["--shard", "tokyo-a"]),
        ...places,
        ...options,
      ];
      const line: AgentHost["line"] = (options, { command } = agent) => [...command, ...args(options)];
      const runAgent = agent.run ?? (async (where, words) => await run(where, [...agent.command, ...words]));
      await act({
        directory,
        targets,
        urls,
        site,
        files,
        sync: async (...options) => await runAgent(directory, args(options)),
        async begin(what) {
          const published = await publish(files, what);
          if (agent.command.includes(SCRIPT)) await leaveAsScript(directory);
          else assert.is((await runAgentHere(directory, args(["--no-proof", "--reload", "never"])))?.exit, 0);
          return published;
        },
        line,
        inPlace: async () => ({ targets: await readFile(targets, "utf8"), urls: await readFile(urls, "utf8") }),
      });
      // Whatever happened: nothing that Prometheus would take for targets, and no debris.
      const names = await readdir(watched).catch(() => [] as string[]);
      assert.equal(
        names.filter((name) => /\.(json|ya?ml)$/.test(name) && name !== "targets.json" && name !== "urls.json"),
        [],
      );
    });
  });
}

/** What a run of the script leaves that took what the site of the host has for tokyo-a. */
export async function leaveAsScript(directory: string): Promise<void> {
  const [shard, etc] = [join(directory, "site/shards/tokyo-a"), join(directory, "etc")];
  const staging = join(etc, ".promgen-agent");
  await mkdir(staging, { recursive: true, mode: 0o700 });
  await mkdir(join(directory, "state"), { recursive: true, mode: 0o700 });
  await writeFile(join(directory, "state/lock"), "", { mode: 0o600 });
  for (const name of ["targets.json", "urls.json"]) await cp(join(shard, name), join(etc, name));
  await writeFile(join(staging, "SHA256SUMS"), await readFile(join(shard, "SHA256SUMS")), { mode: 0o600 });
}
