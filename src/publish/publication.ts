/** How a new generation follows the one that is published. */
import type { FileFacts, Publication } from "../render/artifact.ts";
import { sortTexts } from "../render/byte-order.ts";
import type { Manifest } from "./read-manifest.ts";

/** What agents are not to ask again on each host: somebody accepted it, or the gate lets it pass. */
export interface Acceptance {
  /** By which somebody accepted what the gate held back; sorted. */
  readonly digests: readonly string[];
  /** The shards that lose something by it, and those of which agents would hold a file. */
  readonly shards: readonly string[];
}

/**
 * The number of the next generation: the commit's time, and more than the last one, whatever clocks said. Agents refuse a
 * lower one, and the same one with other bytes.
 *
 * @param time committer time in seconds
 * @param published the generation that is published
 */
export function nextGeneration(time: number, published: number | undefined): number {
  return published === undefined ? time : Math.max(time, published + 1);
}

/**
 * What a new generation says of itself in the artifacts.
 *
 * @param shards names of those that are published now
 */
export function followPublished(
  published: Manifest | undefined,
  shards: readonly string[],
  generation: number,
  acceptance: Acceptance,
): Publication {
  const before = new Map(Object.entries(published?.shards ?? {}));
  const retired = new Set([...(published?.retired ?? []), ...before.keys()]);
  for (const name of shards) retired.delete(name);

  const accepts = new Map<string, number>();
  if (published?.accepts !== undefined) accepts.set("*", published.accepts);
  for (const name of shards) {
    const old = before.get(name)?.accepts;
    if (old !== undefined) accepts.set(name, old);
    if (acceptance.shards.includes(name)) accepts.set(name, generation);
  }
  if (acceptance.shards.length > 0) accepts.set("*", generation);
  return {
    isChanged: (shard, files) => !hasSameFiles(before.get(shard)?.files ?? {}, files),
    retired: sortTexts([...retired]),
    accepts,
    accepted: acceptance.digests.length > 0 ? acceptance.digests : (published?.accepted ?? []),
  };
}

/** The same again, from what a manifest says of itself: to render a generation as it was published. */
export function asPublished(manifest: Manifest): Publication {
  const accepts = new Map(
    Object.entries(manifest.shards).flatMap(([name, shard]): [string, number][] =>
      shard.accepts === undefined ? [] : [[name, shard.accepts]],
    ),
  );
  if (manifest.accepts !== undefined) accepts.set("*", manifest.accepts);
  return {
    isChanged: (shard) => manifest.changed?.includes(shard) === true,
    retired: manifest.retired ?? [],
    accepts,
    accepted: manifest.accepted ?? [],
  };
}

/**
 * Whether two manifests say the same of what servers read and of who they are. When it was published, and from which commit,
 * makes no difference.
 */
export function isSamePublication(one: Manifest, other: Manifest): boolean {
  const facts = ({ repository, files, retired, shards }: Manifest): string =>
    JSON.stringify([
      repository,
      files,
      retired ?? [],
      Object.entries(shards).map(([name, { servers, files: own }]) => [name, servers, own]),
    ]);
  return facts(one) === facts(other);
}

function hasSameFiles(
  one: Readonly<Record<string, Pick<FileFacts, "sha256">>>,
  other: Readonly<Record<string, Pick<FileFacts, "sha256">>>,
): boolean {
  const digests = (files: typeof one): string =>
    sortTexts(Object.entries(files).map(([name, { sha256 }]) => `${name} ${sha256}`)).join("\n");
  return digests(one) === digests(other);
}
