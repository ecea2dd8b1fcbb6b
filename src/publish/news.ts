/** Whether a rendered generation is worth publishing. */
import { sha256 } from "../render/sha256.ts";
import type { Destination, FileTest } from "./destination.ts";
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
  if (!(await destination.holds(testsOf(next, sink, held.generation)))) return true;
  if (signer === undefined) return false;
  if ([...sink.paths].some((path) => isSigned(path) && !destination.paths.has(`${path}.sig`))) return true;
  // Only a signature tells which key it is that was given.
  const [sample = ""] = await signer.sign([sink.content("manifest.json")]);
  return signatureKey(sample) !== signatureKey((await destination.read("manifest.json.sig")) ?? "");
}

/**
 * By path, whether bytes are what a generation with this number has there: what a manifest names, and each SHA256SUMS but for
 * the words in its first line that say where it comes from.
 */
function testsOf(
  { files = {}, shards }: Manifest,
  sink: SignedSink,
  generation: number,
): ReadonlyMap<string, FileTest> {
  const tests = new Map<string, FileTest>();
  const add = (directory: string, facts: Manifest["shards"][string]["files"]): void => {
    for (const [name, { sha256: digest }] of Object.entries(facts))
      tests.set(directory + name, (bytes) => sha256(bytes) === digest);
  };
  add("", files);
  for (const { path, files: own } of Object.values(shards)) add(`${path}/`, own);
  for (const path of sink.paths) {
    if (!path.endsWith("SHA256SUMS")) continue;
    const [, sums] = headAndSums(sink.content(path));
    tests.set(path, (bytes) => {
      const [head, others] = headAndSums(bytes);
      return others === sums && head.includes(` generation=${generation} `);
    });
  }
  return tests;
}

function headAndSums(bytes: Uint8Array): readonly [head: string, sums: string] {
  const text = Buffer.from(bytes).toString("utf8");
  const end = text.indexOf("\n") + 1;
  return [text.slice(0, end), text.slice(end)];
}
