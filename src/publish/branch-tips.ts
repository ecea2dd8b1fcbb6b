/** Where the artifact branch is: here, and on the remote that it is pushed to. */
import { EnvironmentError } from "../exit.ts";
import { withoutUrlSecrets } from "../model/show-text.ts";
import { gitFailure } from "./repository.ts";
import type { Repository } from "./repository.ts";

export interface Target {
  readonly branch: string;
  /** Name or URL of the remote that is pushed to. */
  readonly remote: string | undefined;
}

export interface Tips {
  /** What the next generation comes after; `undefined` where nothing is published. */
  readonly newest: string | undefined;
  readonly here: string | undefined;
  /** Of the remote, where one is pushed to. */
  readonly there: string | undefined;
}

/**
 * Finds the tips of a branch; what the remote has is fetched. Without a remote, a branch that is not here yet goes on where
 * that of `origin` was seen last.
 *
 * Throws EnvironmentError where the remote does not answer, and where the two have gone different ways.
 */
export async function findTips(repository: Repository, { branch, remote }: Target): Promise<Tips> {
  const here = await repository.commitAt(`refs/heads/${branch}`);
  if (remote === undefined) {
    const newest = here ?? (await repository.commitAt(`refs/remotes/origin/${branch}`));
    return { newest, here, there: undefined };
  }
  const there = await remoteTip(repository, branch, remote);
  if (there === undefined || there === here) return { newest: here, here, there };
  if ((await repository.commitAt(there)) === undefined) await fetchBranch(repository, branch, remote);
  if (here === undefined || (await repository.isAncestor(here, there))) return { newest: there, here, there };
  if (await repository.isAncestor(there, here)) return { newest: here, here, there };
  throw new EnvironmentError(
    `branch ${branch} here and on ${withoutUrlSecrets(remote)} have gone different ways`,
    `what counts is on ${withoutUrlSecrets(remote)}: delete yours with \`git branch -D ${branch}\` and publish again`,
  );
}

/** The commit at a branch of a remote; `undefined` where it does not have the branch. */
export async function remoteTip(repository: Repository, branch: string, remote: string): Promise<string | undefined> {
  const ref = `refs/heads/${branch}`;
  const answer = await repository.try(["ls-remote", "--refs", "--", remote, ref]);
  if (answer.code !== 0)
    throw gitFailure(
      "ls-remote",
      answer,
      `see that ${withoutUrlSecrets(remote)} is a remote or a URL, and that you may read from it`,
    );
  // A pattern may fit the end of other names, too.
  const line = answer.stdout.split("\n").find((text) => text.endsWith(`\t${ref}`));
  return line?.slice(0, line.indexOf("\t"));
}

async function fetchBranch(repository: Repository, branch: string, remote: string): Promise<void> {
  const options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--quiet"];
  const answer = await repository.try(["fetch", ...options, "--", remote, `refs/heads/${branch}`]);
  if (answer.code !== 0) throw gitFailure("fetch", answer);
}
