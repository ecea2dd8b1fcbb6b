/**
 * What is made by running the bundled program: the code caches, which hold the functions that it ran, and its help.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { bundleOf, packCache, runBundle } from "../src/bundle.ts";
import { readArguments } from "../src/commands/arguments.ts";
import type { ExitCode } from "../src/exit.ts";
import { EXIT } from "../src/exit.ts";
import type { Io } from "../src/io.ts";
import { ROOT } from "./files.ts";

type Program = typeof import("../src/commands/program.ts");
type Usage = typeof import("../src/commands/usage.ts");

/** What none of these runs needs is compiled when it is needed: a larger cache costs every start. */
const RUNS = [["validate"], ["build"], ["explain", "payments"], ["plan", "--published", "dist"]];

/** A file of the example inventory that a plan finds changed. */
const CHANGED = "targets/services/payments.yml";

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
  // In a repository of its own: ours may be in any state.
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
    const runOver = async (args: readonly string[], expected: ExitCode): Promise<void> => {
      const command = readArguments(args) ?? usage.readUsage(args, "");
      if (typeof command === "number") throw new Error(`${args.join(" ")} is no command`);
      const { runCommand } = load(join(lib, bundleOf(command.verb))) as Program;
      const exit = await runCommand(command, makeIo(directory));
      if (exit !== expected) throw new Error(`${args.join(" ")} of the example inventory ended with ${exit}`);
    };
    for (const run of RUNS) await runOver(run, EXIT.ok);
    if (await commitAll(directory)) {
      const changed = join(directory, CHANGED);
      const text = await readFile(changed, "utf8");
      const other = text.replace("api[01-20]", "api[02-21]");
      if (other === text) throw new Error(`${CHANGED} has no api[01-20] any more`);
      await writeFile(changed, other);
      await runOver(["plan"], EXIT.ok);
    }
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

/** Commits a directory, by no configuration but this. False where there is no Git: nothing asks it there, either. */
async function commitAll(directory: string): Promise<boolean> {
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const author = ["-c", "user.name=build", "-c", "user.email=build@localhost"];
  try {
    for (const args of [
      ["init", "-q", "-b", "main"],
      ["add", "-A"],
      [...author, "commit", "-q", "-m", "build"],
    ])
      await promisify(execFile)("git", args, { cwd: directory, env });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function readHelp({ readUsage }: Usage): string {
  let help = "";
  const writeOut = (part: string): void => void (help += part);
  readUsage(["--help"], "", { writeOut, getOutHelpWidth: () => 80 });
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
