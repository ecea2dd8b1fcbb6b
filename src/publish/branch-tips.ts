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
 * Finds the tips of a branch; what the remote has is fetched. Without a remote, it goes on from where that of `origin` was seen
 * last, if that is further.
 *
 * Throws EnvironmentError where the remote does not answer, where a branch cannot be read, and where the two have gone
 * different ways.
 */
export async function findTips(repository: Repository, { branch, remote }: Target): Promise<Tips> {
  const own = `refs/heads/${branch}`;
  if (remote === undefined) {
    const [here, seen] = await repository.tipsOf([own, `refs/remotes/origin/${branch}`]);
    return { newest: await newer(repository, branch, here, seen, "origin"), here, there: undefined };
  }
  const here = await repository.tipOf(own);
  const there = await remoteTip(repository, branch, remote);
  if (there !== undefined && !(await repository.has(there))) await fetchBranch(repository, branch, remote);
  return { newest: await newer(repository, branch, here, there, remote), here, there };
}

async function newer(
  repository: Repository,
  branch: string,
  here: string | undefined,
  there: string | undefined,
  remote: string,
): Promise<string | undefined> {
  if (here === undefined || there === undefined) return here ?? there;
  if (await repository.isAncestor(here, there)) return there;
  if (await repository.isAncestor(there, here)) return here;
  throw new EnvironmentError(
    `branch ${branch} here and on ${withoutUrlSecrets(remote)} have gone different ways`,
    `what counts is on ${withoutUrlSecrets(remote)}: delete yours with \`git branch -D ${branch}\` and run this again`,
  );
}

/** The commit at a branch of a remote; `undefined` where it does not have the branch. */
export async function remoteTip(repository: Repository, branch: string, remote: string): Promise<string | undefined> {
  const ref = `refs/heads/${branch}`;
  const answer = await repository.try(["ls-remote", "--", remote, ref]);
  if (answer.code !== 0)
    throw gitFailure(
      "ls-remote",
      answer,
      `see that ${withoutUrlSecrets(remote)} is a remote or a URL, and that you may read from it`,
    );
  // A pattern may fit the end of other names, too.
  const line = answer.stdout.split("\n").find((text) => text.endsWith(`\t${ref}`));
  if (line === undefined) await refuseOther(repository, remote);
  return line?.slice(0, line.indexOf("\t"));
}

/**
 * Throws EnvironmentError where it is no Git server that has nothing to tell of a branch: Git takes an empty answer to HTTP, of a
 * proxy or a page to sign in, for a repository without branches, and nothing would be compared with what is published.
 */
async function refuseOther(repository: Repository, remote: string): Promise<void> {
  const answer = await repository.try(["ls-remote", "--", remote], { variables: { GIT_TRACE_PACKET: "1" } });
  // Where the files of a repository lie on a plain web server, no protocol is spoken: it has branches to show.
  if (answer.code === 0 && (answer.stdout !== "" || /\bpacket: \S+< /.test(answer.words))) return;
  throw new EnvironmentError(
    `${withoutUrlSecrets(remote)} answers, but not as a Git server does`,
    "see that the URL is that of a repository, and whether a proxy or a page to sign in stands before it",
  );
}

async function fetchBranch(repository: Repository, branch: string, remote: string): Promise<void> {
  const options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--quiet"];
  const answer = await repository.try(["fetch", ...options, "--", remote, `refs/heads/${branch}`]);
  if (answer.code !== 0) throw gitFailure("fetch", answer);
}
