/**
 * One artifact → a file of somebody's choice. Only an artifact, or nothing, gives way to it: a slip of the hand must not cost
 * a file of the inventory.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { CONFIG_FILE } from "../model/config.ts";
import { attempt } from "../publish/attempt.ts";
import { makeDirectories } from "../publish/make-directories.ts";
import { liesIn, realTarget } from "../publish/real-target.ts";
import type { Judged } from "./judged.ts";

/**
 * Writes it in one step; a symbolic link is followed. Throws EnvironmentError where something else is in that place, where it
 * belongs to the inventory or to Git, and where the disk fails.
 *
 * @param out `--out`, relative to `io.cwd`
 */
export function writeSingleFile(io: Io, judged: Judged, out: string, bytes: Uint8Array): void {
  const path = resolve(io.cwd, out);
  // First, since of a pipe there is no real path.
  const facts = attempt(`write ${path}`, () => statSync(path, { throwIfNoEntry: false }));
  if (facts?.isDirectory() === true)
    throw new EnvironmentError(`cannot write ${path}: it is a directory`, "name the file to write, not a directory");
  if (facts !== undefined && !facts.isFile())
    throw new EnvironmentError(
      `cannot write ${path}: it is no regular file`,
      "print the artifact with --stdout instead",
    );
  const target = attempt(`write ${path}`, () => realTarget(path));
  refusePlace(io, judged, path, target);
  if (facts !== undefined && !attempt(`read ${path}`, () => isArtifact(readFileSync(target, "utf8"))))
    throw new EnvironmentError(
      `${path} holds something that is not an artifact`,
      "name another file with --out, or move that away: it would be replaced",
    );
  write(path, target, bytes);
}

function refusePlace(io: Io, { inventory, links }: Judged, path: string, target: string): void {
  const help = "name a file in another place with --out";
  const placeOf = (name: string): string => attempt(`find ${name}`, () => realTarget(resolve(io.cwd, name)));
  if (target === placeOf(CONFIG_FILE)) throw new EnvironmentError(`${path} is the inventory's ${CONFIG_FILE}`, help);
  if ([inventory.config.inventory, ...links].some((name) => liesIn(target, placeOf(name))))
    throw new EnvironmentError(`${path} lies in the inventory`, help);
  if (/(?:^|[\\/])\.git(?:$|[\\/])/.test(target))
    throw new EnvironmentError(`${path} lies in Git's own directory`, help);
}

/** An empty file, or JSON of target groups. */
function isArtifact(text: string): boolean {
  if (text === "") return true;
  try {
    const groups: unknown = JSON.parse(text);
    return Array.isArray(groups) && groups.every(isTargetGroup);
  } catch {
    return false;
  }
}

function isTargetGroup(group: unknown): boolean {
  return typeof group === "object" && group !== null && "targets" in group && Array.isArray(group.targets);
}

function write(path: string, target: string, bytes: Uint8Array): void {
  const directory = dirname(target);
  attempt(`make ${directory}`, () => makeDirectories(directory), {
    EEXIST: "a part of the path is a file",
    ENOENT: "nothing can be made in that place: name another file with --out",
  });
  // Two that write at once would mix in one of the same name.
  const temporary = join(directory, `.${basename(target)}.promgen-gen-new-${randomBytes(8).toString("hex")}`);
  attempt(`write ${path}`, () => {
    try {
      writeFileSync(temporary, bytes, { mode: 0o644, flag: "wx" });
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}
