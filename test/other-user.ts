/**
 * The programs of this checkout as another user runs them, also where the checkout or Node is closed to others, as all is in
 * root's home.
 */
import { rmSync } from "node:fs";
import { cp, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT, run } from "./workplace.ts";

export const NOBODY = 65_534;

/** A command as the user runs it: only root can have that done. It names Node and programs of this checkout where they lie. */
export async function commandOf(user: number, command: readonly string[]): Promise<readonly string[]> {
  return [...become(user), ...(await openCommand(command))];
}

/** The command with paths that every user can read. */
export async function openCommand(command: readonly string[]): Promise<readonly string[]> {
  node ??= open(dirname(process.execPath), ["node"]);
  checkout ??= open(ROOT, ["lib", "deploy", "package.json"]);
  const moved = new Map([
    [dirname(process.execPath), await node],
    [ROOT, await checkout],
  ]);
  return command.map((word) => {
    const from = [...moved.keys()].find((directory) => word.startsWith(`${directory}/`));
    return from === undefined ? word : `${moved.get(from)}${word.slice(from.length)}`;
  });
}

let node: Promise<string> | undefined;
let checkout: Promise<string> | undefined;

function become(user: number): readonly string[] {
  return ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--"];
}

/** The directory, where everybody may read these entries of it; else one with copies, which is gone when this process ends. */
async function open(directory: string, names: readonly string[]): Promise<string> {
  const paths = names.map((name) => join(directory, name));
  const found = await run("/", [...become(NOBODY), "find", ...paths, "-prune", "-readable"]);
  if (found.stdout.split("\n").length > names.length) return directory;
  const copies = await realpath(await mkdtemp(join(tmpdir(), "promgen-gen-test-open-")));
  process.once("exit", () => rmSync(copies, { recursive: true, force: true }));
  for (const name of names) await cp(join(directory, name), join(copies, name), { recursive: true });
  await run("/", ["chmod", "-R", "a+rX", copies]);
  return copies;
}
