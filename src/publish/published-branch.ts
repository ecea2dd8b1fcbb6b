/**
 * What is published on a Git branch: here, or on a remote.
 */
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import { gitFailure as unreadable, openGit } from "../source/git-command.ts";
import { findTips, remoteTip } from "./branch-tips.ts";
import { withPrivateDirectory } from "./private-directory.ts";
import { tooLarge } from "./published-place.ts";
import type { PublishedFiles, Wanted } from "./published-place.ts";
import { gitFailure, Repository } from "./repository.ts";

/**
 * Opens a branch, or a commit by its id. One that is not here is looked for on the remote `origin`: a workflow's clone has
 * only what it was told to fetch. `undefined` where that does not have it either, or is not there.
 *
 * Throws EnvironmentError outside of Git, and where the remote does not answer.
 */
export async function openPublishedBranch(name: string, io: Io): Promise<PublishedFiles | undefined> {
  const repository = new Repository(io);
  if ((await repository.ask(["rev-parse", "--git-dir"])) === undefined)
    throw new EnvironmentError(
      `${showText(name)} is no directory, and no branch: this is no Git repository`,
      "name a URL, a directory or a branch",
    );
  const branch = branchName(name);
  const commit = await newest(repository, branch);
  return commit === undefined ? undefined : openCommit(commit, io.cwd, `branch ${showText(branch)}`);
}

async function newest(repository: Repository, branch: string): Promise<string | undefined> {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(branch)) {
    const commit = await repository.commitAt(branch);
    if (commit === undefined)
      throw new EnvironmentError(`there is no commit ${branch} here`, "fetch it, or name a branch");
    return commit;
  }
  const [here, there] = await Promise.all(
    ["heads", "remotes/origin"].map((place) => repository.commitAt(`refs/${place}/${branch}`)),
  );
  // What was published by somebody else is known from there.
  if (here !== undefined && there !== undefined) return (await repository.isAncestor(here, there)) ? there : here;
  if (here !== undefined || there !== undefined) return here ?? there;
  const hasOrigin = (await repository.ask(["config", "--get", "remote.origin.url"])) !== undefined;
  return hasOrigin ? (await findTips(repository, { branch, remote: "origin" })).newest : undefined;
}

/**
 * Opens a branch of another repository, `git+<url>#<branch>`, for as long as something is done with it.
 *
 * Throws EnvironmentError where it cannot be fetched.
 */
export async function withPublishedRemote<T>(
  where: string,
  io: Io,
  act: (files: PublishedFiles | undefined) => Promise<T>,
): Promise<T> {
  const { url = "", branch = "" } =
    /^git\+(?<url>(?:https?|ssh|file):\/\/[^#]+)#(?<branch>.+)$/is.exec(where)?.groups ?? {};
  const name = showText(where);
  if (url === "") {
    throw new EnvironmentError(
      `${name} names no branch of a repository`,
      "write git+https://<host>/<path>#<branch>; ssh and file are possible as well",
    );
  }
  if (/^[^/]*\/\/[^/@]*:[^/@]*@/.test(url)) {
    throw new EnvironmentError(
      `${name} has a password in it, which everybody on this machine could read`,
      "take it out: Git has credential helpers, see `git help credentials`",
    );
  }
  return await withPrivateDirectory(io, async (directory) => {
    // A hook's own variables lead to another repository.
    const repository = new Repository({ ...io, cwd: directory, env: { ...io.env, GIT_DIR: directory } });
    await repository.git(["init", "--quiet", "--bare", "--", directory]);
    const ref = `refs/heads/${branchName(branch)}`;
    if ((await remoteTip(repository, branch, url)) === undefined) return await act(undefined);
    const options = ["--depth=1", "--no-tags", "--no-recurse-submodules", "--quiet"];
    const fetched = await repository.try(["fetch", ...options, "--", url, `+${ref}:${ref}`]);
    if (fetched.code !== 0) throw gitFailure("fetch", fetched);
    const commit = (await repository.commitAt(ref)) ?? "";
    return await act(openCommit(commit, directory, name));
  });
}

/** @param repository absolute path of a directory in it */
function openCommit(commit: string, repository: string, name: string): PublishedFiles {
  return {
    name,
    async read(files: readonly Wanted[]) {
      try {
        const git = await openGit(repository);
        const objects = await git.objects(files.map(({ path }) => `${commit}:${path}`));
        return objects.map((object, index) => {
          const { path = "", limit = 0 } = files[index] ?? {};
          if (object !== undefined && (object.kind !== "blob" || object.bytes.length > limit))
            throw tooLarge(path, limit);
          return object?.bytes;
        });
      } catch (error) {
        throw unreadable(error);
      }
    },
  };
}

/** Throws EnvironmentError for what no branch is called, https://git-scm.com/docs/git-check-ref-format */
function branchName(name: string): string {
  const branch = name.replace(/^(?:refs\/heads\/|origin\/)/, "");
  if (branch === "" || /^-|\p{Cc}|[ ~^:?*[\\]|\.\.|@\{|\/\/|(?:\/|\.|\.lock)$/u.test(branch))
    throw new EnvironmentError(`${showText(name)} is no name of a branch`, "name the branch of the artifacts");
  return branch;
}
