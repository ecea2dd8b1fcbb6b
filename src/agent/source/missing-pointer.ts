/** A shard whose SHA256SUMS is not there: is it the shard that is wrong, or the source? */
import { encodeName } from "../../render/file-name.ts";
import { Failure } from "../failure.ts";

/** A manifest has some 500 bytes a shard. */
export const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * Why there is no SHA256SUMS of a shard. `unknown-shard` only where the source itself says so: a source that is empty, or
 * wrong, must not look like a decision of the inventory.
 *
 * @param label of the source
 * @param directory of the shard: `` for the whole inventory, or `shards/<encoded name>/`
 * @param readRoot reads a file of the source's root, of at most {@link MOST_MANIFEST_BYTES}; undefined where there is none
 */
export async function missingPointer(
  label: string,
  directory: string,
  readRoot: (name: string) => Promise<Uint8Array | undefined>,
): Promise<Failure> {
  const wrong = (help: string): Failure =>
    new Failure("unreachable", `${label} has no ${directory}SHA256SUMS`, { help });
  const nothing = wrong("see that --source is the directory that holds manifest.json, and that it is published");
  if (directory === "") return nothing;

  const shards = shardsOf(await readRoot("manifest.json"));
  if (shards !== undefined) {
    return shards.has(directory)
      ? wrong("its manifest.json lists the shard: publish again, or wait until that has ended")
      : unknownShard(label, directory);
  }
  const sums = await readRoot("SHA256SUMS");
  const isOurs =
    sums !== undefined && Buffer.from(sums.subarray(0, 16)).toString("latin1").startsWith("# promgen-gen ");
  return isOurs ? unknownShard(label, directory) : nothing;
}

function unknownShard(label: string, directory: string): Failure {
  const name = directory.replace(/^shards\/(.*)\/$/, "$1");
  return new Failure(
    "unknown-shard",
    `${label} has no shard ${name}: it was renamed or retired, or the name is wrong`,
    {
      help: "see --shard; the targets in place are kept",
    },
  );
}

/** The directories of all shards; undefined where it is not a manifest. */
function shardsOf(manifest: Uint8Array | undefined): ReadonlySet<string> | undefined {
  if (manifest === undefined) return undefined;
  try {
    const { shards } = JSON.parse(Buffer.from(manifest).toString("utf8")) as { shards?: unknown };
    if (typeof shards !== "object" || shards === null || Array.isArray(shards)) return undefined;
    return new Set(Object.keys(shards).map((name) => `shards/${encodeName(name)}/`));
  } catch {
    return undefined;
  }
}
