/**
 * What is published on a Git branch: here, or on a remote.
 */
import { join } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import { gitFailure as unreadable, openGit } from "../source/git-command.ts";
import { findTips, remoteTip } from "./branch-tips.ts";
import { withPrivateDirectory } from "./private-directory.ts";
import { unfit } from "./published-place.ts";
import type { PublishedFiles, Wanted } from "./published-place.ts";
import { gitFailure, Repository } from "./repository.ts";

/** Where a branch of another repository is kept while it is read. */
const TIP = "refs/promgen-gen/tip";

/**
 * Opens a branch, or a commit by its id. Where there is a remote `origin`, it is asked as well: what somebody else published
 * counts, though nobody has fetched it. `undefined` where neither has the branch.
 *
 * Throws EnvironmentError outside of Git, where the remote does not answer, where the branch is damaged, and where the two have
 * gone different ways.
 */
export async function openPublishedBranch(name: string, io: Io): Promise<PublishedFiles | undefined> {
  const repository = new Repository(io);
  if (!(await repository.exists()))
    throw new EnvironmentError(
      `${showText(name)} is no directory, and no branch: this is no Git repository`,
      "name a URL, a directory or a branch",
    );
  const branch = branchName(name);
  const commit = await newest(repository, branch);
  return commit === undefined
    ? undefined
    : openCommit(commit, io.cwd, `${ID.test(branch) ? "commit" : "branch"} ${showText(branch)}`);
}

/** Whether there is a branch of a name that may be something else as well. Throws EnvironmentError where nobody can tell. */
export async function hasPublishedBranch(name: string, io: Io): Promise<boolean> {
  const branch = shortName(name);
  if (!isBranchName(branch) || ID.test(branch)) return false;
  const repository = new Repository(io);
  return (await repository.exists()) && (await newest(repository, branch)) !== undefined;
}

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

async function newest(repository: Repository, branch: string): Promise<string | undefined> {
  if (ID.test(branch)) {
    if (await repository.has(branch)) return branch;
    throw new EnvironmentError(`there is no commit ${branch} here`, "fetch it, or name a branch");
  }
  const hasOrigin = (await repository.ask(["config", "--get", "remote.origin.url"])) !== undefined;
  return (await findTips(repository, { branch, remote: hasOrigin ? "origin" : undefined })).newest;
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
    // Said explicitly: directories for temporary files may lie in another repository.
    const repository = new Repository({ ...io, cwd: directory }, { GIT_DIR: join(directory, ".git") });
    const ref = `refs/heads/${branchName(branch)}`;
    const commit = await remoteTip(repository, branch, url);
    if (commit === undefined) return await act(undefined);
    // Repositories with ids of different lengths do not talk to each other.
    const format = commit.length === 64 ? ["--object-format=sha256"] : [];
    // Not a bare one: git can be told to enter none that it finds by itself.
    await repository.git(["init", "--quiet", ...format]);
    const options = ["--depth=1", "--no-tags", "--no-recurse-submodules", "--quiet"];
    const fetched = await repository.try(["fetch", ...options, "--", url, `+${ref}:${TIP}`]);
    if (fetched.code !== 0) throw gitFailure("fetch", fetched);
    return await act(openCommit((await repository.tipOf(TIP)) ?? commit, directory, name));
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
          const { limit = 0 } = files[index] ?? {};
          const isFit = object === undefined || (object.kind === "blob" && object.bytes.length <= limit);
          return isFit ? object?.bytes : unfit(limit);
        });
      } catch (error) {
        throw unreadable(error);
      }
    },
    async list(directories) {
      try {
        const git = await openGit(repository);
        const text = await git.text(["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit]);
        const paths = text.split("\0").filter((path) => path !== "");
        return [...new Set(paths.map((path) => shortened(path, directories)))];
      } catch (error) {
        throw unreadable(error);
      }
    },
  };
}

/** The path of a file at the root or below one of these directories; of others, the name of the directory. */
function shortened(path: string, directories: readonly string[]): string {
  const end = path.indexOf("/");
  return end < 0 || directories.includes(path.slice(0, end)) ? path : path.slice(0, end + 1);
}

/** Throws EnvironmentError for what no branch is called, https://git-scm.com/docs/git-check-ref-format */
function branchName(name: string): string {
  const branch = shortName(name);
  if (isBranchName(branch)) return branch;
  throw new EnvironmentError(`${showText(name)} is no name of a branch`, "name the branch of the artifacts");
}

function shortName(name: string): string {
  return name.replace(/^(?:refs\/heads\/|origin\/)/, "");
}

function isBranchName(branch: string): boolean {
  return branch !== "" && !/^-|\p{Cc}|[ ~^:?*[\\]|\.\.|@\{|\/\/|(?:\/|\.|\.lock)$/u.test(branch);
}
