/** An inventory whose dist is of an older one: what a build there leaves when it is killed, and what is right afterwards. */
import { cpSync, readFileSync, readdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { lockedStagingPath } from "../../src/publish/staging-place.ts";
import { inCopy, inProcess, readFiles, withDirectory, writeFiles } from "../workplace.ts";
import { killAt, recordCalls, stopAfterEach } from "./strace.ts";
import type { Call } from "./strace.ts";

export const ARGS = ["build"];
export const STAGING = basename(lockedStagingPath("/dist"));
const OLD = ".dist.promgen-gen-old";

const inventory = (hosts: string): Record<string, string> => ({
  "promgen.yml": "artifacts: [all, services]\n",
  "targets/shards.yml": "shard: a\nservers: [p1]\n",
  "targets/services.yml": `service: s\nshard: a\nprojects:\n  - { name: p, hosts: ["${hosts}"], exporters: [{ job: node, port: 9100 }] }\n`,
});

export interface Worked {
  /** An inventory whose dist is of an older one. */
  readonly template: string;
  readonly old: Readonly<Record<string, string>>;
  readonly next: Readonly<Record<string, string>>;
}

/** Makes an inventory that was built, and changes it. */
export async function withOldDist<T>(act: (worked: Worked) => Promise<T>): Promise<T> {
  return await withDirectory(inventory("old[1-3].example.com"), async (template) => {
    await buildHere(template);
    const old = await readFiles(join(template, "dist"));
    await writeFiles(template, inventory("new[1-4].example.com"));
    const next = await inCopy(template, async (directory) => {
      await buildHere(directory);
      return await readFiles(join(directory, "dist"));
    });
    return await act({ template, old, next });
  });
}

async function buildHere(directory: string): Promise<void> {
  const ran = await inProcess(directory, (io) => build(io, { stdout: false, verbose: false }));
  if (ran.exit !== 0) throw new Error(`build ends with ${ran.exit}: ${ran.stderr}`);
}

/** Everything that a build touches, so that strace can look at that alone. */
export function pathsOf(directory: string, files: Readonly<Record<string, string>>): string[] {
  const below = new Set([""]);
  for (const file of Object.keys(files))
    for (const [index, step] of [...file].entries()) if (step === "/") below.add(`/${file.slice(0, index)}`);
  for (const file of Object.keys(files)) below.add(`/${file}`);
  return ["dist", STAGING, OLD].flatMap((name) => [...below].map((path) => `${directory}/${name}${path}`));
}

export type State = "old" | "new" | "absent";

/** Which generation lies in dist. Anything else than a whole one fails the test. */
export async function stateOf(directory: string, worked: Worked, when: string): Promise<State> {
  if ((await readdir(directory)).includes("dist")) return await wholeGeneration(join(directory, "dist"), worked, when);
  // Only between two renames, and then what was there lies beside it.
  await wholeGeneration(join(directory, OLD), worked, when);
  return "absent";
}

async function wholeGeneration(path: string, { old, next }: Worked, when: string): Promise<"old" | "new"> {
  const files = await readFiles(path);
  const state = isEqual(files, old) ? "old" : isEqual(files, next) ? "new" : undefined;
  assert.ok(state, `neither old nor new ${when}: ${Object.keys(files).sort().join(" ")}`);
  return state ?? "old";
}

function isEqual(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(files: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
}

export async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all([work(), work(), work()]);
}

/** The calls of a build in a copy of a directory. */
export async function callsIn(template: string, worked: Worked): Promise<Call[]> {
  return await inCopy(
    template,
    async (directory) => await recordCalls(directory, pathsOf(directory, worked.next), ARGS),
  );
}

export async function kill(directory: string, worked: Worked, call: Call): Promise<void> {
  await killAt(directory, pathsOf(directory, worked.next), ARGS, call);
}

/** What a build leaves: names and what is in them. Names that are made up for each build are all the same here. */
export function leftIn(directory: string): string {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length).replace(/-new-[0-9a-f]{16}/, "-new");
    return [name, entry.isFile() ? readFileSync(path, "utf8") : ""];
  });
  return JSON.stringify(entries.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)));
}

/** A build that was stopped after each of its calls, before which a kill leaves just that. */
export interface Stopped {
  readonly calls: readonly Call[];
  /** Before each of the calls: what lay there, and what that was. */
  readonly left: readonly string[];
  readonly states: readonly State[];
}

/** A copy of what lay there, and when it first did. */
interface Copy {
  readonly directory: string;
  readonly when: string;
}

/**
 * @param isKept whether to copy what lies there
 * @param act has these copies, one of each kind
 */
export async function whenStopped(
  template: string,
  worked: Worked,
  isKept: (what: string, when: string) => boolean,
  act: (stopped: Stopped, copies: ReadonlyMap<string, Copy>) => Promise<void>,
): Promise<void> {
  await withDirectory({}, async (elsewhere) => {
    const [left, states]: [string[], State[]] = [[], []];
    const copies = new Map<string, Copy>();
    const calls = await inCopy(
      template,
      async (directory) =>
        await stopAfterEach(directory, pathsOf(directory, worked.next), ARGS, async (made) => {
          const when = made.length === 0 ? "before the first call" : `after ${made.at(-1)?.text}`;
          states.push(await stateOf(directory, worked, when));
          const what = leftIn(directory);
          if (isKept(what, when) && !copies.has(what)) {
            const copy = join(elsewhere, String(made.length));
            cpSync(directory, copy, { recursive: true });
            copies.set(what, { directory: copy, when });
          }
          left.push(what);
        }),
    );
    await act({ calls, left: left.slice(0, calls.length), states: states.slice(0, calls.length) }, copies);
  });
}

/** After a build that went well: the new generation, and nothing beside it. */
export async function assertRecovers(directory: string, worked: Worked, when: string): Promise<void> {
  await buildHere(directory);
  assert.is(await stateOf(directory, worked, `built after ${when}`), "new");
  assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"], `built after ${when}`);
}
