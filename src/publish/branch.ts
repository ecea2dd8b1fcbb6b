/**
 * Publishes to a Git branch that has nothing but artifacts, one commit a generation. The commit is made of Git's objects:
 * neither the work tree nor the index is touched, and only files that changed are stored.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { algorithmOf, blobIds } from "../source/git-blob.ts";
import { gitFailure as unreadable, openGit } from "../source/git-command.ts";
import { attempt } from "./attempt.ts";
import { BranchMover } from "./branch-mover.ts";
import { findTips } from "./branch-tips.ts";
import type { Target } from "./branch-tips.ts";
import { commitFiles } from "./commit-files.ts";
import type { Destination, FileTest } from "./destination.ts";
import { DirectorySink } from "./directory-sink.ts";
import { foreignContent } from "./ownership.ts";
import { withPrivateDirectory } from "./private-directory.ts";
import { gitFailure, Repository } from "./repository.ts";

/**
 * Publishes to a branch of the repository that `io.cwd` lies in.
 *
 * Throws EnvironmentError where the branch cannot be one of artifacts, and where Git or the remote fails.
 */
export async function withBranch<T>(io: Io, target: Target, act: (destination: Destination) => Promise<T>): Promise<T> {
  const repository = new Repository(io);
  await checkNames(repository, target);
  const tips = await findTips(repository, target);
  const { newest } = tips;
  const ids: ReadonlyMap<string, string> = newest === undefined ? new Map() : await filesIn(repository, newest);
  const paths = [...ids.keys()];
  const known = new Map<string, string>();
  const read = async (path: string): Promise<string | undefined> => {
    if (newest === undefined || !ids.has(path)) return undefined;
    const before = known.get(path);
    if (before !== undefined) return before;
    const answer = await repository.try(["cat-file", "blob", `${newest}:${path}`]);
    if (answer.code !== 0) throw gitFailure("cat-file", answer);
    known.set(path, answer.stdout);
    return answer.stdout;
  };
  if (newest !== undefined) refuseForeign(target.branch, paths, (await read("manifest.json")) ?? "");
  const mover = new BranchMover(repository, target, tips, (note) => io.stderr.write(`note: ${note}\n`));
  return await withPrivateDirectory(io, async (directory) => {
    const files = join(directory, "files");
    const what = "write to a temporary file";
    attempt(what, () => mkdirSync(files));
    const sink = new DirectorySink(files);
    const written = new Set<string>();
    try {
      return await act({
        name: mover.name,
        published: newest === undefined ? undefined : `branch:${newest}`,
        paths: new Set(paths),
        read,
        holds: async (tests) =>
          await holds(io.cwd, ids, tests, (path) =>
            written.has(path) ? attempt("read a temporary file", () => readFileSync(join(files, path))) : undefined,
          ),
        write: (path, chunk) => attempt(what, () => sink.write(path, chunk)),
        end(path) {
          written.add(path);
          attempt(what, () => sink.end(path));
        },
        async commit({ title, body }) {
          const index = join(directory, "index");
          const message = `${title}\n\n${body}`;
          await mover.moveTo(
            await commitFiles(repository, { files, written: [...written], index, parent: newest, message }),
          );
        },
        keep: async () => await mover.catchUp(),
      });
    } finally {
      sink.close();
    }
  });
}

/** What readers leave out of the name of a branch: with it, they would read another one than is written. */
const PREFIX = /^(?:refs\/(?:heads\/|remotes\/(?:origin\/)?|tags\/)?|origin\/)/;
/** Readers take it for a commit. */
const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

async function checkNames(repository: Repository, { branch, remote }: Target): Promise<void> {
  // `origin/HEAD` is there in every clone, and is another branch.
  const isName =
    !branch.startsWith("-") &&
    branch !== "HEAD" &&
    !ID.test(branch) &&
    (await repository.ask(["check-ref-format", `refs/heads/${branch}`])) === "";
  if (!isName)
    throw new EnvironmentError(
      "--branch: that is no name of a branch",
      "`git help check-ref-format` says what a name may be",
    );
  const [prefix] = PREFIX.exec(branch) ?? [];
  if (prefix !== undefined)
    throw new EnvironmentError(
      `--branch: ${branch} is more than the name of a branch`,
      `say it without \`${prefix}\`: what is published would not be compared with what that branch has`,
    );
  if (remote === "" || remote?.startsWith("-") === true)
    throw new EnvironmentError("--push: that is no remote and no URL", "`git remote` lists the remotes");
  const worktrees = await repository.git(["worktree", "list", "--porcelain"]);
  if (worktrees.split("\n").includes(`branch refs/heads/${branch}`))
    throw new EnvironmentError(
      `branch ${branch} is checked out, and artifacts cannot be published to it`,
      "check out the branch of the inventory, or name another one with --branch",
    );
}

/** The files of a commit: path → id. What is no plain file has an id that no file has. */
async function filesIn(repository: Repository, commit: string): Promise<Map<string, string>> {
  const listing = await repository.git(["ls-tree", "-r", "-z", "--full-tree", commit]);
  const entries = listing.matchAll(/(\d+) \w+ ([0-9a-f]+)\t([^\0]+)\0/g);
  return new Map([...entries].map(([, mode, id = "", path = ""]) => [path, mode === "100644" ? id : ""]));
}

/** What is written already is what most files still are: Git is asked for the others alone. */
async function holds(
  directory: string,
  ids: ReadonlyMap<string, string>,
  tests: ReadonlyMap<string, FileTest>,
  rendered: (path: string) => Uint8Array | undefined,
): Promise<boolean> {
  const others: string[] = [];
  for (const [path, test] of tests) {
    const id = ids.get(path);
    if (id === undefined || id === "") return false;
    const bytes = rendered(path);
    if (bytes === undefined || blobIds(algorithmOf(id))(bytes) !== id) others.push(path);
    else if (!test(bytes)) return false;
  }
  try {
    const objects = await (await openGit(directory)).objects(others.map((path) => ids.get(path) ?? ""));
    return others.every((path, index) => {
      const object = objects[index];
      return object !== undefined && tests.get(path)?.(object.bytes) === true;
    });
  } catch (error) {
    throw unreadable(error);
  }
}

/** Whoever names the wrong branch does not lose it. */
function refuseForeign(branch: string, paths: readonly string[], manifest: string): void {
  const foreign = foreignContent("", {
    list(directory) {
      const prefix = directory === "" ? "" : `${directory}/`;
      const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
      const names = new Map(below.map((path) => [path.split("/")[0] ?? "", path.includes("/")]));
      return [...names].map(([name, isDirectory]) => ({ name, isDirectory }));
    },
    read: () => manifest,
  });
  if (foreign === undefined) return;
  throw new EnvironmentError(
    `branch ${branch} holds something that is not an artifact: ${JSON.stringify(posix.normalize(foreign))}`,
    "name another branch with --branch: a publication replaces all that is in it",
  );
}
