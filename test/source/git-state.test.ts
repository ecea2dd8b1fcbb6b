import { rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { gitState, repositoryPrefix } from "../../src/source/git-state.ts";
import type { GitState } from "../../src/source/git-state.ts";
import { describe } from "../describe.ts";
import { withMade } from "../snapshot.ts";
import { git, gitSettings, inProcess, run, runCli, withDirectory, writeFiles } from "../workplace.ts";
import type { Files } from "../workplace.ts";

/** What GIT_COMMITTER_DATE of the tests is. */
const TIME = Date.parse("2026-01-02T03:04:05Z") / 1000;

const INVENTORY: Files = {
  "promgen.yml": "labels: {}\n",
  "targets/shards.yml": "shard: a\nservers: [p1]\n",
  "targets/s.yml":
    "service: s\nshard: a\nprojects:\n  - { name: p, hosts: [h1], exporters: [{ job: node, port: 9100 }] }\n",
  "README.md": "words\n",
  ".gitignore": "*.local.yml\n/dist/\n/targets/cache/\n",
};

/** A repository with the inventory committed; `below` is the directory in it that holds the inventory. */
async function inRepository<T>(
  act: (directory: string) => Promise<T>,
  { below = ".", format = "sha1" } = {},
): Promise<T> {
  const make = async (top: string): Promise<void> => {
    await writeFiles(join(top, below), INVENTORY);
    await git(top, "init", "-q", `--object-format=${format}`);
    await commitAll(top);
  };
  return await withMade(`${below} ${format}`, make, async (top) => await act(join(top, below)));
}

async function commitAll(directory: string): Promise<string> {
  await git(directory, "add", "-A");
  await git(directory, "commit", "-q", "-m", "change");
  return await git(directory, "rev-parse", "HEAD");
}

async function stateOf(directory: string): Promise<GitState | undefined> {
  return await gitState(directory, ["promgen.yml", "targets"]);
}

/** What manifest.json says after a build. */
async function manifestOf(directory: string): Promise<{ generation: number; commit?: string }> {
  const ran = await inProcess(directory, (io) => build(io, { out: "dist", stdout: false, verbose: false }));
  assert.is(ran.exit, 0, ran.stderr);
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(await readFile(join(directory, "dist/manifest.json"), "utf8")) as { generation: number };
}

describe("the commit of a checkout", (it) => {
  it("is its id, and its committer time the generation", async () => {
    await inRepository(async (directory) => {
      const commit = await git(directory, "rev-parse", "HEAD");
      assert.match(commit, /^[0-9a-f]{40}$/);
      assert.equal(await stateOf(directory), { commit, time: TIME, isDirty: false });
      const { generation, commit: rendered } = await manifestOf(directory);
      assert.equal([generation, rendered], [TIME, commit]);
    });
  });

  it("is not there outside of Git, nor before the first commit, and the generation is 0", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      assert.is(await stateOf(directory), undefined);
      const outside = await manifestOf(directory);
      assert.equal([outside.generation, outside.commit], [0, undefined]);
      await git(directory, "init", "-q");
      assert.is(await stateOf(directory), undefined);
      assert.is((await manifestOf(directory)).generation, 0);
    });
  });

  it("has 64 digits in a repository of that kind", async () => {
    await inRepository(
      async (directory) => {
        const state = await stateOf(directory);
        assert.match(state?.commit ?? "", /^[0-9a-f]{64}$/);
        await writeFile(join(directory, "targets/s.yml"), "service: s\n");
        assert.match((await stateOf(directory))?.commit ?? "", /^[0-9a-f]{64}-dirty$/);
      },
      { format: "sha256" },
    );
  });

  it("is found with a detached head, in a worktree, and from a directory below", async () => {
    await inRepository(
      async (directory) => {
        const commit = await git(directory, "rev-parse", "HEAD");
        const state = { commit, time: TIME, isDirty: false };
        assert.equal(await stateOf(directory), state, "below");
        await git(directory, "checkout", "-q", "--detach");
        assert.equal(await stateOf(directory), state, "detached");
        await git(directory, "worktree", "add", "-q", "../../worktree");
        assert.equal(await stateOf(join(directory, "../../worktree/monitoring/inventory")), state, "worktree");
      },
      { below: "monitoring/inventory" },
    );
  });

  it("is found by a link to a directory below", async () => {
    await inRepository(
      async (directory) => {
        await withDirectory({}, async (elsewhere) => {
          const link = join(elsewhere, "link");
          await symlink(directory, link);
          assert.equal(await stateOf(link), await stateOf(directory));
          assert.is(repositoryPrefix(link), "a/b/");
        });
      },
      { below: "a/b" },
    );
  });

  it("is found in a shallow clone", async () => {
    await inRepository(async (directory) => {
      const commit = await git(directory, "commit", "-q", "--allow-empty", "-m", "more").then(() =>
        git(directory, "rev-parse", "HEAD"),
      );
      await git(directory, "clone", "-q", "--depth=1", `file://${directory}`, "clone");
      assert.equal(await stateOf(join(directory, "clone")), { commit, time: TIME, isDirty: false });
    });
  });

  it("does not depend on the language and the settings of the user", async () => {
    await inRepository(async (directory) => {
      const { generation, commit } = await manifestOf(directory);
      const settings = gitSettings({
        "status.showUntrackedFiles": "no",
        "log.showSignature": "true",
        "core.quotePath": "false",
        "color.ui": "always",
        "status.relativePaths": "false",
        "core.fsmonitor": "false",
      });
      await writeFile(join(directory, "targets/new.yml"), "farm: f\nhosts: [h2]\n");
      const ran = await runCli(directory, ["build"], {
        ...settings,
        LANG: "ja_JP.UTF-8",
        LANGUAGE: "ja",
        TZ: "Asia/Tokyo",
        GIT_EDITOR: "false",
        GIT_PAGER: "false",
        GIT_SSH_COMMAND: "false",
        GIT_LITERAL_PATHSPECS: "1",
      });
      assert.is(ran.exit, 0, ran.stderr);
      assert.match(ran.stderr, `generation ${generation} (not committed)`);
      const { readFile } = await import("node:fs/promises");
      assert.match(await readFile(join(directory, "dist/manifest.json"), "utf8"), `"commit": "${commit}-dirty"`);
    });
  });

  it("is asked for without a trace in the repository", async () => {
    await inRepository(async (directory) => {
      // A file with another time makes `git status` write the index anew, which takes a lock from whoever commits now.
      await utimes(join(directory, "targets/s.yml"), new Date(0), new Date(0));
      const index = async (): Promise<string> =>
        await run(directory, ["stat", "-c", "%Y %Z %i %s", ".git/index"]).then(({ stdout }) => stdout);
      const before = await index();
      assert.is((await stateOf(directory))?.isDirty, false);
      assert.is(await index(), before);
    });
  });

  it("cannot be told where Git fails or is not there: exit code 2", async () => {
    await inRepository(async (directory) => {
      const missing = await runCli(directory, ["build"], { PATH: "/nonexistent" });
      assert.is(missing.exit, 2, missing.stderr);
      await writeFile(join(directory, ".git/HEAD"), "rubbish\n");
      const broken = await runCli(directory, ["build"]);
      assert.is(broken.exit, 2, broken.stderr);
      assert.match(broken.stderr, /Git failed: .*\n.*git status/);
    });
  });

  it("cannot be told where Git fails, whose words show no secret and give a runner no command", async () => {
    await inRepository(async (directory) => {
      await git(directory, "config", "core.bigFileThreshold", "##[error]https://u:password@h.example/?token=t0k3n");
      const { exit, stderr } = await runCli(directory, ["build"]);
      assert.is(exit, 2, stderr);
      assert.match(stderr, "Git failed: ");
      assert.match(stderr, "h.example/?…");
      for (const hidden of ["##[", "password", "t0k3n"]) assert.not.match(stderr, hidden);
    });
  });
});

