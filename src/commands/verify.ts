/**
 * `verify`: whether what is published is what was rendered, whole, by whom it should be, and from the commit that it names.
 */
import { resolve } from "node:path";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import { manifestOf, withPublished } from "../publish/published.ts";
import type { PublishedFiles } from "../publish/published-place.ts";
import type { Manifest } from "../publish/read-manifest.ts";
import { sha256 } from "../render/sha256.ts";
import { quantity } from "../report/summary.ts";
import { visible } from "../report/visible.ts";
import { rebuild } from "./rebuild.ts";
import { checkFiles, MOST_BYTES, partsOf } from "./verify-files.ts";
import type { Problem } from "./verify-files.ts";
import { checkSignatures } from "./verify-signatures.ts";

export interface VerifyOptions {
  /** Path of an allowed_signers file; with it, what is not signed is refused. */
  readonly allowedSigners: string | undefined;
  readonly identity: string | undefined;
  /** Render the commit of the manifest again. */
  readonly rebuild: boolean;
}

/** Opening a place costs more than reading a file; all files of a large inventory are more than memory should hold. */
const FILES_AT_ONCE = 50;

/** What is wrong goes to standard output, a line each, and makes exit code 1. */
export async function verify(io: Io, where: string, options: VerifyOptions): Promise<ExitCode> {
  if (options.identity !== undefined && options.allowedSigners === undefined)
    throw new EnvironmentError(
      "--identity is given without --allowed-signers, and nothing would be checked",
      "add --allowed-signers <file>, or leave out --identity",
    );
  return await withPublished(where, io, async (place) => {
    const manifest = place === undefined ? undefined : await manifestOf(place);
    if (place === undefined || manifest === undefined)
      throw new EnvironmentError(
        `nothing is published at ${place?.name ?? showText(where)}`,
        "publish first: `promgen-gen publish --help`",
      );
    return await verifyPlace(io, place, manifest, options);
  });
}

async function verifyPlace(
  io: Io,
  place: PublishedFiles,
  manifest: Manifest,
  options: VerifyOptions,
): Promise<ExitCode> {
  const problems = await checkFiles(place, manifest);
  const words = [
    `${quantity(countFiles(manifest), "file")} of ${quantity(Object.keys(manifest.shards).length, "shard")}`,
  ];
  if (options.allowedSigners === undefined) words.push("signatures were not checked (--allowed-signers)");
  else {
    const path = resolve(io.cwd, options.allowedSigners);
    const signed = await checkSignatures(place, manifest, path, options.identity);
    problems.push(...signed.problems);
    words.push(`signed by ${[...signed.signers].join(", ") || "nobody"}`);
  }
  if (options.rebuild) {
    problems.push(...(await checkRebuilt(io, place, manifest)));
    words.push("rendered again, byte for byte");
  }
  for (const { path, what } of problems) io.stdout.write(`${visible(path)} ${visible(what)}\n`);
  const { generation, commit } = manifest;
  const which = `generation ${generation}${commit === undefined ? "" : ` of ${commit.slice(0, 12)}`} at ${visible(place.name)}`;
  io.stdout.write(
    problems.length === 0
      ? `${which} is as it should be: ${words.map(visible).join(" · ")}\n`
      : `${which} has ${quantity(problems.length, "mistake")}\n`,
  );
  return problems.length === 0 ? EXIT.ok : EXIT.findings;
}

function countFiles(manifest: Manifest): number {
  // Beside what each directory names, it has a SHA256SUMS.
  return partsOf(manifest).reduce((sum, { files }) => sum + Object.keys(files).length + 1, 1);
}

/** Compares every file with what its commit renders to. Throws EnvironmentError where that commit is not here. */
async function checkRebuilt(io: Io, place: PublishedFiles, manifest: Manifest): Promise<Problem[]> {
  const { commit } = manifest;
  if (commit === undefined || commit.endsWith("-dirty"))
    return [{ path: "manifest.json", what: "names no commit that could be rendered again" }];
  const digests = await rebuild(io, manifest, commit);
  const problems: Problem[] = [];
  const paths = [...digests.keys()];
  for (let at = 0; at < paths.length; at += FILES_AT_ONCE) {
    const some = paths.slice(at, at + FILES_AT_ONCE);
    const contents = await place.read(some.map((path) => ({ path, limit: MOST_BYTES })));
    for (const [index, path] of some.entries()) {
      const content = contents[index];
      if (content === undefined) problems.push({ path, what: `is missing: ${commit.slice(0, 12)} renders it` });
      else if (sha256(content) !== digests.get(path))
        problems.push({ path, what: `is not what ${commit.slice(0, 12)} renders` });
    }
  }
  return [...problems, ...strangers(manifest, digests, commit)];
}

/** Shards that the manifest has, and that its commit does not render. */
function strangers(manifest: Manifest, digests: ReadonlyMap<string, string>, commit: string): Problem[] {
  return partsOf(manifest)
    .map(({ directory }) => `${directory}SHA256SUMS`)
    .filter((path) => !digests.has(path))
    .map((path) => ({ path, what: `does not come from ${commit.slice(0, 12)}` }));
}
