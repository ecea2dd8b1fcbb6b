/** What somebody accepted of what the gate holds back. */
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import { readDigest } from "../plan/digest.ts";
import type { Plan } from "../plan/plan.ts";
import type { Side } from "../plan/side.ts";
import type { Verdict } from "../plan/verdict.ts";
import type { Acceptance } from "../publish/publication.ts";
import type { Repository } from "../publish/repository.ts";
import { sortTexts } from "../render/byte-order.ts";
import { shardsHeldByAgents } from "./agent-losses.ts";

/** The trailer of a commit message that accepts, https://git-scm.com/docs/git-interpret-trailers */
const TRAILER = "Promgen-Accept";

/**
 * The digests that somebody gave.
 *
 * @param repository whose commits are asked; undefined where there are none
 * @param options values of `--accept`
 * @param since the commit whose successors are asked for trailers; without it only the one that is checked out
 * Throws EnvironmentError for an option that is no digest; a trailer that is none is told to standard error.
 */
export async function acceptedDigests(
  io: Io,
  repository: Repository | undefined,
  options: readonly string[],
  since: string | undefined,
): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (const text of options) {
    const digest = readDigest(text);
    if (digest === undefined)
      throw new EnvironmentError(
        `--accept ${showText(text)} is no digest`,
        "a digest is `sha256:` and 64 hexadecimal digits: `promgen-gen plan` says which one is meant",
      );
    digests.add(digest);
  }
  for (const text of (await repository?.trailers(TRAILER, since)) ?? []) {
    const digest = readDigest(text);
    if (digest === undefined) io.stderr.write(`${TRAILER} in a commit message: ${showText(text)} is no digest\n`);
    else digests.add(digest);
  }
  return digests;
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
    if (operation.op === "add") continue;
    const was = operation.op === "remove" ? operation.target : operation.was;
    if (accepted.some(({ scope }) => was[scope.kind] === scope.name)) shards.add(was.shard);
  }
  return { digests, shards: sortTexts([...shards]) };
}
