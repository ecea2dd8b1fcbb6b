/** Whether a rendered generation is worth publishing. */
import type { Destination } from "./destination.ts";
import { isSamePublication } from "./publication.ts";
import type { Manifest } from "./read-manifest.ts";
import type { Signer } from "./sign.ts";
import { signatureKey } from "./signature-key.ts";
import { isSigned } from "./signed-sink.ts";
import type { SignedSink } from "./signed-sink.ts";

/**
 * False where publishing would change nothing that anybody reads. Other servers of a shard are news, as is the first
 * signature, one by another key, and what mends a file that is not what it was; another commit or version is none.
 *
 * @param before what is published
 * @param held what the destination has: where something else is published elsewhere, it would take the place of that one
 * @param next of what was rendered into the sink
 */
export async function isNews(
  destination: Destination,
  sink: SignedSink,
  signer: Signer | undefined,
  before: Manifest | undefined,
  held: Manifest | undefined,
  next: Manifest,
): Promise<boolean> {
  if (before === undefined || before.generation !== held?.generation) return true;
  if (!isSamePublication(before, next) || !isSamePublication(held, next)) return true;
  const there = [...destination.paths].filter((path) => !path.endsWith(".sig"));
  if (there.length !== sink.paths.size || there.some((path) => !sink.paths.has(path))) return true;
  if (!(await destination.holds(digestsIn(next)))) return true;
  if (signer === undefined) return false;
  if ([...sink.paths].some((path) => isSigned(path) && !destination.paths.has(`${path}.sig`))) return true;
  // Only a signature tells which key it is that was given.
  const [sample = ""] = await signer.sign([sink.content("manifest.json")]);
  return signatureKey(sample) !== signatureKey((await destination.read("manifest.json.sig")) ?? "");
}

/** Of what a manifest names, by path. */
function digestsIn({ files = {}, shards }: Manifest): ReadonlyMap<string, string> {
  const digests = new Map(Object.entries(files).map(([name, { sha256 }]) => [name, sha256]));
  for (const { path, files: own } of Object.values(shards))
    for (const [name, { sha256 }] of Object.entries(own)) digests.set(`${path}/${name}`, sha256);
  return digests;
}
