/**
 * Which commit a directory is a checkout of, and whether it differs from it.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { EnvironmentError } from "../exit.ts";

export interface GitState {
  /** 40 or 64 hex digits; `-dirty` follows where promgen.yml or the inventory differs. */
  readonly commit: string;
  /** Committer time in seconds since 1970. */
  readonly time: number;
  readonly isDirty: boolean;
}

/**
 * Asks Git. `undefined` outside a repository, and before its first commit.
 *
 * @param root absolute path of the directory that holds promgen.yml
 * @param paths what counts, relative to the root: promgen.yml and the inventory, untracked and ignored files included
 * Throws EnvironmentError where Git fails.
 */
export async function gitState(root: string, paths: readonly string[]): Promise<GitState | undefined> {
  // Loading simple-git costs about a third of starting Node: not for those who are outside of Git.
  if (!isInRepository(root)) return undefined;
  const { simpleGit } = await import("simple-git");
  const git = simpleGit({ baseDir: root, timeout: { block: 60_000 } });
  try {
    const head = await git
      .raw(["rev-list", "--max-count=1", "--no-commit-header", "--format=%H %ct", "HEAD", "--"])
      .catch((error: unknown) => {
        if (/bad revision|unknown revision|ambiguous argument/.test(String(error))) return "";
        throw error;
      });
    const match = /^(?<commit>[0-9a-f]{40}|[0-9a-f]{64}) (?<time>\d+)$/m.exec(head);
    if (match?.groups === undefined) return undefined;
    const status = await git.raw([
      "status",
      "--porcelain=v1",
      "-z",
      "--untracked-files=all",
      "--ignored=matching",
      "--no-renames",
      "--",
      ...paths.map((path) => `:(literal)${path}`),
    ]);
    const isDirty = status.split("\0").some((entry) => entry !== "" && isChange(entry));
    return {
      commit: `${match.groups["commit"]}${isDirty ? "-dirty" : ""}`,
      time: Number(match.groups["time"]),
      isDirty,
    };
  } catch (error) {
    const message =
      String(error instanceof Error ? error.message : error)
        .split("\n")
        .find((line) => line.trim() !== "") ?? "";
    const isOwner = /dubious ownership/.test(String(error));
    throw new EnvironmentError(
      `Git failed: ${message.trim()}`,
      isOwner
        ? "the directory belongs to another user: see `git help config`, safe.directory"
        : "run `git status` here to see more",
    );
  }
}

/** An ignored file counts only where it is YAML: it would be rendered, and no commit has it. */
function isChange(entry: string): boolean {
  return !entry.startsWith("!! ") || /\.ya?ml$|\/$/.test(entry);
}

function isInRepository(root: string): boolean {
  for (let at = root; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return true;
    if (dirname(at) === at) return false;
  }
}
