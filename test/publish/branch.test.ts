import { chmod, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { withBranch } from "../../src/publish/branch.ts";
import type { Destination } from "../../src/publish/destination.ts";
import { describe } from "../describe.ts";
import { withMade } from "../snapshot.ts";
import { commitAll, environment, git, inProcess, readFiles, run, writeFiles } from "../workplace.ts";
import type { Files } from "../workplace.ts";

const MANIFEST = '{ "generator": "promgen-gen 0" }\n';

type Options = { readonly branch?: string; readonly push?: string; readonly env?: NodeJS.ProcessEnv };

/** Publishes these files as a generation; `meanwhile` happens between reading what was published and writing anew. */
async function publish(
  directory: string,
  files: Files,
  options: Options = {},
  meanwhile: (destination: Destination) => Promise<void> = async () => {},
): Promise<string> {
  const target = { branch: options.branch ?? "artifacts", remote: options.push };
  try {
    await inProcess(directory, async (io) => {
      const env = { ...environment(directory), ...options.env };
      await withBranch({ ...io, env }, target, async (destination) => {
        await meanwhile(destination);
        for (const [path, content] of Object.entries({ "manifest.json": MANIFEST, ...files })) {
          destination.write(path, Buffer.from(content));
          destination.end(path);
        }
        await destination.commit({ title: "A generation", body: "What it is: é\n" });
      });
      return 0;
    });
    return "published";
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return `${error.message}\n${error.hint ?? ""}`;
  }
}

async function withRepository<T>(act: (directory: string) => Promise<T>): Promise<T> {
  return await withMade("repository", makeRepository, async (directory) => await act(join(directory, "repository")));
}

async function makeRepository(directory: string): Promise<void> {
  const repository = join(directory, "repository");
  await git(directory, "init", "--quiet", "repository");
  await writeFiles(repository, { "a.yml": "a\n", "b.yml": "b\n" });
  await commitAll(repository, "first");
}

/** A bare repository with one commit, and two clones of it beside. */
async function withClones<T>(act: (one: string, two: string, bare: string) => Promise<T>): Promise<T> {
  const make = async (base: string): Promise<void> => {
    await makeRepository(base);
    await git(base, "clone", "--quiet", "--bare", "repository", "bare.git");
    for (const name of ["one", "two"]) await git(base, "clone", "--quiet", "bare.git", name);
    // It is elsewhere each time.
    for (const name of ["bare.git", "one/.git", "two/.git"]) await replaceIn(join(base, name, "config"), base, "BASE");
  };
  return await withMade("clones", make, async (base) => {
    for (const name of ["bare.git", "one/.git", "two/.git"]) await replaceIn(join(base, name, "config"), "BASE", base);
    return await act(join(base, "one"), join(base, "two"), join(base, "bare.git"));
  });
}

async function replaceIn(path: string, text: string, by: string): Promise<void> {
  await writeFile(path, (await readFile(path, "utf8")).replace(text, by));
}

const show = async (directory: string, name: string): Promise<string> => await git(directory, "show", name);
const history = async (directory: string, branch = "artifacts"): Promise<number> =>
  Number(await git(directory, "rev-list", "--count", branch));
const countObjects = async (directory: string): Promise<number> =>
  Number(/count: (\d+)/.exec(await git(directory, "count-objects", "-v"))?.[1]);

describe("the artifact branch", (it) => {
  it("is an orphan with one commit a generation, each after the one before", async () => {
    await withRepository(async (repository) => {
      await git(repository, "config", "i18n.commitEncoding", "ISO-8859-1");
      assert.is(await publish(repository, { "shards/a/targets.json": "[1]\n" }), "published");
      const first = await git(repository, "rev-parse", "artifacts");
      assert.is(await git(repository, "log", "--format=%P", "artifacts"), "");
      const message = await git(repository, "log", "-1", "--encoding=UTF-8", "--format=%B", "artifacts");
      assert.is(message, "A generation\n\nWhat it is: é");
      assert.is(await publish(repository, { "shards/b/targets.json": "[2]\n" }), "published");
      assert.is(await git(repository, "log", "-1", "--format=%P", "artifacts"), first);
      assert.is(
        await git(repository, "ls-tree", "-r", "--format=%(objectmode) %(path)", "artifacts"),
        "100644 manifest.json\n100644 shards/b/targets.json",
      );
      assert.is(await git(repository, "fsck", "--strict", "--no-dangling"), "");
    });
  });

  it("has the bytes that were rendered, whatever Git is told about line ends", async () => {
    await withRepository(async (repository) => {
      await git(repository, "config", "core.autocrlf", "true");
      await writeFiles(repository, { ".gitattributes": "* text eol=crlf ident\n" });
      const text = "[\n$Id$\r\né\n]\n";
      assert.is(await publish(repository, { "targets.json": text }), "published");
      const ran = await run(repository, ["git", "cat-file", "blob", "artifacts:targets.json"]);
      assert.is(ran.stdout, text);
    });
  });

  it("is written without touching the work tree, the index or the branch that is checked out", async () => {
    await withRepository(async (repository) => {
      await writeFiles(repository, { "a.yml": "changed\n", "new.yml": "new\n", "staged.yml": "staged\n" });
      await git(repository, "add", "staged.yml");
      const look = async (): Promise<unknown> => [
        await git(repository, "status", "--porcelain=v2", "--branch"),
        await readFile(join(repository, ".git/index"), "latin1"),
        Object.entries(await readFiles(repository)).filter(([path]) => !path.startsWith(".git/")),
      ];
      const before = await look();
      assert.is(await publish(repository, {}), "published");
      assert.equal(await look(), before);
    });
  });

  it("stores only files that changed", async () => {
    await withRepository(async (repository) => {
      const files = Object.fromEntries(
        Array.from({ length: 30 }, (_, index) => [`shards/s${index}/targets.json`, `[${index}]\n`]),
      );
      await publish(repository, files);
      const before = await countObjects(repository);
      await publish(repository, { ...files, "shards/s7/targets.json": "[]\n" });
      // The file, its directory, the two above it, and the commit.
      assert.is((await countObjects(repository)) - before, 5);
      await git(repository, "gc", "--quiet");
      await publish(repository, { ...files, "shards/s7/targets.json": "[[]]\n" });
      assert.is(await countObjects(repository), 5);
    });
  });

  it("is committed by whom Git says, or by nobody in particular", async () => {
    await withRepository(async (repository) => {
      const who = async (): Promise<string> =>
        await git(repository, "log", "-1", "--format=%an <%ae> %cn <%ce>", "artifacts");
      await publish(repository, {});
      assert.is(await who(), "Tester <tester@example.com> Tester <tester@example.com>");
      const unset = Object.fromEntries(
        ["AUTHOR", "COMMITTER"]
          .flatMap((role) => [`GIT_${role}_NAME`, `GIT_${role}_EMAIL`])
          .map((key) => [key, undefined]),
      );
      await publish(repository, { x: "1" }, { env: unset, branch: "second" });
      const nobody = "promgen-gen <promgen-gen@promgen-gen.invalid>";
      assert.is(await git(repository, "log", "-1", "--format=%an <%ae> %cn <%ce>", "second"), `${nobody} ${nobody}`);
      await git(repository, "config", "user.name", "Somebody");
      await git(repository, "config", "user.email", "somebody@example.com");
      await publish(repository, { "targets.json": "1" }, { env: unset });
      assert.is(await who(), "Somebody <somebody@example.com> Somebody <somebody@example.com>");
    });
  });

  it("is published to from a directory of the repository, a linked work tree and a repository with SHA-256", async () => {
    await withRepository(async (repository) => {
      await writeFiles(repository, { "below/x": "" });
      await git(repository, "worktree", "add", "--quiet", "../linked");
      for (const from of ["below", "../linked"])
        assert.is(await publish(join(repository, from), { "targets.json": from }), "published");
      assert.is(await history(repository), 2);
      await git(repository, "init", "--quiet", "--object-format=sha256", "../long");
      const long = join(repository, "../long");
      await git(long, "commit", "--quiet", "--allow-empty", "-m", "first");
      for (const text of ["1", "2"]) assert.is(await publish(long, { "targets.json": text }), "published");
      assert.is(await history(long), 2);
    });
  });

  it("shows what is published there", async () => {
    await withRepository(async (repository) => {
      const seen: unknown[] = [];
      const look = async (destination: Destination): Promise<void> => {
        const { published, paths } = destination;
        seen.push(published, [...paths], await destination.read("manifest.json"), await destination.read("none"));
      };
      await publish(repository, {}, {}, look);
      await publish(repository, {}, {}, look);
      const id = await git(repository, "rev-parse", "artifacts^");
      assert.equal(seen, [undefined, [], undefined, undefined, `branch:${id}`, ["manifest.json"], MANIFEST, undefined]);
    });
  });
});

describe("a branch that artifacts are not published to", (it) => {
  it("is one of which something cannot be read", async () => {
    await withRepository(async (repository) => {
      await publish(repository, { "targets.json": "1" });
      for (const name of ["artifacts:manifest.json", "artifacts^{tree}", "artifacts"]) {
        const id = await git(repository, "rev-parse", name);
        const object = join(repository, ".git/objects", id.slice(0, 2), id.slice(2));
        await rename(object, `${object}-away`);
        assert.match(
          await publish(repository, { "targets.json": "2" }),
          /cannot be read|git (?:cat-file|ls-tree) failed/,
          name,
        );
        await rename(`${object}-away`, object);
      }
      assert.is(await history(repository), 1);
    });
  });

  it("is one that is checked out", async () => {
    await withRepository(async (repository) => {
      const before = await git(repository, "rev-parse", "main");
      assert.match(await publish(repository, {}, { branch: "main" }), /branch main is checked out/);
      await git(repository, "branch", "other");
      await git(repository, "worktree", "add", "--quiet", "../linked", "other");
      assert.match(await publish(repository, {}, { branch: "other" }), /branch other is checked out/);
      assert.is(await git(repository, "rev-parse", "main"), before);
    });
  });

  it("is one with something else in it", async () => {
    await withRepository(async (repository) => {
      await git(repository, "branch", "other");
      assert.match(await publish(repository, {}, { branch: "other" }), /not an artifact: "a.yml"\n.*--branch/);
      await publish(repository, { "shards/a/SHA256SUMS.sig": "x", "services/s/targets.json": "y" });
      assert.is(await publish(repository, { "README.md": "x" }), "published");
      assert.match(await publish(repository, {}), /not an artifact: "README.md"/);
      assert.is(await publish(repository, { "shards/a/notes.txt": "x" }, { branch: "deep" }), "published");
      assert.match(await publish(repository, {}, { branch: "deep" }), /not an artifact: "shards\/a\/notes.txt"/);
    });
  });

  it("is one with a name that Git or a shell would take for something else", async () => {
    await withClones(async (one) => {
      for (const branch of [
        "--upload-pack=touch hacked",
        "-f",
        "",
        "a b",
        "@{-1}",
        "a..b",
        "refs/heads/../x",
        "a\nb",
        "HEAD",
        "a".repeat(40),
      ])
        assert.match(await publish(one, {}, { branch }), /--branch: that is no name/, branch);
      // Others would compare with, and verify, the branch without that.
      for (const prefix of ["refs/heads/", "origin/", "refs/remotes/origin/", "refs/"])
        assert.match(await publish(one, {}, { branch: `${prefix}artifacts` }), `say it without \`${prefix}\``);
      assert.is(await git(one, "for-each-ref", "refs/heads/refs", "refs/heads/origin"), "");
      for (const push of ["--upload-pack=touch hacked", "-f", ""])
        assert.match(await publish(one, {}, { push }), /--push: that is no remote/, push);
      assert.match(await publish(one, {}, { push: "ext::touch hacked" }), /git ls-remote failed/);
      assert.not((await readFiles(one))["hacked"] !== undefined);
      assert.is(await publish(one, {}, { branch: "$(touch$IFS'hacked');é" }), "published");
    });
  });

  it("is one that is published to meanwhile: the first one wins", async () => {
    await withRepository(async (repository) => {
      for (const round of ["first", "second"]) {
        const words = await publish(repository, { "targets.json": `late ${round}` }, {}, async () => {
          assert.is(await publish(repository, { "targets.json": `early ${round}` }), "published");
        });
        assert.match(words, /another publication was faster: branch artifacts is at .*\n.*run this again/);
        assert.is(await show(repository, "artifacts:targets.json"), `early ${round}`);
      }
      assert.is(await history(repository), 2);
    });
  });

  it("is one that Git does not move", async () => {
    await withRepository(async (repository) => {
      await publish(repository, {});
      await writeFile(join(repository, ".git/refs/heads/artifacts.lock"), "");
      assert.match(await publish(repository, { "targets.json": "1" }), /git update-ref failed: .*artifacts.lock/);
      assert.is(await history(repository), 1);
    });
  });
});

describe("pushing the artifact branch", (it) => {
  it("takes it to the remote, and keeps it here as well", async () => {
    await withClones(async (one, two, bare) => {
      assert.is(await publish(one, { "targets.json": "1" }, { push: "origin" }), "published");
      assert.is(await show(bare, "artifacts:targets.json"), "1");
      assert.is(await git(one, "rev-parse", "artifacts"), await git(bare, "rev-parse", "artifacts"));
      // Another clone goes on from there, though it has never seen it.
      assert.is(await publish(two, { "targets.json": "2" }, { push: "origin" }), "published");
      assert.is(await history(bare), 2);
      // And the first one, whose branch is behind now.
      assert.is(await publish(one, { "targets.json": "3" }, { push: bare }), "published");
      assert.is(await history(one), 3);
      assert.is(await git(one, "rev-parse", "artifacts"), await git(bare, "rev-parse", "artifacts"));
    });
  });

  it("takes nothing else along, whatever Git is told about pushes", async () => {
    await withClones(async (one, _two, bare) => {
      await publish(one, { "targets.json": "1" });
      await git(one, "tag", "-a", "-m", "mine", "mine", "artifacts");
      await git(one, "config", "push.followTags", "true");
      // Of the repository itself, it would push nothing, and say that all went well.
      await git(one, "config", "push.recurseSubmodules", "only");
      assert.is(await publish(one, { "targets.json": "2" }, { push: "origin" }), "published");
      assert.is(await git(bare, "for-each-ref", "--format=%(refname)"), "refs/heads/artifacts\nrefs/heads/main");
    });
  });

  it("has published what the remote took, though the branch here cannot be moved: it follows the next time", async () => {
    await withClones(async (one, _two, bare) => {
      const lock = join(one, ".git/refs/heads/artifacts.lock");
      await writeFile(lock, "");
      assert.is(await publish(one, { "targets.json": "1" }, { push: "origin" }), "published");
      assert.is(await show(bare, "artifacts:targets.json"), "1");
      await rm(lock);
      assert.is(await publish(one, { "targets.json": "2" }, { push: "origin" }), "published");
      assert.is(await history(bare), 2);
      assert.is(await git(one, "rev-parse", "artifacts"), await git(bare, "rev-parse", "artifacts"));
    });
  });

  it("takes along what was published here only", async () => {
    await withClones(async (one, _two, bare) => {
      await publish(one, { "targets.json": "1" });
      await publish(one, { "targets.json": "2" }, { push: "origin" });
      assert.is(await history(bare), 2);
      await publish(one, { "targets.json": "3" });
      let kept: unknown;
      await publish(one, { "targets.json": "3" }, { push: "origin" }, async (destination) => {
        kept = [await destination.keep(), await history(bare)];
      });
      assert.equal(kept, [true, 3]);
    });
  });

  it("does nothing where nothing is new on either side", async () => {
    await withClones(async (one) => {
      await publish(one, {}, { push: "origin" });
      let kept: unknown;
      await publish(one, {}, { push: "origin" }, async (destination) => {
        kept = await destination.keep();
      });
      assert.is(kept, false);
    });
  });

  it("is won by one of two clones, and the other one says so and changes nothing", async () => {
    await withClones(async (one, two, bare) => {
      for (const round of ["first", "second"]) {
        const late = await publish(two, { "targets.json": `late ${round}` }, { push: "origin" }, async () => {
          assert.is(await publish(one, { "targets.json": `early ${round}` }, { push: "origin" }), "published");
        });
        assert.match(late, /another publication was faster: branch artifacts of origin is at .*\n.*run this again/);
        assert.is(await show(bare, "artifacts:targets.json"), `early ${round}`);
        assert.is(await publish(two, { "targets.json": `again ${round}` }, { push: "origin" }), "published");
        assert.is(await show(bare, "artifacts:targets.json"), `again ${round}`);
      }
      assert.is(await history(bare), 4);
    });
  });

  it("is refused by the remote with its words, and nothing is published here either", async () => {
    await withClones(async (one, two, bare) => {
      await publish(two, {}, { branch: "others", push: "origin" });
      await writeFiles(bare, { "hooks/pre-receive": "#!/bin/sh\necho 'only on weekdays' >&2\nexit 1\n" });
      await chmod(join(bare, "hooks/pre-receive"), 0o755);
      for (const branch of ["artifacts", "others"]) {
        const refused = await publish(one, { "targets.json": "1" }, { branch, push: "origin" });
        assert.match(refused, /git push failed: .*pre-receive.*\n.*only on weekdays/);
        assert.is((await run(one, ["git", "rev-parse", "--verify", `refs/heads/${branch}`])).exit, 128);
      }
      for (const user of ["me:canary", "me:salt@canary", "canary"]) {
        const gone = await publish(one, {}, { push: `https://${user}@127.0.0.1:1/x` });
        assert.match(gone, /git ls-remote failed: .*127.0.0.1/);
        assert.not.match(gone, "canary");
      }
    });
  });

  it("is published where the remote has it, though one of two addresses refuses it, or the answer is lost", async () => {
    await withClones(async (one, two, bare) => {
      const full = join(bare, "../full.git");
      await git(one, "clone", "--quiet", "--bare", bare, full);
      await writeFiles(full, { "hooks/pre-receive": "#!/bin/sh\necho 'only on weekdays' >&2\nexit 1\n" });
      await chmod(join(full, "hooks/pre-receive"), 0o755);
      for (const url of [bare, full]) await git(one, "remote", "set-url", "--add", "--push", "origin", url);
      for (const [clone, text] of [
        [one, "1"],
        [two, "2"],
      ] as const) {
        assert.is(await publish(clone, { "targets.json": text }, { push: "origin" }), "published");
        assert.is(await show(bare, "artifacts:targets.json"), text);
        assert.is(await git(clone, "rev-parse", "artifacts"), await git(bare, "rev-parse", "artifacts"));
        // From then on, it takes what is pushed, and is gone before it has said so.
        await writeFiles(bare, { "hooks/post-receive": "#!/bin/sh\nkill -9 $PPID\n" });
        await chmod(join(bare, "hooks/post-receive"), 0o755);
      }
      await git(one, "fetch", "--quiet", "origin", "artifacts:artifacts");
      await publish(one, { "targets.json": "3" });
      await publish(one, {}, { push: "origin" }, async (destination) => {
        assert.ok(await destination.keep());
        assert.is(await show(bare, "artifacts:targets.json"), "3");
      });
    });
  });

  it("stops where the branch has gone two ways, and never forces", async () => {
    await withClones(async (one, two, bare) => {
      await publish(one, { "targets.json": "1" });
      await publish(two, { "targets.json": "2" }, { push: "origin" });
      assert.match(await publish(one, { "targets.json": "3" }, { push: "origin" }), /gone different ways\n.*branch -D/);
      assert.is(await show(bare, "artifacts:targets.json"), "2");
    });
  });

  it("is not taken for another one of the remote, whose name ends like its own", async () => {
    await withClones(async (one, _two, bare) => {
      for (const ref of ["refs/a/refs/heads/artifacts", "refs/heads/a/refs/heads/artifacts"])
        await git(bare, "update-ref", ref, "main");
      for (const text of ["1", "2"])
        assert.is(await publish(one, { "targets.json": text }, { push: "origin" }), "published");
      assert.is(await history(bare), 2);
    });
  });

  it("goes on from the remote's branch where there is none here yet, without pushing too", async () => {
    await withClones(async (one, two, bare) => {
      await publish(one, { "targets.json": "1" }, { push: "origin" });
      await git(two, "fetch", "--quiet");
      await publish(two, { "targets.json": "2" });
      await git(two, "push", "--quiet", "origin", "artifacts");
      assert.is(await history(bare), 2);
    });
  });
});
