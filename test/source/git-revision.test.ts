import { existsSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { findBase, findRevision } from "../../src/source/git-revision.ts";
import type { Revision } from "../../src/source/git-revision.ts";
import { describe } from "../describe.ts";
import { withMade } from "../snapshot.ts";
import { commitAll, git, run, withDirectory } from "../workplace.ts";

/** A repository with some commits on `main`, called c0, c1 and so on by tags. */
async function inRepository<T>(act: (root: string) => Promise<T>, { commits = 3, branch = "main" } = {}): Promise<T> {
  const make = async (directory: string): Promise<void> => {
    await git(directory, "init", "-q", "-b", branch, "origin");
    for (let index = 0; index < commits; index++) await commit(join(directory, "origin"), `c${index}`);
  };
  const name = `${commits} ${branch}`;
  return await withMade(name, make, async (directory) => await act(join(directory, "origin")));
}

async function commit(root: string, name: string): Promise<string> {
  const id = await commitAll(root, name);
  await git(root, "tag", name);
  return id;
}

async function clone(root: string, ...options: readonly string[]): Promise<string> {
  const directory = join(root, "../clone");
  await git(join(root, ".."), "clone", "-q", ...options, `file://${root}`, directory);
  return directory;
}

async function failure(revision: Promise<Revision>): Promise<EnvironmentError> {
  const error = await revision.then(
    (found) => new Error(`found ${found.name}`),
    (failed: unknown) => failed,
  );
  assert.instance(error, EnvironmentError, String(error));
  return error as EnvironmentError;
}

/** Runs the command that a hint names, as somebody would who copies it. */
async function follow(directory: string, { hint = "" }: EnvironmentError): Promise<string> {
  const command = /`(git fetch [^`]+)`/.exec(hint)?.[1];
  assert.ok(command, hint);
  const ran = await run(directory, ["sh", "-c", command ?? ""]);
  assert.is(ran.exit, 0, `${command}: ${ran.stderr}`);
  return command ?? "";
}

describe("a revision", (it) => {
  it("is a branch, a tag, an id or a part of it, or something relative to these", async () => {
    await inRepository(async (root) => {
      const id = await git(root, "rev-parse", "HEAD~1");
      await git(root, "tag", "-a", "-m", "words", "annotated", id);
      for (const name of ["main~1", "c1", "annotated", id, id.slice(0, 9), "HEAD^", "refs/tags/c1", "@{0}^"])
        assert.equal(await findRevision(root, name), { name, commit: id });
    });
  });

  it("is found from a directory below, in a worktree, and with a detached head", async () => {
    await inRepository(async (root) => {
      const id = await git(root, "rev-parse", "HEAD");
      await git(root, "worktree", "add", "-q", "--detach", "../worktree", "c0");
      await run(root, ["mkdir", "-p", "a/b"]);
      assert.is((await findRevision(join(root, "a/b"), "HEAD")).commit, id);
      assert.is((await findRevision(join(root, "../worktree"), "main")).commit, id);
      assert.is((await findRevision(join(root, "../worktree"), "HEAD")).commit, await git(root, "rev-parse", "c0"));
    });
  });

  it("is never an option, and never more than one", async () => {
    await inRepository(async (root) => {
      const canary = join(root, "canary");
      const hostile = [
        `--output=${canary}`,
        `--upload-pack=touch ${canary}`,
        "-x",
        "--all",
        "",
        "HEAD\nHEAD",
        "HEAD\0",
        "\u001b[31mHEAD",
        "HEAD..c0",
        "HEAD...c0",
        "^c0",
        "HEAD^@",
        `$(touch ${canary})`,
        `;touch ${canary}`,
        "HEAD:",
        "@{upstream}",
      ];
      for (const name of hostile) {
        const { message, hint = "" } = await failure(findRevision(root, name));
        assert.not.match(message + hint, /\p{Cc}/u, name);
      }
      assert.not(existsSync(canary));
    });
  });

  it("is no name of several, of which Git would take one", async () => {
    await inRepository(async (root) => {
      const [first, last] = [await git(root, "rev-parse", "c0"), await git(root, "rev-parse", "main")];
      await git(root, "tag", "-a", "-m", "words", "main", last);
      assert.is((await findRevision(root, "main")).commit, last, "both are the same commit");
      await git(root, "tag", "-f", "-a", "-m", "words", "main", first);
      for (const [name, rest] of [
        ["main", ""],
        ["main~1", "~1"],
        ["main^{commit}", "^{commit}"],
      ] as const) {
        const { message, hint } = await failure(findRevision(root, name));
        assert.match(message, "stands for several commits here");
        assert.match(hint ?? "", `\`refs/tags/main${rest}\``);
        assert.match(hint ?? "", `\`refs/heads/main${rest}\``);
      }
      assert.is((await findRevision(root, "refs/heads/main")).commit, last);
      assert.is((await findRevision(root, "refs/tags/main")).commit, first);
      // Names below it are others.
      await git(root, "update-ref", "refs/remotes/c1/main", first);
      assert.is((await findRevision(root, "c1")).commit, await git(root, "rev-parse", "refs/tags/c1"));
    });
  });

  it("that is not there is called so, with the way to get it where a remote may have it", async () => {
    await inRepository(async (root) => {
      const alone = await failure(findRevision(root, "nowhere"));
      assert.match(alone.message, "`nowhere`");
      assert.not.match(alone.hint ?? "", "git fetch");
      const copy = await clone(root);
      await git(root, "branch", "late");
      const late = await failure(findRevision(copy, "late"));
      await follow(copy, late);
      assert.match(late.hint ?? "", "origin/late");
      assert.ok(await findRevision(copy, "origin/late"));
      // A command that somebody copies holds nothing that a shell would run.
      for (const name of ["$(id)", "a`b", "x;y", "a b", "it's"]) {
        assert.not.match((await failure(findRevision(copy, name))).hint ?? "", name);
      }
    });
  });

  it("that a shallow clone lacks comes with the command that gets it", async () => {
    await inRepository(async (root) => {
      const first = await git(root, "rev-parse", "c0");
      await git(root, "branch", "other", "c1");
      for (const name of [first, "HEAD~2", "origin/other", "refs/remotes/origin/other", first.slice(0, 10)]) {
        const copy = await clone(root, "--depth=1");
        const error = await failure(findRevision(copy, name));
        assert.match(error.message, "shallow", name);
        await follow(copy, error);
        assert.ok(await findRevision(copy, name), name);
        await run(root, ["rm", "-rf", copy]);
      }
    });
  });

  it("is not there outside of Git and before the first commit", async () => {
    await withDirectory({}, async (root) => {
      assert.match((await failure(findRevision(root, "HEAD"))).message, "no Git repository");
      assert.match((await failure(findBase(root))).message, "no Git repository");
      await git(root, "init", "-q");
      assert.match((await failure(findRevision(root, "HEAD"))).message, "`HEAD`");
      assert.match((await failure(findBase(root))).message, "there is no commit here yet");
    });
  });
});

