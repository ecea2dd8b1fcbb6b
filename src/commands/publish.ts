/**
 * `publish`: validates again, holds what changes against the limits again, renders, signs, and puts the new generation in its
 * place in one step. What was published stays where anything fails.
 */
import { relative, resolve } from "node:path";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { makePlan } from "../plan/diff.ts";
import type { Side } from "../plan/side.ts";
import { judgePlan } from "../plan/verdict.ts";
import { withBranch } from "../publish/branch.ts";
import type { Target } from "../publish/branch-tips.ts";
import type { Destination } from "../publish/destination.ts";
import { withDirectory } from "../publish/directory.ts";
import { isNews } from "../publish/news.ts";
import { followPublished, nextGeneration } from "../publish/publication.ts";
import type { Acceptance } from "../publish/publication.ts";
import { readManifest } from "../publish/read-manifest.ts";
import { Repository } from "../publish/repository.ts";
import { openSigner } from "../publish/sign.ts";
import type { Signer } from "../publish/sign.ts";
import { SignedSink } from "../publish/signed-sink.ts";
import type { Stamp } from "../render/artifact.ts";
import { renderAll } from "../render/render.ts";
import { sha256OfTexts } from "../render/sha256.ts";
import { reportPlan } from "../report/plan-report.ts";
import { acceptanceOf, digestsInCommits, digestsOfOptions, noteMissingCommits } from "./acceptance.ts";
import { CommittedFiles } from "./committed-files.ts";
import { compareWithPublished } from "./comparison.ts";
import { readEarlier } from "./earlier.ts";
import type { Earlier } from "./earlier.ts";
import { judgeInventory } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { announcement, keptWords, publishedWords } from "./publish-words.ts";
import { reportErrors } from "./report-errors.ts";
import { hasColor } from "./report-options.ts";
import { showPlan } from "./show-plan.ts";
import { sideOfInventory } from "./side.ts";
import { sourceCommit } from "./source-commit.ts";
import type { SourceCommit } from "./source-commit.ts";

export interface PublishOptions {
  readonly to: { readonly branch: Target } | { readonly directory: string };
  /** Where to find what is published, for a directory that does not hold it. */
  readonly published: string | undefined;
  /** A revision to compare with where nothing was ever published. */
  readonly base: string | undefined;
  /** Digests of what the gate may let pass. */
  readonly accept: readonly string[];
  /** The commit that is published, from which this one does not descend. */
  readonly acceptRewrite: string | undefined;
  /** Path of a key. */
  readonly sign: string | undefined;
  /** No signature, though what is published has one. */
  readonly unsigned: boolean;
  readonly verbose: boolean;
}

/** What is published, and where to. */
interface Generation {
  readonly judged: Judged;
  readonly source: SourceCommit;
  readonly signer: Signer | undefined;
  readonly repository: Repository;
}

/** What was published is named on standard output; what keeps from it on standard error. */
export async function publish(io: Io, options: PublishOptions): Promise<ExitCode> {
  const start = io.now();
  const signer = options.unsigned ? undefined : openSigner(io, options.sign);
  const repository = new Repository(io);
  const before = await repository.head();
  // Git lists what the commit has while the files are listed.
  const opening = before === undefined ? Promise.resolve(undefined) : CommittedFiles.open(io, before);
  const [judged, files] = await Promise.all([judgeInventory(io, async () => await opening), opening]);
  const stopped = await reportErrors(io, judged, options.verbose, "nothing was published");
  if (stopped !== undefined) return stopped;
  const source = await sourceCommit(io, judged, before, files);
  const generation = { judged, source, signer, repository };
  const act = async (destination: Destination): Promise<ExitCode> =>
    await publishTo(io, destination, generation, options, start);
  if ("branch" in options.to) return await withBranch(io, options.to.branch, act);
  const inventory = resolve(io.cwd, judged.inventory.config.inventory);
  const path = resolve(io.cwd, options.to.directory);
  return await withDirectory(io, path, `${relative(io.cwd, path) || "."}/`, inventory, act);
}

