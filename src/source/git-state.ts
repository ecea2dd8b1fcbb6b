/**
 * Which commit a directory is a checkout of, and whether it differs from it.
 */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { commitTime, gitFailure, openGit } from "./git-command.ts";
import type { Git } from "./git-command.ts";

export interface GitState {
  /** 40 or 64 hex digits; `-dirty` follows where promgen.yml or the inventory differs. */
  readonly commit: string;
  /** Committer time in seconds since 1970. */
  readonly time: number;
  readonly isDirty: boolean;
  /** The first file that Git was told to leave out or not to look at: it may be missing or another one, and no status says so. */
  readonly unseen?: string;
}

/**
 * Asks Git. `undefined` outside a repository, and before its first commit.
 *
 * @param root absolute path of the directory that holds promgen.yml
 * @param paths what counts, relative to the root: promgen.yml and the inventory, and symbolic links in it, for which what
 *   they lead to counts as well. Untracked files count, and ignored ones where they are YAML
 * Throws EnvironmentError where Git fails.
 */
export async function gitState(root: string, paths: readonly string[]): Promise<GitState | undefined> {
  if (findRepository(root) === undefined) return undefined;
  try {
    const git = await openGit(root);
    const [[head], { isDirty, unseen }] = await Promise.all([
      git.objects(["HEAD^{commit}"]),
      differences(git, withLinked(root, paths)),
    ]);
    // There is no commit yet.
    if (head === undefined) return undefined;
    return {
      commit: `${head.id}${isDirty ? "-dirty" : ""}`,
      time: commitTime(head.bytes),
      isDirty,
      ...(unseen === undefined ? {} : { unseen }),
    };
  } catch (error) {
    throw gitFailure(error);
  }
}

async function differences(git: Git, paths: readonly string[]): Promise<Pick<GitState, "isDirty" | "unseen">> {
  // Without the lock on the index, so that whoever commits meanwhile is not turned away.
  const plainly = ["--no-optional-locks", "--literal-pathspecs"];
  const options = ["--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional"];
  // A line that is always there: simple-git waits 50 ms for the words of a command that has none.
  const header = ["--branch", "--no-ahead-behind"];
  const [status, files] = await Promise.all([
    git.text([...plainly, "status", ...options, ...header, "--ignore-submodules=none", "--", ...paths]),
    git.text([...plainly, "ls-files", "-v", "-z", "--", ...paths]),
  ]);
  // `status` does not look at files that Git was told to leave out (S, a sparse checkout) or not to look at (lower case).
  const unseen = files
    .split("\0")
    .find((entry) => /^[a-zS]/.test(entry))
    ?.slice(2);
  const isDirty = unseen !== undefined || status.split("\0").some((entry) => entry !== "" && isChange(entry));
  return { isDirty, ...(unseen === undefined ? {} : { unseen }) };
}

/** An ignored file counts only where it is YAML: it would be rendered, and no commit has it. The header names the branch. */
function isChange(entry: string): boolean {
  return !entry.startsWith("## ") && (!entry.startsWith("!! ") || /\.ya?ml$|\/$/i.test(entry));
}

/** Git compares a symbolic link as such: what it leads to is another path. */
function withLinked(root: string, paths: readonly string[]): string[] {
  const realRoot = realpathSync(root);
  const all = new Set(paths);
  for (const path of paths) {
    const full = join(realRoot, path);
    const target = existsSync(full) ? realpathSync(full) : full;
    if (target !== full) all.add(relative(realRoot, target));
  }
  return [...all];
}

/**
 * The way from the root of the repository down to a directory, with `/` at its end; "" at the root and outside of Git.
 * Looks for `.git` alone: no program is started.
 */
export function repositoryPrefix(directory: string): string {
  const root = findRepository(directory);
  const way = root === undefined ? "" : relative(root, realpathSync(directory)).split(sep).join("/");
  return way === "" ? "" : `${way}/`;
}

/** The directory above that holds `.git`, by its real path, as Git finds it; no program is started. */
export function findRepository(directory: string): string | undefined {
  for (let at = realpathSync(directory); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return undefined;
  }
}
