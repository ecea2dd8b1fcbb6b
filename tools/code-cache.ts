/**
 * What is made by running the bundled program: its code cache, which holds the functions that it ran, and its help.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runBundle } from "../src/bundle.ts";
import type { Io } from "../src/io.ts";
import { ROOT } from "./files.ts";

type Program = typeof import("../src/commands/program.ts");

/** What no run needs is compiled when it is needed: a larger cache would cost every run. */
const RUNS = [["validate"], ["build"]];

/** The help as it is printed where there is no terminal. */
export async function helpText(path: string, bundle: Uint8Array): Promise<string> {
  const { runProgram } = runBundle(path, bundle, undefined).exports as Program;
  let text = "";
  const writeOut = (part: string): void => void (text += part);
  await runProgram(["--help"], makeIo, { writeOut, getOutHelpWidth: () => 80 });
  return text;
}

/** The code cache of a bundle, for cachePath of src/bundle.ts. @param path where the bundle will lie */
export async function makeCodeCache(path: string, bundle: Uint8Array): Promise<Uint8Array> {
  const { exports, script } = runBundle(path, bundle, undefined);
  const { runProgram } = exports as Program;
  // Outside of Git, whose state is nothing to depend on here.
  const directory = await mkdtemp(join(tmpdir(), "promgen-gen-build-"));
  try {
    for (const name of ["promgen.yml", "targets"])
      await cp(join(ROOT, name), join(directory, name), { recursive: true });
    for (const run of RUNS) {
      const exit = await runProgram(["-C", directory, ...run], makeIo);
      if (exit !== 0) throw new Error(`${run.join(" ")} of the example inventory ended with ${exit}`);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return Buffer.concat([bundle, script.createCachedData()]);
}

function makeIo(directory = ROOT): Io {
  const output = { write: () => {}, isTerminal: false };
  return {
    stdout: output,
    stderr: output,
    env: {},
    cwd: directory,
    resources: pathToFileURL(join(ROOT, "src/")),
    version: "0.0.0",
    now: () => Date.now(),
  };
}
