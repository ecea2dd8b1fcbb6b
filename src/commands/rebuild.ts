/** Renders what was published once more, from the commit that it says it comes from. */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { Io } from "../io.ts";
import { asPublished } from "../publish/publication.ts";
import type { Manifest } from "../publish/read-manifest.ts";
import type { Sink } from "../render/artifact.ts";
import { renderAll } from "../render/render.ts";
import { openBase } from "./base.ts";

/**
 * The digests that the files must have: path → SHA-256 in hex. What the commit cannot know (the generation, which shards had
 * changed or left, what was accepted, and the version that rendered it) is taken from the manifest.
 *
 * @param commit of the manifest
 * Throws EnvironmentError where the commit is not in this repository; it says what to fetch.
 */
export async function rebuild(io: Io, manifest: Manifest, commit: string): Promise<ReadonlyMap<string, string>> {
  const { inventory } = await (await openBase(io, commit)).load(undefined);
  const { repository } = inventory.config;
  const sink = new DigestSink();
  const { generation, generator } = manifest;
  renderAll(
    inventory,
    {
      generation,
      commit,
      ...(repository === undefined ? {} : { repository }),
      generator,
      publication: asPublished(manifest),
    },
    sink,
  );
  return sink.digests;
}

/** Keeps nothing but digests. */
class DigestSink implements Sink {
  readonly digests = new Map<string, string>();
  readonly #open = new Map<string, Hash>();

  write(path: string, chunk: Uint8Array): void {
    let hash = this.#open.get(path);
    if (hash === undefined) this.#open.set(path, (hash = createHash("sha256")));
    hash.update(chunk);
  }

  end(path: string): void {
    this.digests.set(path, (this.#open.get(path) ?? createHash("sha256")).digest("hex"));
    this.#open.delete(path);
  }
}
