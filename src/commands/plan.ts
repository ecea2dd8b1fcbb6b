/**
 * `plan`: what a change does to the scraping, and whether the safety gate lets it pass. Nothing is written.
 */
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import { makePlan } from "../plan/diff.ts";
import { readDigest } from "../plan/digest.ts";
import { judgePlan } from "../plan/verdict.ts";
import { Repository } from "../publish/repository.ts";
import { sha256OfTexts } from "../render/sha256.ts";
import type { PlanDocument } from "../report/plan-document.ts";
import type { PlanFormat } from "../report/plan-formats.ts";
import { reportPlan } from "../report/plan-report.ts";
import { gitState } from "../source/git-state.ts";
import { acceptedDigests, noteMissingCommits } from "./acceptance.ts";
import { openComparison } from "./comparison.ts";
import type { When } from "./comparison.ts";
import { descendedFrom } from "./descent.ts";
import { judgeInventory } from "./judged.ts";
import type { OpenTwin } from "./load.ts";
import { reportErrors } from "./report-errors.ts";
import { hasColor } from "./report-options.ts";
import { showPlan } from "./show-plan.ts";
import { UNSEEN_HELP } from "./source-commit.ts";

export interface PlanOptions {
  /** A revision; the commit at which the change began where neither this nor `published` says otherwise. */
  readonly base: string | undefined;
  /** A URL, a directory or a branch. Where nothing was ever published there, the base counts. */
  readonly published: string | undefined;
  readonly format: PlanFormat;
  /** Exit code 3 where something changes. */
  readonly exitCode: boolean;
  /** Digests of what the gate may let pass. */
  readonly accept: readonly string[];
  readonly verbose: boolean;
}

const OUTSIDE_OF_GIT: When = { generation: 0 };

/** The plan goes to standard output; notes, and what is wrong with the inventory, to standard error. */
export async function plan(io: Io, options: PlanOptions): Promise<ExitCode> {
  // Git is asked about the base and the checkout while files are listed, and before they fill this process.
  const opening = openComparison(io, options);
  let head: Promise<When> = Promise.resolve(OUTSIDE_OF_GIT);
  const openTwin: OpenTwin = async (paths) => {
    head = headOf(io, paths);
    // Told where it is waited for; nobody does where something else fails first.
    head.catch(() => undefined);
    return (await opening).twin;
  };
  const [judged, comparison] = await Promise.all([judgeInventory(io, openTwin), opening]);
  const stopped = await reportErrors(io, judged, options.verbose, "nothing was planned");
  if (stopped !== undefined) return stopped;
  if (comparison.note !== undefined) io.stderr.write(`note: ${comparison.note}\n`);

  const { inventory, textOf: textAfter } = judged;
  const { before, after, textBefore } = await comparison.sides(inventory, head);
  const made = makePlan(before, after, inventory.config.gate, sha256OfTexts);
  // Where nothing is held back, nobody has to have accepted something.
  const isAsked = made.digest !== undefined && (await head).commit !== undefined;
  const repository = isAsked ? new Repository(io) : undefined;
  // Publishing asks the commits since the published one alone, and there are none where history was rewritten.
  const since =
    before.kind === "published" && repository !== undefined && comparison.commit !== undefined
      ? await descendedFrom(repository, comparison.commit)
      : comparison.commit;
  const verdict = judgePlan(made, await acceptedDigests(io, repository, options.accept, since), sha256OfTexts);
  if (verdict.isRefused) await noteMissingCommits(io, repository);
  for (const digest of options.accept.map(readDigest))
    if (digest !== undefined && !verdict.digests.includes(digest))
      io.stderr.write(`note: nothing is held back under ${digest}\n`);
  const texts = { config: inventory.config, textAfter, textBefore, baseName: comparison.name };
  const document = await showPlan(io, made, verdict, texts);
  const { format, verbose } = options;
  reportPlan(document, format, { verbose, color: hasColor(io, io.stdout) }, (text) => io.stdout.write(text));
  return exitOf(document, options);
}

async function headOf(io: Io, paths: readonly string[]): Promise<When> {
  const state = await gitState(io.cwd, paths);
  if (state?.unseen !== undefined)
    io.stderr.write(
      `note: Git was told to leave out ${showText(state.unseen)}, or not to look at it, so this may not be what a commit has: ${UNSEEN_HELP}\n`,
    );
  return state === undefined ? OUTSIDE_OF_GIT : { generation: state.time, commit: state.commit };
}

function exitOf({ isRefused, hasChanges, findings }: PlanDocument, options: PlanOptions): ExitCode {
  if (isRefused) return EXIT.refused;
  if (findings.some(({ severity }) => severity === "error")) return EXIT.findings;
  return options.exitCode && hasChanges ? EXIT.changes : EXIT.ok;
}
