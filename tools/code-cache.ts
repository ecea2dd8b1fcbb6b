/**
 * What is made by running the bundled program: the code caches, which hold the functions that it ran, and its help.
 */
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runBundle } from "../src/bundle.ts";
import { readArguments } from "../src/commands/arguments.ts";
import type { Io } from "../src/io.ts";
import { ROOT } from "./files.ts";

type Program = typeof import("../src/commands/program.ts");
type Usage = typeof import("../src/commands/usage.ts");

/** What no run needs is compiled when it is needed: a larger cache would cost every run. */
const RUNS = [["validate"], ["build"]];

/** The code cache of a bundle, for cachePath of src/bundle.ts. */
export interface CodeCache {
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
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(directory, "lib", path)), { recursive: true });
      await writeFile(join(directory, "lib", path), content);
    }
    await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
    for (const name of ["promgen.yml", "targets"])
      await cp(join(ROOT, name), join(directory, name), { recursive: true });
    const run = (name: string): ReturnType<typeof runBundle> => {
      const path = join(directory, "lib", name);
      return runBundle(path, readFileSync(path), undefined);
    };
    const usage = run("usage.js");
    const program = run("program.js");
    const help = readHelp(usage.exports as Usage);
    await runOverExample(program.exports as Program, directory);
    const cache = (bundle: string, { script }: typeof usage): CodeCache => {
      return { bundle, bytes: Buffer.concat([Buffer.from(files.get(bundle) ?? ""), script.createCachedData()]) };
    };
    return { caches: [cache("usage.js", usage), cache("program.js", program)], help };
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

async function runOverExample({ runCommand }: Program, directory: string): Promise<void> {
  for (const run of RUNS) {
    const command = readArguments(run);
    const exit = command && (await runCommand(command, makeIo(directory)));
    if (exit !== 0) throw new Error(`${run.join(" ")} of the example inventory ended with ${exit}`);
  }
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
