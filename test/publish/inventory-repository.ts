/** A repository with an inventory, to publish from. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { plan } from "../../src/commands/plan.ts";
import type { Io } from "../../src/io.ts";
import type { PlanOptions } from "../../src/commands/plan.ts";
import { publish } from "../../src/commands/publish.ts";
import type { PublishOptions } from "../../src/commands/publish.ts";
import { EnvironmentError } from "../../src/exit.ts";
import type { Manifest } from "../../src/publish/read-manifest.ts";
import { withMade } from "../snapshot.ts";
import { commitAll, environment, git, inProcess, run, writeFiles } from "../workplace.ts";
import type { Files, Ran } from "../workplace.ts";

/** Seconds since 1970 of the first commit. */
export const FIRST = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

/** Where publishing takes a third of the processes that a branch does, seen from the repository. */
export const OUT = "../out";
export const TO_OUT = { to: { directory: OUT } };

const ARTIFACTS = { branch: { branch: "artifacts", remote: undefined } };

/** Two shards, and 20 hosts in one of them. */
export const SHOP: Files = {
  "promgen.yml": "exporters:\n  node: { port: 9100 }\n",
  "targets/shards.yml": "shard: tokyo-a\nservers: [prom1]\n---\nshard: osaka-a\nservers: [prom2]\n",
  "targets/web.yml": web(20),
  "targets/osaka.yml":
    "service: osaka\nshard: osaka-a\nprojects:\n  - { name: osaka-api, hosts: [o1, o2], exporters: [node] }\n",
};

/** The file of a service with so many hosts. */
export function web(hosts: number): string {
  const range = hosts === 1 ? "w01" : `"w[01-${String(hosts).padStart(2, "0")}]"`;
  return `service: web\nshard: tokyo-a\nprojects:\n  - { name: web-front, hosts: [${range}], exporters: [node] }\n`;
}

/** A repository with a first commit of these files, in a directory `work` of its own. */
export async function withInventory<T>(files: Files, act: (repository: string) => Promise<T>): Promise<T> {
  return await withMade(
    `inventory ${JSON.stringify(files)}`,
    async (directory) => await makeInventory(join(directory, "work"), files),
    async (directory) => await act(join(directory, "work")),
  );
}

/** The same, and published as `publishFrom` does where the options do not say otherwise. */
export async function withPublished<T>(
  files: Files,
  options: Partial<PublishOptions>,
  act: (repository: string) => Promise<T>,
): Promise<T> {
  return await withMade(
    `published ${JSON.stringify([files, options])}`,
    async (directory) => {
      await makeInventory(join(directory, "work"), files);
      const ran = await publishFrom(join(directory, "work"), options);
      if (ran.exit !== 0) throw new Error(ran.stderr);
    },
    async (directory) => await act(join(directory, "work")),
  );
}

/** Makes a repository with a first commit of these files; the directory above it is there. */
export async function makeInventory(repository: string, files: Files): Promise<void> {
  await git(dirname(repository), "init", "--quiet", repository);
  await commit(repository, files);
}

/** Commits these files, and gives the id. @param seconds after the first commit; @param message of the commit */
export async function commit(repository: string, files: Files, seconds = 0, message = "change"): Promise<string> {
  await writeFiles(repository, files);
  const date = `${FIRST + seconds} +0000`;
  return await commitAll(repository, message, { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
}

export interface Circumstances {
  readonly env?: NodeJS.ProcessEnv;
  /** Seconds after the first commit. */
  readonly now?: number;
  /** Happens when the inventory is about to be read. */
  readonly meanwhile?: () => void;
}

/** Runs `publish branch`, where the options do not say otherwise. What it refuses is on `stderr` with exit code 2. */
export async function publishFrom(
  repository: string,
  options: Partial<PublishOptions> = {},
  { env = {}, now = 0, meanwhile = () => {} }: Circumstances = {},
): Promise<Ran> {
  const all: PublishOptions = {
    to: ARTIFACTS,
    published: undefined,
    base: undefined,
    accept: [],
    acceptRewrite: undefined,
    sign: undefined,
    unsigned: false,
    verbose: false,
    ...options,
  };
  try {
    return await inProcess(repository, async (io) => {
      let looks = 0;
      const clock = (): number => {
        if (++looks === 2) meanwhile();
        return (FIRST + now) * 1000;
      };
      const own = { ...io, env: { ...environment(repository), ...env }, now: clock };
      return await publish(own, all);
    });
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { exit: 2, signal: undefined, stdout: "", stderr: `${error.message}\n${error.hint ?? ""}` };
  }
}

/** The same to the directory `OUT`. */
export async function publishOut(
  repository: string,
  options: Partial<PublishOptions> = {},
  circumstances: Circumstances = {},
): Promise<Ran> {
  return await publishFrom(repository, { ...TO_OUT, ...options }, circumstances);
}

/** Runs `plan`, where the options do not say otherwise. Throws EnvironmentError for what it refuses. */
export async function planFrom(
  repository: string,
  options: Partial<PlanOptions> = {},
  env: Io["env"] = {},
): Promise<Ran> {
  const all: PlanOptions = {
    base: undefined,
    published: undefined,
    format: "text",
    exitCode: false,
    accept: [],
    verbose: false,
    ...options,
  };
  return await inProcess(
    repository,
    async (io) => await plan({ ...io, env: { ...environment(repository), ...env }, now: () => FIRST * 1000 }, all),
  );
}

/** The first digest by which a refused plan is accepted. */
export function digestIn(text: string): string {
  return /--accept (sha256:[0-9a-f]{64})/.exec(text)?.[1] ?? "";
}

/** A file of the artifact branch, or of `OUT`. */
export async function published(repository: string, path: string, place = "artifacts"): Promise<string> {
  if (place === OUT) return await readFile(join(repository, place, path), "utf8");
  const ran = await run(repository, ["git", "cat-file", "blob", `${place}:${path}`]);
  if (ran.exit !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}

/** The first line of a shard's SHA256SUMS. */
export async function headerOf(repository: string, shard: string, place?: string): Promise<string> {
  return (await published(repository, `shards/${shard}/SHA256SUMS`, place)).split("\n")[0] ?? "";
}

export async function manifestOf(repository: string, place?: string): Promise<Manifest> {
  return JSON.parse(await published(repository, "manifest.json", place)) as Manifest;
}

/** How often was published. */
export async function countGenerations(repository: string, branch = "artifacts"): Promise<number> {
  const ran = await run(repository, ["git", "rev-list", "--count", branch]);
  return ran.exit === 0 ? Number(ran.stdout) : 0;
}
