/** The files in place and what they lie in. */
import { constants } from "node:fs";
import { access, realpath, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Census } from "../check/census.ts";
import { checkFile, checkLimits } from "../check/check-file.ts";
import type { FileName, PlaceConfig } from "../config.ts";
import { readPointer } from "../core/pointer.ts";
import type { Pointer } from "../core/pointer.ts";
import type { Disk, FileFacts } from "../disk/disk.ts";
import { Failure } from "../failure.ts";
import { isRemote, mountOf, mountsOf } from "./mounts.ts";
import type { Row } from "./row.ts";
import { failed, ok, trouble, warning } from "./row.ts";

/** A file as it was found, for who looks further. */
export interface FoundFile {
  readonly name: FileName;
  readonly path: string;
  readonly facts: FileFacts;
  /** Undefined where it is not valid. */
  readonly census: Census | undefined;
}

/** Below this, trouble is near. */
const LITTLE_BYTES = 16 << 20;

/** Looks at the directories and at the files of this host. */
export async function lookAtPlace(
  config: PlaceConfig,
  disk: Disk,
): Promise<{ readonly rows: Row[]; readonly files: FoundFile[] }> {
  const rows: Row[] = [];
  const files: FoundFile[] = [];
  const directories = new Set(disk.names.map((name) => dirname(disk.path(name))));
  for (const directory of directories) rows.push(...(await lookAtWatched(directory, config)));
  rows.push(...(await lookAtState(config.state)));
  for (const name of disk.names) {
    const { rows: ofFile, file } = await lookAtFile(name, config, disk);
    rows.push(...ofFile);
    if (file !== undefined) files.push(file);
  }
  const largest = Math.max(0, ...files.map(({ facts }) => facts.bytes));
  for (const directory of new Set([...directories, config.state]))
    rows.push(...(await lookAtSpace(directory, largest)));
  return { rows, files };
}

async function lookAtWatched(directory: string, { allowSymlinks }: PlaceConfig): Promise<Row[]> {
  const facts = await stat(directory).catch(() => undefined);
  if (facts === undefined || !facts.isDirectory())
    return [
      trouble(
        "directory",
        "disk",
        `there is no directory ${directory}: a Prometheus that runs without it does not watch it when it comes`,
        "create it, run promgen-agent sync, then restart Prometheus",
      ),
    ];
  const rows: Row[] = [];
  const real = await realpath(directory);
  if (real !== directory) {
    const what = `${directory} leads through a symbolic link to ${real}: Prometheus does not notice when the link changes`;
    const help = `say ${real} in --targets and in file_sd_configs`;
    rows.push(allowSymlinks ? warning("symlink", what, help) : trouble("symlink", "unsafe-path", what, help));
  }
  rows.push(await lookAtRights(directory));
  const type = mountOf((await mountsOf("self")) ?? new Map(), real)?.type;
  if (type !== undefined && isRemote(type))
    rows.push(
      warning(
        "file-system",
        `${directory} is on ${type}: Prometheus is not told of changes there that another machine makes`,
        "let the agent run on this host, or set a short refresh_interval in file_sd_configs",
      ),
    );
  return rows;
}

async function lookAtState(directory: string): Promise<Row[]> {
  const facts = await stat(directory).catch(() => undefined);
  if (facts === undefined)
    return [
      warning("directory", `there is no state directory ${directory} yet`, "run promgen-agent sync: it makes it"),
    ];
  return [await lookAtRights(directory)];
}

async function lookAtRights(directory: string): Promise<Row> {
  const isWritable = await access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (isWritable) return ok("writable", `${directory} can be written to`);
  return trouble(
    "writable",
    "permission",
    `the user of promgen-agent may not write to ${directory}`,
    "give the directory to that user, or run doctor as that user",
  );
}

async function lookAtSpace(directory: string, largest: number): Promise<Row[]> {
  const facts = await statfs(directory).catch(() => undefined);
  if (facts === undefined || facts.blocks === 0) return [];
  const free = facts.bavail * facts.bsize;
  const what = `${Math.floor(free / (1 << 20))} MiB are free on the file system of ${directory}`;
  if (free < 2 * largest)
    return [trouble("space", "disk-full", `${what}, too little for the next swap`, "free some space there")];
  return [free < LITTLE_BYTES ? warning("space", what, "free some space there") : ok("space", what)];
}

async function lookAtFile(name: FileName, config: PlaceConfig, disk: Disk): Promise<{ rows: Row[]; file?: FoundFile }> {
  const path = disk.path(name);
  const rows: Row[] = [];
  try {
    if ((await mountsOf("self"))?.has(path) === true) rows.push(bindMount(path, "the agent"));
    const facts = await disk.look(name);
    if (facts === undefined) {
      rows.push(
        trouble("targets", "disk", `there is no ${path}: Prometheus has no targets of it`, "run promgen-agent sync"),
      );
      return { rows };
    }
    if (facts.mode !== config.mode)
      rows.push(
        warning(
          "mode",
          `${path} has mode ${octal(facts.mode)} instead of ${octal(config.mode)}`,
          "run promgen-agent sync; chmod alone does not make Prometheus read it again",
        ),
      );
    const { census, row } = await check(name, path, disk);
    rows.push(row);
    return { rows, file: { name, path, facts, census } };
  } catch (error) {
    return { rows: [...rows, failed("targets", error)] };
  }
}

/** The servers' defaults, as the SHA256SUMS of what is in place names them. */
async function timesInPlace(disk: Disk): Promise<Pointer["times"]> {
  const kept = await disk.keptPointer();
  try {
    return kept === undefined ? {} : readPointer(kept.sums).times;
  } catch {
    // Another row says what is wrong with it.
    return {};
  }
}

async function check(name: FileName, path: string, disk: Disk): Promise<{ census: Census | undefined; row: Row }> {
  try {
    const census = await checkFile(name, disk.read(name) ?? empty(), checkLimits(await timesInPlace(disk)));
    return { census, row: ok("targets", `${path} is valid and has ${census.targets} targets`) };
  } catch (error) {
    if (!(error instanceof Failure) || error.reason !== "invalid") throw error;
    const what = `${path} is not valid: ${error.message}; a Prometheus that starts now has no targets of it`;
    return {
      census: undefined,
      row: trouble("targets", "invalid", what, "run promgen-agent sync: it puts back what is verified"),
    };
  }
}

/** Replacing the file gives its name to another file, and the mount stays with the former. */
export function bindMount(path: string, who: string): Row {
  return trouble(
    "bind-mount",
    "unsafe-path",
    `${path} is mounted by itself for ${who}: a file that replaces it is never seen there`,
    "mount the directory instead of the file",
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

async function* empty(): AsyncGenerator<Uint8Array> {}
