/**
 * What is published, as one side of a plan. Every file that it is made of has the digest that the manifest and the shard's
 * SHA256SUMS say, or it is not taken.
 */
import { lstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import type { GroupLine, ShardSide, Side } from "../plan/side.ts";
import { sha256 } from "../render/sha256.ts";
import { attempt } from "./attempt.ts";
import { readGroupLines } from "./group-lines.ts";
import { hasPublishedBranch, openPublishedBranch, withPublishedRemote } from "./published-branch.ts";
import { openPublishedDirectory } from "./published-directory.ts";
import { readNeeded } from "./published-place.ts";
import type { PublishedFiles, Wanted } from "./published-place.ts";
import { openPublishedUrl } from "./published-url.ts";
import { readSums } from "./read-sums.ts";
import { readManifest } from "./read-manifest.ts";
import type { Manifest, ManifestShard } from "./read-manifest.ts";
import { realTarget } from "./real-target.ts";
import { replacedPath } from "./staging-place.ts";

export type { Manifest } from "./read-manifest.ts";

export interface Published extends Side {
  readonly manifest: Manifest;
}

/** In bytes: more than a manifest of ten thousand shards, and far more than a SHA256SUMS has. */
const MOST_MANIFEST = 64 * 1024 * 1024;
const MOST_SUMS = 64 * 1024;
const SIGNATURE: Wanted = { path: "manifest.json.sig", limit: MOST_SUMS };

/**
 * Reads what is published. `undefined` where nothing ever was: the directory is absent or empty, the repository does not
 * have the branch, or the server answers that there is no manifest. Of a directory that somebody who was killed has only half
 * replaced, it is the one before.
 *
 * @param where as `withPublished` takes it
 * Throws EnvironmentError where something is there and cannot be read: without it, nobody knows what would be lost.
 */
export async function readPublished(where: string, io: Io): Promise<Published | undefined> {
  return await withPublished(where, io, async (files) => {
    const manifest = files && (await manifestOf(files));
    return manifest && (await sideOf(files, manifest));
  });
}

/**
 * Opens the files that are published, for as long as something is done with them: `undefined` where there is no such place.
 *
 * @param where a URL, `https://…` or `http://…`; a directory; a branch, as `branch:<name>`, `<name>` or
 *   `git+https://…#<branch>`, also with ssh and file; or the id of a commit
 */
export async function withPublished<T>(
  where: string,
  io: Io,
  act: (files: PublishedFiles | undefined) => Promise<T>,
): Promise<T> {
  if (/^git\+/i.test(where)) return await withPublishedRemote(where, io, act);
  if (/^https?:\/\//i.test(where)) return await act(openPublishedUrl(where));
  const branch = /^branch:(?<name>.*)$/s.exec(where)?.groups?.["name"];
  if (branch !== undefined) return await act(await openPublishedBranch(branch, io));
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(where))
    throw new EnvironmentError(
      `${showText(where)} is no address that artifacts are read from`,
      "name one that begins with `https://` or `http://`, a directory by its path, `branch:<name>`, or `git+https://…#<branch>`",
    );
  return await act(await openPlain(where, io));
}

/** Whether what is published has signatures. Throws EnvironmentError where that cannot be told. */
export async function isPublishedSigned(where: string, io: Io): Promise<boolean> {
  return await withPublished(where, io, async (files) => {
    const [signature] = files === undefined ? [] : await readNeeded(files, [SIGNATURE]);
    return signature !== undefined;
  });
}

/** The manifest; `undefined` where a server has none. */
export async function manifestOf(files: PublishedFiles): Promise<Manifest | undefined> {
  const [bytes] = await readNeeded(files, [{ path: "manifest.json", limit: MOST_MANIFEST }]);
  if (bytes === undefined && files.isUnsure === true) return undefined;
  if (bytes === undefined) {
    throw new EnvironmentError(
      `${files.name} has no manifest.json: promgen-gen did not publish this`,
      "name the place that `promgen-gen publish` writes to",
    );
  }
  return readManifest(bytes, files.name);
}

async function openPlain(where: string, io: Io): Promise<PublishedFiles | undefined> {
  const name = showText(where);
  if (where === "")
    throw new EnvironmentError("it is not said what is published", "name a URL, a directory or a branch");
  const directory = resolve(io.cwd, where);
  const isPath = /^[./\\~]|^[a-z]:[/\\]|[/\\]$/i.test(where);
  if (isDirectory(directory)) {
    const files = openPublishedDirectory(directory, name);
    if (files !== undefined || isPath || !(await hasPublishedBranch(where, io))) return files;
    throw new EnvironmentError(
      `${name} is an empty directory, and a branch is called so as well`,
      `say which is meant: \`branch:${where}\` or \`./${where}\``,
    );
  }
  const replaced = replacedPath(attempt(`find ${name}`, () => realTarget(directory)));
  if (isDirectory(replaced)) return openPublishedDirectory(replaced, name);
  if (lstatSync(directory, { throwIfNoEntry: false }) !== undefined)
    throw new EnvironmentError(`${name} is no directory`, "name the directory that holds manifest.json");
  if (isPath) return undefined;
  const files = await openPublishedBranch(where, io);
  if (files !== undefined) return files;
  throw new EnvironmentError(
    `${name} is neither a directory nor a branch, here or on the remote`,
    "where nothing is published yet, say which is meant: `branch:<name>`, or a path that begins with `./`",
  );
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function sideOf(files: PublishedFiles, manifest: Manifest): Promise<Published> {
  const named = Object.entries(manifest.shards);
  const wanted = named.map(([, shard]) => wantedOf(shard));
  const contents = [...(await readNeeded(files, wanted.flat()))];
  const shards = named.map(([name, shard], index): [string, ShardSide] => {
    const own = contents.splice(0, wanted[index]?.length);
    return [name, shardSide(files, name, shard, own)];
  });
  const { commit, generation, repository } = manifest;
  return {
    kind: "published",
    ...(commit === undefined ? {} : { commit }),
    generation,
    ...(repository === undefined ? {} : { repository }),
    artifacts: { all: manifest.files !== undefined },
    shards: new Map(shards),
    isComplete: true,
    manifest,
  };
}

const GROUP_FILES = ["targets.json", "urls.json"] as const;

function wantedOf({ path, files }: ManifestShard): Wanted[] {
  return [
    { path: `${path}/SHA256SUMS`, limit: MOST_SUMS },
    ...GROUP_FILES.map((file) => {
      const { bytes = 0, sha256 = "" } = files[file] ?? {};
      return { path: `${path}/${file}`, limit: bytes, sha256 };
    }),
  ];
}

/** @param contents of SHA256SUMS, targets.json and urls.json */
function shardSide(
  place: PublishedFiles,
  name: string,
  { servers, files, path }: ManifestShard,
  [sums, ...contents]: readonly (Uint8Array | undefined)[],
): ShardSide {
  const pointer = readSums(sums, `${path}/SHA256SUMS`, place.name);
  const [targets = [], urls = []] = GROUP_FILES.map((file, index): GroupLine[] => {
    const bytes = contents[index];
    const digest = files[file]?.sha256;
    const isRight =
      pointer.shard === name && pointer.digests.get(file) === digest && bytes !== undefined && sha256(bytes) === digest;
    if (!isRight) throw inconsistent(`${path}/${file}`, place);
    const groups = readGroupLines(Buffer.from(bytes).toString("utf8"));
    if (groups === undefined) throw inconsistent(`${path}/${file}`, place);
    return groups;
  });
  // What a shard refuses, its document says, which is not published.
  const scrapeConfig = files["scrape-config.yml"]?.sha256;
  return { name, servers, isEnabled: true, ...(scrapeConfig === undefined ? {} : { scrapeConfig }), targets, urls };
}

function inconsistent(path: string, { name, isUnsure }: PublishedFiles): EnvironmentError {
  return new EnvironmentError(
    `${path} of ${name} is not what manifest.json and SHA256SUMS say of it`,
    isUnsure === true
      ? "wait some minutes and run it again: it may be half published, or a cache has something older"
      : "`promgen-gen verify` says what differs; put back what was published, from another copy of it",
  );
}
