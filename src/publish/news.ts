/** Whether a rendered generation is worth publishing. */
import { sha256 } from "../render/sha256.ts";
import type { Destination, FileTest } from "./destination.ts";
import { isSamePublication } from "./publication.ts";
import type { Manifest } from "./read-manifest.ts";
import type { Signer } from "./sign.ts";
import { isSigned } from "./signed-sink.ts";
import type { SignedSink } from "./signed-sink.ts";
import { isSignatureOf, signatureKey } from "./ssh-signature.ts";

/**
 * False where publishing would change nothing that anybody reads. Other servers of a shard are news, as is the first
 * signature, one by another key, and what mends a file or a signature that is not what it was; another commit or version is
 * none.
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
  if ([...destination.paths].some((path) => !path.endsWith(".sig") && !sink.paths.has(path))) return true;
  if (!(await destination.holds(testsOf(next, sink, held)))) return true;
  return signer !== undefined && !(await holdsSignatures(destination, sink, signer, held));
}

/** By path, whether bytes are what the held generation has there: of all that was rendered, but for its manifest. */
function testsOf({ files = {}, shards }: Manifest, sink: SignedSink, held: Manifest): ReadonlyMap<string, FileTest> {
  const digests = new Map(sink.digests);
  const add = (directory: string, facts: Manifest["shards"][string]["files"]): void => {
    for (const [name, { sha256: digest }] of Object.entries(facts)) digests.set(directory + name, digest);
  };
  add("", files);
  for (const { path, files: own } of Object.values(shards)) add(`${path}/`, own);
  const tests = new Map<string, FileTest>();
  for (const [path, digest] of digests) tests.set(path, (bytes) => sha256(bytes) === digest);
  for (const path of sink.paths)
    if (path.endsWith("SHA256SUMS")) tests.set(path, (bytes) => asHeld(sink, path, held).equals(bytes));
  return tests;
}

/** A SHA256SUMS as the held generation has it: only its first line says which generation it is, and of which commit. */
function asHeld(sink: SignedSink, path: string, { generation, commit }: Manifest): Buffer {
  const words = ` generation=${generation}${commit === undefined ? "" : ` commit=${commit}`}`;
  const text = Buffer.from(sink.content(path)).toString("utf8");
  return Buffer.from(text.replace(/ generation=\d+(?: commit=\S+)?/, words));
}

/** Whether everything that is signed has a right signature by the signer's key. */
async function holdsSignatures(
  destination: Destination,
  sink: SignedSink,
  signer: Signer,
  held: Manifest,
): Promise<boolean> {
  const manifest = Buffer.from((await destination.read("manifest.json")) ?? "");
  // Only a signature tells which key it is that was given.
  const [sample = ""] = await signer.sign([manifest]);
  const key = signatureKey(sample);
  const tests = new Map<string, FileTest>();
  for (const path of sink.paths) {
    if (!isSigned(path)) continue;
    const content = (): Buffer => (path === "manifest.json" ? manifest : asHeld(sink, path, held));
    tests.set(`${path}.sig`, (bytes) => isSignatureOf(Buffer.from(bytes).toString("latin1"), content(), key));
  }
  return await destination.holds(tests);
}
