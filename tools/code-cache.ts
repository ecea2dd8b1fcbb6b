/**
 * What is made by running the bundled program: the code caches, which hold the functions that it ran, and its help.
 */
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { packCache, runBundle } from "../src/bundle.ts";
import { readArguments } from "../src/commands/arguments.ts";
import type { ExitCode } from "../src/exit.ts";
import { EXIT } from "../src/exit.ts";
import type { Io } from "../src/io.ts";
import { ROOT } from "./files.ts";

type Program = typeof import("../src/commands/program.ts");
type Usage = typeof import("../src/commands/usage.ts");

/** What none of these runs needs is compiled when it is needed: a larger cache costs every start. */
const RUNS = [["validate"], ["build"], ["explain", "payments"], ["plan", "--published", "dist"]];

/** And mistakes: clean files do without the parsers of YAML. */
const BROKEN = [
  "owner: a: b",
  'owner: "a',
  "shard: [ a",
  "\ta: b",
  " - a",
  "a: b\n c: d",
  "labels: {\n}\nowner: |\n  a",
];

/** The code cache of a bundle, for cachePath of src/bundle.ts. */
export interface CodeCache {
  /** Path of the bundle, below lib/. */
  readonly bundle: string;
  readonly bytes: Uint8Array;
}

/**
 * Runs bundles, in a copy, over the example inventory.
 *
 * @param files everything that is built, by its path below lib/
 * @returns code caches, and the help as it is printed where there is no terminal
 */
export async function runBundles(
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<{ caches: readonly CodeCache[]; help: string }> {
  // Outside of Git, whose state is nothing to depend on here.
  const directory = await mkdtemp(join(tmpdir(), "promgen-gen-build-"));
  const lib = join(directory, "lib");
  const ran = new Map<string, ReturnType<typeof runBundle>>();
  const load = (path: string): unknown => {
    if (!ran.has(path)) ran.set(path, runBundle(path, readFileSync(path), undefined, load));
    return ran.get(path)?.exports;
  };
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(lib, path)), { recursive: true });
      await writeFile(join(lib, path), content);
    }
    await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
    for (const name of ["promgen.yml", "targets"])
      await cp(join(ROOT, name), join(directory, name), { recursive: true });
    const usage = load(join(lib, "usage.js")) as Usage;
    const help = readHelp(usage);
    const { runCommand } = load(join(lib, "program.js")) as Program;
    const runOver = async (args: readonly string[], expected: ExitCode): Promise<void> => {
      const command = readArguments(args) ?? usage.readUsage(args);
      const exit = typeof command === "number" ? command : await runCommand(command, makeIo(directory));
      if (exit !== expected) throw new Error(`${args.join(" ")} of the example inventory ended with ${exit}`);
    };
    for (const run of RUNS) await runOver(run, EXIT.ok);
    // Whoever works in a Git checkout needs it; here it is only loaded, which takes the most of its time.
    load(join(lib, "simple-git.js"));
    for (const [index, text] of BROKEN.entries())
      await writeFile(join(directory, `targets/broken-${index}.yml`), `service: a\n${text}\n`);
    await runOver(["validate"], EXIT.findings);
    const caches = [...ran].map(([path, { script }]) => {
      const bundle = relative(lib, path);
      return { bundle, bytes: packCache(Buffer.from(files.get(bundle) ?? ""), script.createCachedData()) };
    });
    return { caches, help };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function readHelp({ readUsage }: Usage): string {
  let help = "";
  const writeOut = (part: string): void => void (help += part);
  readUsage(["--help"], { writeOut, getOutHelpWidth: () => 80 });
  return help;
}

function makeIo(cwd: string): Io {
  const output = { write: () => {}, isTerminal: false };
  return {
    stdout: output,
    stderr: output,
    env: {},
    cwd,
    resources: join(cwd, "lib"),
    version: "0.0.0",
    now: () => Date.now(),
  };
}
