/**
 * manifest.json: what a generation consists of, for publishers, verifiers and whoever tells the servers.
 */
import type { FileFacts, Publication, Stamp } from "./artifact.ts";

export interface ShardFacts {
  readonly name: string;
  /** Directory of its artifacts, relative to the manifest. */
  readonly path: string;
  readonly servers: readonly string[];
  readonly files: Readonly<Record<string, FileFacts>>;
}

const VERSION = 1;

/** Pretty JSON with a fixed order of keys. `all` are the files of the whole inventory, where they are rendered. */
export function manifestJson(
  stamp: Stamp,
  shards: readonly ShardFacts[],
  all: Readonly<Record<string, FileFacts>> | undefined,
): string {
  const { publication } = stamp;
  const manifest = {
    version: VERSION,
    generation: stamp.generation,
    ...(stamp.commit === undefined ? {} : { commit: stamp.commit }),
    ...(stamp.repository === undefined ? {} : { repository: stamp.repository }),
    generator: stamp.generator,
    ...(publication === undefined ? {} : published(publication, shards)),
    ...(all === undefined ? {} : { files: all }),
    shards: Object.fromEntries(
      shards.map(({ name, path, servers, files }) => [name, { path, servers, ...acceptsOf(publication, name), files }]),
    ),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function published(publication: Publication, shards: readonly ShardFacts[]): Record<string, unknown> {
  const { retired, accepted } = publication;
  return {
    changed: shards.filter(({ name, files }) => publication.isChanged(name, files)).map(({ name }) => name),
    retired,
    ...acceptsOf(publication, "*"),
    ...(accepted.length === 0 ? {} : { accepted }),
  };
}

function acceptsOf(publication: Publication | undefined, name: string): { accepts?: number } {
  const accepts = publication?.accepts.get(name);
  return accepts === undefined ? {} : { accepts };
}
