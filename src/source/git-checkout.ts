/**
 * What a checkout says of where it belongs: the branch that changes are merged into, and the repository's address.
 */
import { ask, gitFailure, openGit } from "./git-command.ts";
import type { Git } from "./git-command.ts";
import { findRepository } from "./git-state.ts";

export interface Checkout {
  /** The default branch, by its short name; undefined where it cannot be told. */
  readonly branch?: string;
  /** The web address of the remote `origin`, without credentials: `https://github.com/acme/targets`. */
  readonly repository?: string;
}

/** @param directory absolute path; nothing is known outside of a repository. Throws EnvironmentError where Git fails */
export async function readCheckout(directory: string): Promise<Checkout> {
  if (findRepository(directory) === undefined) return {};
  try {
    const git = await openGit(directory);
    const remote = await ask(git, ["config", "--get", "remote.origin.url"]);
    const repository = remote === undefined ? undefined : webAddress(remote);
    const branch = await defaultBranch(git);
    return { ...(branch === undefined ? {} : { branch }), ...(repository === undefined ? {} : { repository }) };
  } catch (error) {
    throw gitFailure(error);
  }
}

/** What the remote says, else `main` or `master` where they are there; else what is checked out, if only by name. */
async function defaultBranch(git: Git): Promise<string | undefined> {
  const remote = await ask(git, ["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]);
  if (remote !== undefined) return remote.replace(/^origin\//, "");
  const known = (await git.text(["for-each-ref", "--format=%(refname:short)", "refs/heads/main", "refs/heads/master"]))
    .trim()
    .split("\n")[0];
  return known === "" ? await ask(git, ["symbolic-ref", "--quiet", "--short", "HEAD"]) : known;
}

/**
 * A remote's address as people open it: `git@host:owner/name.git` and the like as `https://host/owner/name`. `undefined` for
 * paths, and for all that could be something else.
 */
export function webAddress(remote: string): string | undefined {
  const parts =
    /^(?:(?:https|ssh|git):\/\/(?:[^@/\s]*@)?([\w.-]+)(?::\d+)?\/|(?:[\w.-]+@)([\w.-]+):)([\w.~-]+(?:\/[\w.~-]+)+)$/.exec(
      remote.replace(/\/$/, "").replace(/\.git$/, ""),
    );
  const [, host = parts?.[2], , path] = parts ?? [];
  return host === undefined || path === undefined ? undefined : `https://${host}/${path}`;
}