describe("the base of a change", (it) => {
  it("is where it went apart from the default branch, also with commits on both sides", async () => {
    await inRepository(async (root) => {
      const apart = await git(root, "rev-parse", "HEAD");
      await git(root, "checkout", "-q", "-b", "change");
      await commit(root, "d0");
      await git(root, "checkout", "-q", "main");
      await commit(root, "c3");
      await git(root, "checkout", "-q", "change");
      assert.equal(await findBase(root), { name: "main", commit: apart });
      await git(root, "checkout", "-q", "--detach");
      assert.equal(await findBase(root), { name: "main", commit: apart });
    });
  });

  it("is the commit itself on the default branch, and the only commit of a repository", async () => {
    for (const commits of [1, 3]) {
      await inRepository(
        async (root) =>
          assert.equal(await findBase(root), { name: "main", commit: await git(root, "rev-parse", "HEAD") }),
        { commits },
      );
    }
  });

  it("is what the remote has, not what was committed here to the branch of that name", async () => {
    await inRepository(async (root) => {
      const copy = await clone(root);
      const published = await git(copy, "rev-parse", "HEAD");
      await commit(copy, "local");
      assert.equal(await findBase(copy), { name: "origin/HEAD", commit: published });
    });
  });

  it("is found where the default branch has another name, as the remote says", async () => {
    await inRepository(
      async (root) => {
        await git(root, "branch", "main", "c0");
        const copy = await clone(root);
        await git(copy, "checkout", "-q", "-b", "change");
        await commit(copy, "d0");
        assert.equal(await findBase(copy), { name: "origin/HEAD", commit: await git(root, "rev-parse", "trunk") });
      },
      { branch: "trunk" },
    );
  });

  it("is taken from origin/main, origin/master, main or master where the remote does not say", async () => {
    await inRepository(
      async (root) => {
        const names: string[] = [];
        const copy = await clone(root);
        await git(copy, "checkout", "-q", "-b", "change");
        await git(copy, "remote", "set-head", "origin", "--delete");
        for (const ref of ["heads/master", "heads/main", "remotes/origin/master", "remotes/origin/main"]) {
          await git(copy, "update-ref", `refs/${ref}`, "HEAD");
          names.push((await findBase(copy)).name);
        }
        assert.equal(names, ["master", "main", "origin/master", "origin/main"]);
      },
      { branch: "trunk" },
    );
  });

  it("is asked for where no branch of these names is there", async () => {
    await inRepository(
      async (root) => {
        const { message, hint } = await failure(findBase(root));
        assert.match(message, "default branch");
        assert.is(hint, "name a revision with --base");
        await git(root, "remote", "add", "origin", "../elsewhere");
        assert.match(
          (await failure(findBase(root))).hint ?? "",
          "name a revision with --base, or run `git fetch origin ",
        );
      },
      { branch: "trunk" },
    );
  });

  it("comes with the command to fetch it where a shallow clone of one branch lacks it", async () => {
    await inRepository(async (root) => {
      await git(root, "checkout", "-q", "-b", "change", "c1");
      await commit(root, "d0");
      const copy = await clone(root, "--depth=1", "--single-branch", "--branch=change");
      // As a workflow has it: a detached head, and nothing that says which branch is the default one.
      await git(copy, "checkout", "-q", "--detach");
      await git(copy, "remote", "set-head", "origin", "--delete");
      const unknown = await failure(findBase(copy));
      assert.match(await follow(copy, unknown), "--unshallow");
      assert.equal(await findBase(copy), { name: "origin/main", commit: await git(root, "rev-parse", "c1") });
    });
  });

  it("comes with the command to fetch it where a shallow clone knows the default branch", async () => {
    await inRepository(async (root) => {
      await git(root, "checkout", "-q", "-b", "change", "c1");
      await commit(root, "d0");
      await git(root, "checkout", "-q", "main");
      const copy = await clone(root, "--depth=1", "--no-single-branch", "--no-tags", "--branch=change");
      const error = await failure(findBase(copy));
      assert.match(error.message, "shallow");
      await follow(copy, error);
      assert.is((await findBase(copy)).commit, await git(root, "rev-parse", "c1"));
    });
  });

  it("is not there where two histories have nothing in common", async () => {
    await inRepository(async (root) => {
      await git(root, "checkout", "-q", "--orphan", "stranger");
      await git(root, "commit", "-q", "--allow-empty", "-m", "first");
      assert.match((await failure(findBase(root))).message, "no commit in common");
    });
  });
});