async function publishTo(
  io: Io,
  destination: Destination,
  { judged, source, signer, repository }: Generation,
  options: PublishOptions,
  start: number,
): Promise<ExitCode> {
  const { inventory } = judged;
  const earlier = await readEarlier(io, destination, repository, options);
  const when = { generation: nextGeneration(source.time, earlier.generation), commit: source.commit };
  const inCommits = await digestsInCommits(io, repository, earlier.commit);
  const accepted = new Set([...digestsOfOptions(options.accept), ...inCommits]);
  let acceptance: Acceptance = { digests: [], shards: [] };
  const { side, published } = earlier;
  // From nothing, nothing can be taken away.
  if (side !== undefined) {
    const after = sideOfInventory(inventory, "worktree", when);
    const plan = makePlan(side, after, inventory.config.gate, sha256OfTexts);
    const verdict = judgePlan(plan, accepted, sha256OfTexts);
    if (verdict.isRefused) {
      await noteMissingCommits(io, repository);
      return await refuse(io, judged, { side, published }, when, accepted, options.verbose);
    }
    // Where nothing is published, hosts have what they have from elsewhere: what a revision loses is not what they would.
    acceptance =
      published === undefined ? { digests: verdict.digests, shards: [] } : acceptanceOf(plan, verdict, side, after);
  }
  const manifest = published?.manifest;
  const sink = new SignedSink(destination);
  const names = [...inventory.shardByName.keys()];
  const publication = followPublished(manifest, names, when.generation, acceptance);
  const { repository: address } = inventory.config;
  const named = address === undefined ? {} : { repository: address };
  const generator = `promgen-gen ${io.version}`;
  const rendered = renderAll(inventory, { ...when, ...named, generator, publication }, sink);
  const next = readManifest(sink.content("manifest.json"), "this generation");
  if (!(await isNews(destination, sink, signer, manifest, earlier.held, next))) {
    const reason = reasonWithoutNews(earlier, inCommits);
    if (reason === undefined) {
      io.stdout.write(`${keptWords(manifest ?? next, destination.name, await destination.keep())}\n`);
      return EXIT.ok;
    }
    io.stderr.write(`note: nothing changed, but ${reason}\n`);
  }
  if (signer !== undefined) await sink.sign(signer);
  else if (!options.unsigned && (await earlier.isSigned()))
    throw new EnvironmentError(
      "what is published is signed, and no key is given: agents that ask for a signature would refuse this",
      "give the key with --sign or in PROMGEN_SIGNING_KEY; or add --unsigned, where nobody asks for signatures any more",
    );
  await destination.commit(announcement(next, acceptance));
  const seconds = (io.now() - start) / 1000;
  io.stdout.write(`${publishedWords(next, rendered, destination.name, signer !== undefined, seconds)}\n`);
  return EXIT.ok;
}

/** Why a generation is published that changes nothing: what somebody accepted for one publication is over by that. */
function reasonWithoutNews({ published, commit }: Earlier, inCommits: readonly string[]): string | undefined {
  // Else nothing would descend from what is published, and every commit to come would be refused anew.
  if (published?.manifest.commit !== undefined && commit === undefined)
    return "the history was rewritten: this is published so that the next commit descends from it";
  // Else what was taken back would be accepted once more when it comes again.
  return inCommits.length === 0
    ? undefined
    : "a commit accepts what the gate would hold back: this is published so that it is over";
}

/** Shows the plan once more, with the places of what goes: only where somebody has to look at them, they are looked up. */
async function refuse(
  io: Io,
  { inventory, textOf }: Judged,
  { side, published }: Pick<Earlier, "published"> & { readonly side: Side },
  when: Pick<Stamp, "commit" | "generation">,
  accepted: ReadonlySet<string>,
  verbose: boolean,
): Promise<ExitCode> {
  const comparison = published && (await compareWithPublished(io, published, "what is published"));
  const { before, after, textBefore } = (await comparison?.sides(inventory, Promise.resolve(when))) ?? {
    before: side,
    after: sideOfInventory(inventory, "worktree", when),
    textBefore: undefined,
  };
  const plan = makePlan(before, after, inventory.config.gate, sha256OfTexts);
  const texts = { config: inventory.config, textAfter: textOf, textBefore };
  const how = { verbose, color: hasColor(io, io.stdout) };
  reportPlan(await showPlan(io, plan, judgePlan(plan, accepted, sha256OfTexts), texts), "text", how, (text) =>
    io.stdout.write(text),
  );
  io.stderr.write("nothing was published: the safety gate refuses it\n");
  return EXIT.refused;
}