describe("a checkout is dirty", (it) => {
  type Change = (directory: string) => Promise<unknown>;
  const write =
    (path: string, text = "farm: f\nhosts: [h2]\n"): Change =>
    async (directory) =>
      await writeFiles(directory, { [path]: text });

  const dirty: Readonly<Record<string, Change>> = {
    "where a file of the inventory was changed": write("targets/s.yml", "service: s\n"),
    "where the change is staged": async (directory) => {
      await writeFiles(directory, { "targets/s.yml": "service: s\n" });
      await git(directory, "add", "-A");
    },
    "where promgen.yml was changed": write("promgen.yml", "labels: { a: b }\n"),
    "where a file was removed": async (directory) => await rm(join(directory, "targets/s.yml")),
    "where a file is not tracked": write("targets/new.yml"),
    "where a file is not tracked, in a new directory with a name of other letters": write("targets/新しい/n.yml"),
    "where a file that Git ignores is rendered all the same": write("targets/mine.local.yml"),
    "where a file in a directory that Git ignores is rendered all the same": write("targets/cache/x.yml"),
    "where Git was told not to look at a changed file": async (directory) => {
      await git(directory, "update-index", "--assume-unchanged", "targets/s.yml");
      await writeFiles(directory, { "targets/s.yml": "service: s\n" });
    },
    "where a sparse checkout left files of the inventory out": async (directory) => {
      // Git takes away no file that may be another than it knows.
      await git(directory, "update-index", "--refresh");
      await git(directory, "sparse-checkout", "set", "--no-cone", "/*", "!/targets/s.yml");
    },
    "where what a link in the inventory leads to was changed": async (directory) => {
      await writeFiles(directory, { "shared/f.yml": "farm: f\nhosts: [h2]\n" });
      await symlink("../shared", join(directory, "targets/shared"));
      await commitAll(directory);
      await writeFiles(directory, { "shared/f.yml": "farm: f\nhosts: [h3]\n" });
    },
    "where what a linked file of the inventory leads to was changed": async (directory) => {
      await writeFiles(directory, { "shared/f.yml": "farm: f\nhosts: [h2]\n" });
      await symlink("../shared/f.yml", join(directory, "targets/f.yml"));
      await commitAll(directory);
      await writeFiles(directory, { "shared/f.yml": "farm: f\nhosts: [h3]\n" });
    },
    "where the inventory is a link, and what it leads to was changed": async (directory) => {
      await git(directory, "mv", "targets", "real");
      await symlink("real", join(directory, "targets"));
      await commitAll(directory);
      await writeFiles(directory, { "real/f.yml": "farm: f\nhosts: [h3]\n" });
    },
    "where promgen.yml is a link, and what it leads to was changed": async (directory) => {
      await git(directory, "mv", "promgen.yml", "settings.yml");
      await symlink("settings.yml", join(directory, "promgen.yml"));
      await commitAll(directory);
      await writeFiles(directory, { "settings.yml": "labels: { a: b }\n" });
    },
  };
  const unseen = new Set([
    "where Git was told not to look at a changed file",
    "where a sparse checkout left files of the inventory out",
  ]);
  for (const [name, change] of Object.entries(dirty)) {
    it(name, async () => {
      await inRepository(async (directory) => {
        await change(directory);
        assert.is((await stateOf(directory))?.unseen, unseen.has(name) ? "targets/s.yml" : undefined);
        const commit = await git(directory, "rev-parse", "HEAD");
        const manifest = await manifestOf(directory);
        assert.equal([manifest.generation, manifest.commit], [TIME, `${commit}-dirty`]);
      });
    });
  }

  it("where a submodule in the inventory has changes, whatever the settings say about submodules", async () => {
    await inRepository(async (module) => {
      await inRepository(async (directory) => {
        await git(directory, "-c", "protocol.file.allow=always", "submodule", "add", "-q", module, "targets/module");
        await git(directory, "config", "-f", ".gitmodules", "submodule.targets/module.ignore", "all");
        await git(directory, "rm", "-q", "targets/s.yml", "targets/shards.yml");
        await commitAll(directory);
        assert.is((await stateOf(directory))?.isDirty, false);
        await writeFiles(directory, { "targets/module/targets/new.yml": "farm: f\nhosts: [h3]\n" });
        assert.is((await stateOf(directory))?.isDirty, true);
      });
    });
  });

  const clean: Readonly<Record<string, Change>> = {
    "after nothing": () => Promise.resolve(),
    "where something else was changed": write("README.md", "other words\n"),
    "where something else is not tracked": write("notes/x.yml"),
    "where a file beside the inventory begins with its name": write("targets.local/x.yml"),
    "where artifacts lie beside the inventory": write("dist/shards/a/scrape-config.yml", ""),
    "where a file that Git ignores is not rendered": write("targets/cache/notes.txt"),
    "where a file has another time and the same content": async (directory) =>
      await utimes(join(directory, "targets/s.yml"), new Date(0), new Date(0)),
  };
  for (const [name, change] of Object.entries(clean)) {
    it(`not ${name}`, async () => {
      await inRepository(async (directory) => {
        await change(directory);
        assert.equal(await stateOf(directory), {
          commit: await git(directory, "rev-parse", "HEAD"),
          time: TIME,
          isDirty: false,
        });
      });
    });
  }

  it("not where the inventory has a name with characters that Git's patterns know", async () => {
    await inRepository(async (directory) => {
      await writeFiles(directory, {
        "promgen.yml": 'inventory: "t*"\n',
        "t*/shards.yml": "shard: a\nservers: [p1]\n",
      });
      const commit = await commitAll(directory);
      assert.is((await manifestOf(directory)).commit, commit);
      await writeFiles(directory, { "targets/s.yml": "changed\n" });
      assert.is((await manifestOf(directory)).commit, commit);
      await writeFiles(directory, { "t*/more.yml": "farm: f\nhosts: [h]\n" });
      assert.is((await manifestOf(directory)).commit, `${commit}-dirty`);
    });
  });
});
