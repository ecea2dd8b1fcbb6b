/** What somebody accepted of what the gate holds back. */
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import { readDigest } from "../plan/digest.ts";
import { wasOf } from "../plan/plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { Side } from "../plan/side.ts";
import type { Verdict } from "../plan/verdict.ts";
import type { Acceptance } from "../publish/publication.ts";
import type { Repository } from "../publish/repository.ts";
import { sortTexts } from "../render/byte-order.ts";
import { shardsHeldByAgents } from "./agent-losses.ts";

/** The trailer of a commit message that accepts, https://git-scm.com/docs/git-interpret-trailers */
const TRAILER = "Promgen-Accept";
/** How a digest begins, wherever its line is wrapped. */
const DIGEST_START = "(?:sha256:)?[0-9a-f]{64}\\b";

/**
 * The digests that somebody gave: by options, and in commits where there are some.
 *
 * @param repository whose commits are asked; undefined where there are none
 * @param options values of `--accept`
 * @param since as `digestsInCommits` takes it
 * Throws EnvironmentError for an option that is no digest.
 */
export async function acceptedDigests(
  io: Io,
  repository: Repository | undefined,
  options: readonly string[],
  since: string | undefined,
): Promise<ReadonlySet<string>> {
  const given = digestsOfOptions(options);
  const inCommits = repository === undefined ? [] : await digestsInCommits(io, repository, since);
  return new Set([...given, ...inCommits]);
}

/** @param options values of `--accept`. Throws EnvironmentError for one that is no digest */
export function digestsOfOptions(options: readonly string[]): readonly string[] {
  return options.map((text) => {
    const digest = readDigest(text);
    if (digest !== undefined) return digest;
    throw new EnvironmentError(
      `--accept ${showText(text)} is no digest`,
      "a digest is `sha256:` and 64 hexadecimal digits: `promgen-gen plan` says which one is meant",
    );
  });
}

/**
 * The digests in the messages of commits. What is none there is told to standard error.
 *
 * @param since the commit whose successors are asked, from which the one that is checked out descends; without it only that
 *   one is asked: what was accepted and published in a history that was rewritten, nobody has accepted once more
 */
export async function digestsInCommits(
  io: Io,
  repository: Repository,
  since: string | undefined,
): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const text of await repository.trailers(TRAILER, DIGEST_START, since)) {
    const digest = readDigest(text);
    if (digest !== undefined) digests.push(digest);
    else {
      const what = text === "" ? "no digest follows it" : `${showText(text)} is no digest`;
      io.stderr.write(`${TRAILER} in a commit message: ${what}\n`);
    }
  }
  return digests;
}

/** Says, where something is held back, that commits may accept it which are not here. */
export async function noteMissingCommits(io: Io, repository: Repository | undefined): Promise<void> {
  if (repository === undefined || !(await repository.isShallow())) return;
  io.stderr.write(
    "note: this clone is shallow, and what commits accept that it does not have does not count: run `git fetch --unshallow`\n",
  );
}

/**
 * What was accepted of a plan, and which shards lose something by it. Agents hold a file that loses all or most of its targets;
 * where the gate lets that pass, since these go to another shard or are few of all that the shard has, it is not asked again on
 * each host.
 *
 * @param before what is published, and `after` what is going to be: the sides of the plan
 */
export function acceptanceOf(plan: Plan, { accepted, digests }: Verdict, before: Side, after: Side): Acceptance {
  const shards = new Set(shardsHeldByAgents(before, after));
  for (const operation of plan.operations) {
    const was = wasOf(operation);
    if (was !== undefined && accepted.some(({ scope }) => was[scope.kind] === scope.name)) shards.add(was.shard);
  }
  return { digests, shards: sortTexts([...shards]) };
}
