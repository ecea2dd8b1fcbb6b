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
import { findStrangers } from "./verify-strangers.ts";
import type { Rendered } from "./verify-strangers.ts";

export interface VerifyOptions {
  /** Path of an allowed_signers file; with it, what is not signed is refused. */
  readonly allowedSigners: string | undefined;
  readonly identity: string | undefined;
  /** Render the commit of the manifest again. */
  readonly rebuild: boolean;
}

/** Opening a place costs more than reading a file; all files of a large inventory are more than memory should hold. */
const FILES_AT_ONCE = 50;
/** More names say nothing more to a reader. */
const MOST_NAMES = 20;

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
  const rendered = options.rebuild ? await renderAgain(io, manifest) : undefined;
  if (options.rebuild) {
    problems.push(...(await checkRebuilt(place, manifest, rendered)));
    words.push("rendered again, byte for byte");
  } else words.push("services/ and projects/ were not looked at (--rebuild)");
  const strangers = await findStrangers(place, manifest, rendered);
  problems.push(...strangers.problems);
  for (const { path, what } of problems) io.stdout.write(`${visible(path)} ${visible(what)}\n`);
  if (strangers.beside.length > 0) io.stderr.write(`note: beside the artifacts ${besideWords(strangers.beside)}\n`);
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

function besideWords(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).map(visible).join(", ");
  return `there ${names.length === 1 ? "is" : "are"} ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Throws EnvironmentError where the manifest's commit is not here; `undefined` where it names none. */
async function renderAgain(io: Io, manifest: Manifest): Promise<Rendered | undefined> {
  const { commit } = manifest;
  if (commit === undefined || commit.endsWith("-dirty")) return undefined;
  return { commit, digests: await rebuild(io, manifest, commit) };
}

/** Compares every file with what its commit renders to. */
async function checkRebuilt(
  place: PublishedFiles,
  manifest: Manifest,
  rendered: Rendered | undefined,
): Promise<Problem[]> {
  if (rendered === undefined) return [{ path: "manifest.json", what: "names no commit that could be rendered again" }];
  const { commit, digests } = rendered;
  const problems: Problem[] = [];
  const paths = [...digests.keys()];
  for (let at = 0; at < paths.length; at += FILES_AT_ONCE) {
    const some = paths.slice(at, at + FILES_AT_ONCE);
    const contents = await place.read(some.map((path) => ({ path, limit: MOST_BYTES })));
    for (const [index, path] of some.entries()) {
      const content = contents[index];
      if (content === undefined) problems.push({ path, what: `is missing: ${commit.slice(0, 12)} renders it` });
      else if ("unfit" in content) problems.push({ path, what: content.unfit });
      else if (sha256(content) !== digests.get(path))
        problems.push({ path, what: `is not what ${commit.slice(0, 12)} renders` });
    }
  }
  return [...problems, ...notRendered(manifest, rendered)];
}

/** Shards that the manifest has, and that its commit does not render. */
function notRendered(manifest: Manifest, { commit, digests }: Rendered): Problem[] {
  return partsOf(manifest)
    .map(({ directory }) => `${directory}SHA256SUMS`)
    .filter((path) => !digests.has(path))
    .map((path) => ({ path, what: `does not come from ${commit.slice(0, 12)}` }));
}
