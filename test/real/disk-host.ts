/** A host whose disk somebody works on: its directories, and the program that does there what a run of the agent does. */
import { chmod, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import * as assert from "uvu/assert";
import type { PlaceConfig } from "../../src/agent/config.ts";
import { ROOT, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { carryOut } from "./disk-deeds.ts";
import type { Order, Outcome } from "./disk-deeds.ts";

export const OLD = { targets: "old targets", urls: "old urls" };
export const NEW = { targets: "new targets, more of them", urls: "new urls" };

/** The directories of a place below one directory, and the program at work there. */
export function order(directory: string, rest: Partial<Order> = {}, place: Partial<PlaceConfig> = {}): Order {
  const paths = { targets: join(directory, "watched/targets.json"), urls: join(directory, "watched/urls.json") };
  const whole = { ...paths, state: join(directory, "state"), mode: 0o644, allowSymlinks: false, ...place };
  return { place: whole, deed: "install", ...rest };
}

/** The program, once it was asked for. */
let bundled: Promise<Uint8Array> | undefined;

async function bundle(): Promise<Uint8Array> {
  const entryPoints = [join(ROOT, "test/real/disk-program.ts")];
  const { outputFiles } = await build({ entryPoints, bundle: true, platform: "node", format: "cjs", write: false });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild made no program");
  return file.contents;
}

/** Writes the program that does on disk what a run does, and removes it afterwards. */
export async function withProgram<T>(act: (program: string) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    const program = join(directory, "program.cjs");
    await writeFile(program, await (bundled ??= bundle()));
    // Other users run it, too.
    await chmod(directory, 0o755);
    return await act(program);
  });
}

/** The program and a place where the old generation is installed. */
export async function withOld<T>(act: (directory: string, program: string) => Promise<T>): Promise<T> {
  return await withProgram(async (program) => {
    return await withDirectory({}, async (directory) => {
      await install(order(directory, OLD));
      return await act(directory, program);
    });
  });
}

/** In the process of the tests. */
export async function install(what: Order): Promise<void> {
  const { exit, message } = await carryOut(what, () => {});
  if (exit !== 0) throw new Error(`${exit}: ${message}`);
}

/** Runs the program, if need be by way of another one. */
export async function obey(program: string, what: Order, by: readonly string[] = []): Promise<Ran> {
  return await run("/", [...by, process.execPath, program, JSON.stringify(what)]);
}

export function outcomeOf(ran: Ran, when = ""): Outcome {
  assert.ok(ran.stdout.startsWith("{"), `${when}: ${ran.exit} ${ran.signal} ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Outcome;
}

/** What lies in place, by the names of the generations. */
export async function inPlace(directory: string): Promise<string[]> {
  const texts = ["targets", "urls"].map(async (name) => {
    const text = await readFile(join(directory, `watched/${name}.json`), "utf8").catch(() => "absent");
    return text.replace(/ .*/, "");
  });
  return await Promise.all(texts);
}

/** Names of unfinished files and directories. */
export async function unfinished(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).filter((name) => /\.new(\/|$)|\.old(\/|$)/.test(name));
}
