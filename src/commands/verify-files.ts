/** Whether what is published is what its manifest says. */
import { readPointer } from "../agent/core/pointer.ts";
import type { Pointer } from "../agent/core/pointer.ts";
import { Failure } from "../agent/failure.ts";
import type { Content, PublishedFiles } from "../publish/published-place.ts";
import type { Manifest } from "../publish/read-manifest.ts";
import type { FileFacts } from "../render/artifact.ts";
import { sha256 } from "../render/sha256.ts";
import { quantity } from "../report/summary.ts";

export interface Problem {
  /** Relative to the manifest. */
  readonly path: string;
  /** What is wrong, for the end of a sentence. */
  readonly what: string;
}

/** A directory of artifacts: that of a shard, or that of the whole. */
interface Part {
  /** The shard, or `*`. */
  readonly shard: string;
  /** With `/` at its end; "" for the whole. */
  readonly directory: string;
  readonly files: Readonly<Record<string, FileFacts>>;
  readonly accepts: number | undefined;
}

/** More is not read, in bytes. A SHA256SUMS has some 300. */
export const MOST_BYTES = 1024 * 1024 * 1024;
const MOST_SUMS = 64 * 1024;

/** The directories that a manifest names. */
export function partsOf({ files, accepts, shards }: Manifest): readonly Part[] {
  const whole: Part[] = files === undefined ? [] : [{ shard: "*", directory: "", files, accepts }];
  const each = Object.entries(shards).map(([shard, own]): Part => ({
    shard,
    directory: `${own.path}/`,
    files: own.files,
    accepts: own.accepts,
  }));
  return [...whole, ...each];
}

/** Reads every file that the manifest names. Throws EnvironmentError where the place cannot be read. */
export async function checkFiles(place: PublishedFiles, manifest: Manifest): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const part of partsOf(manifest)) {
    const { shard, directory } = part;
    problems.push(...(await checkSums(place, manifest, part)));
    const names = Object.entries(part.files);
    const contents = await place.read(
      names.map(([name, facts]) => ({ path: `${directory}${name}`, limit: MOST_BYTES, sha256: facts.sha256 })),
    );
    for (const [index, [name, facts]] of names.entries())
      for (const what of fileProblems(contents[index], facts, shard))
        problems.push({ path: `${directory}${name}`, what });
  }
  return problems;
}

async function checkSums(place: PublishedFiles, manifest: Manifest, part: Part): Promise<Problem[]> {
  const path = `${part.directory}SHA256SUMS`;
  const [bytes] = await place.read([{ path, limit: MOST_SUMS }]);
  if (bytes === undefined) return [{ path, what: "is missing" }];
  if ("unfit" in bytes) return [{ path, what: bytes.unfit }];
  try {
    return sumsProblems(readPointer(bytes), manifest, part).map((what) => ({ path, what }));
  } catch (error) {
    if (error instanceof Failure) return [{ path, what: error.message.replace(/^SHA256SUMS /, "") }];
    throw error;
  }
}

function sumsProblems(pointer: Pointer, manifest: Manifest, part: Part): string[] {
  const said: Record<string, unknown> = {
    ...pointer,
    targets: pointer.counts["targets.json"],
    urls: pointer.counts["urls.json"],
  };
  const meant = {
    shard: part.shard,
    generation: manifest.generation,
    commit: manifest.commit,
    repository: manifest.repository,
    targets: part.files["targets.json"]?.targets,
    urls: part.files["urls.json"]?.targets,
    accepts: part.accepts,
  };
  const headers = Object.entries(meant)
    .filter(([key, value]) => said[key] !== value)
    .map(([key, value]) => `says ${key}=${shown(said[key])}, and manifest.json ${shown(value)}`);
  const digests = Object.entries(pointer.digests)
    .filter(([name, digest]) => digest !== part.files[name]?.sha256)
    .map(([name]) => `has another digest of ${name} than manifest.json`);
  return [...headers, ...digests];
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function fileProblems(content: Content, facts: FileFacts, shard: string): string[] {
  if (content === undefined) return ["is missing"];
  if ("unfit" in content) return [content.unfit];
  const { bytes, groups, targets } = facts;
  if (content.length !== bytes) return [`has ${content.length} bytes, and manifest.json says ${bytes}`];
  if (sha256(content) !== facts.sha256) return ["has another digest than manifest.json says"];
  return groups === undefined && targets === undefined ? [] : contentProblems(content, facts, shard);
}

interface ReadGroup {
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly targets: readonly unknown[];
}

/** What Prometheus would not take, and what would be scraped by others than it is meant for. */
function contentProblems(content: Uint8Array, { groups, targets }: FileFacts, shard: string): string[] {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(content).toString("utf8"));
  } catch {
    return ["is no JSON"];
  }
  if (!Array.isArray(read) || read.length === 0 || !read.every(isGroup)) return ["is no list of target groups"];
  // The group of a file with nothing to scrape does not count.
  const filled = read.filter((group) => group.labels !== undefined || group.targets.length > 0);
  const count = filled.reduce((sum, group) => sum + group.targets.length, 0);
  const strangers = filled.filter(({ labels }) => {
    const own = labels?.["__shard"];
    return shard === "*" ? own === undefined : own !== shard;
  });
  return [
    ...(filled.length === groups ? [] : [`has ${quantity(filled.length, "group")}, and manifest.json says ${groups}`]),
    ...(count === targets ? [] : [`has ${quantity(count, "target")}, and manifest.json says ${targets}`]),
    ...(strangers.length === 0 ? [] : [`has ${quantity(strangers.length, "group")} of another shard, or of none`]),
  ];
}

function isGroup(value: unknown): value is ReadGroup {
  if (typeof value !== "object" || value === null) return false;
  const { labels, targets } = value as Partial<ReadGroup>;
  const areLabels =
    labels === undefined ||
    (typeof labels === "object" && labels !== null && Object.values(labels).every((text) => typeof text === "string"));
  return areLabels && Array.isArray(targets) && targets.every((target) => typeof target === "string");
}
