/** Every agent there is, and a host for it to work on. */
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { notRun } from "../describe.ts";
import { ROOT, isInstalled, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { withSite } from "./artifacts.ts";
import type { Site } from "./artifacts.ts";

export interface Agent {
  readonly name: string;
  readonly command: readonly string[];
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

/** One host: a directory that Prometheus watches, a state directory, a site to pull from. */
export interface AgentHost {
  readonly directory: string;
  readonly targets: string;
  readonly urls: string;
  readonly site: Site;
  readonly files: string;
  sync(...options: readonly string[]): Promise<Ran>;
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
      const line: AgentHost["line"] = (options, { command } = agent) => [
        ...command,
        "sync",
        ...(options.includes("--source") ? [] : ["--source", site.url]),
        ...(options.includes("--all-shards") ? [] : ["--shard", "tokyo-a"]),
        ...places,
        ...options,
      ];
      await act({
        directory,
        targets,
        urls,
        site,
        files,
        sync: async (...options) => await run(directory, line(options)),
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
