import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { compareDiagnostics } from "../../src/diagnostic.ts";
import { EnvironmentError } from "../../src/exit.ts";
import { directoryTree } from "../../src/source/directory-tree.ts";
import { findRevision } from "../../src/source/git-revision.ts";
import { gitTree } from "../../src/source/git-tree.ts";
import type { GitTree } from "../../src/source/git-tree.ts";
import type { Tree } from "../../src/source/tree.ts";
import { describe } from "../describe.ts";
import { git, withDirectory, writeFiles } from "../workplace.ts";
import type { Files } from "../workplace.ts";

const FARM = "farm: f\nhosts: [h1]\n";
const SETTINGS = "inventory: targets\n";

/** A repository with everything committed that `prepare` made beside these files. */
async function inRepository<T>(
  files: Files,
  act: (root: string) => Promise<T>,
  { below = ".", format = "sha1", prepare = (_root: string): Promise<unknown> => Promise.resolve() } = {},
): Promise<T> {
  return await withDirectory({}, async (directory) => {
    const top = join(directory, "repository");
    const root = join(top, below);
    await mkdir(root, { recursive: true });
    await git(top, "init", "-q", `--object-format=${format}`);
    await writeFiles(root, { "promgen.yml": SETTINGS, ...files });
    await prepare(root);
    await commitAll(top);
    return await act(root);
  });
}

async function commitAll(directory: string): Promise<void> {
  await git(directory, "add", "-A");
  await git(directory, "commit", "-q", "--allow-empty", "-m", "change");
}

async function headTree(root: string, name = "HEAD"): Promise<GitTree> {
  return await gitTree(root, (await findRevision(root, name)).commit);
}

/** All that a tree says: its listing, and what is in the files. */
async function told(tree: Tree | GitTree, inventory: string): Promise<unknown> {
  const listing = await tree.list(inventory);
  if ("load" in tree) await tree.load([...listing.files, "promgen.yml"]);
  const texts = [...listing.files, "promgen.yml"].map((file) => [file, Buffer.from(tree.read(file) ?? []).toString()]);
  const found = listing.diagnostics.toSorted(compareDiagnostics);
  return { files: listing.files, links: (listing.links ?? []).toSorted(), found, texts };
}

describe("the tree of a commit is that of its checkout", (it) => {
  type Prepare = (root: string) => Promise<unknown>;
  const link =
    (target: string, path: string): Prepare =>
    async (root) =>
      await symlink(target, join(root, path));
  const both =
    (...all: readonly Prepare[]): Prepare =>
    async (root) => {
      for (const one of all) await one(root);
    };

  const cases: Readonly<Record<string, { files?: Files; prepare?: Prepare; below?: string; inventory?: string }>> = {
    "with files at any depth and with any name": {
      files: Object.fromEntries(
        [
          "a.yml",
          "B.yaml",
          "z/.hidden.yml",
          "z/y/x/w.yml",
          "日本.yml",
          "a b [1].yml",
          "line\nbreak\ttab.yml",
          'qu"ote.yml',
          "-dash.yml",
          "*.yml",
          "no.json",
          "z.yml.bak",
        ].map((name) => [`targets/${name}`, FARM]),
      ),
    },
    "with an inventory beside a directory whose name begins alike": {
      files: { "targets/a.yml": FARM, "targets2/b.yml": FARM },
    },
    "with the root as the inventory": { files: { "x/a.yml": FARM }, inventory: "." },
    "without an inventory": {},
    "with bytes that are no text": { files: { "targets/a.yml": new Uint8Array([0, 10, 13, 10, 255, 254]) } },
    "with empty files, and files that are the same": {
      files: { "targets/a.yml": "", "targets/b.yml": FARM, "targets/c.yml": FARM },
    },
    "in a directory below the root of the repository": {
      files: { "targets/a.yml": FARM },
      below: "monitoring/ein verzeichnis",
    },
    "with an inventory outside": { files: { "targets/a.yml": FARM }, inventory: "../elsewhere" },
    "with an inventory that is a link to the outside": {
      prepare: both(link("../..", "away"), async (root) => await writeFiles(join(root, "../.."), { "a.yml": FARM })),
      below: "b",
      inventory: "away",
    },
    "with names that are not UTF-8": {
      files: { "targets/a.yml": FARM },
      prepare: async (root) => {
        const named = (end: string): Buffer =>
          Buffer.concat([Buffer.from(`${root}/targets/`), Buffer.from([0xe9]), Buffer.from(end)]);
        await mkdir(named(""));
        for (const end of [".yml", "/b.yml", ".txt"]) await writeFile(named(end), FARM);
        await symlink("a.yml", named(".link"));
      },
    },
    "with an inventory that is a file": { files: { targets: FARM } },
    "with an inventory that is a link": { files: { "real/a.yml": FARM }, prepare: link("real", "targets") },
    "with settings that are a link": {
      files: { "real/a.yml": FARM, "settings/s.yml": "inventory: real\n" },
      prepare: both(async (root) => await rm(join(root, "promgen.yml")), link("settings/s.yml", "promgen.yml")),
      inventory: "real",
    },
    "with links to files and directories": {
      files: { "targets/a.yml": FARM, "shared/b.yml": FARM, "shared/c/d.yml": FARM },
      prepare: both(
        link("../shared/b.yml", "targets/link.yml"),
        link("../shared/b.yml", "targets/no-yaml"),
        link("../shared", "targets/all"),
      ),
    },
    "with links by way of other links, and by a detour": {
      files: { "targets/a.yml": FARM, "shared/c/d.yml": FARM },
      prepare: both(
        link("shared", "one"),
        link("./one/../one//c", "two"),
        link("../two", "targets/three"),
        link("../targets/../one/c/d.yml", "targets/four.yml"),
      ),
    },
    "with a link out of the directory and back into it": {
      files: { "targets/a.yml": FARM, "shared/d.yml": FARM },
      prepare: link("../../../b/inventory/shared", "targets/back"),
      below: "b/inventory",
    },
    "with links that lead out": {
      files: { "targets/a.yml": FARM },
      prepare: both(
        async (root) => await writeFiles(root, { "../outside/b.yml": FARM, "../inventory2/c.yml": FARM }),
        link("../../outside/b.yml", "targets/file.yml"),
        link("../../outside", "targets/directory"),
        link("../../inventory2", "targets/neighbour"),
        link("../..", "targets/above"),
        link("/etc", "targets/absolute"),
        link("../../../../../../../../../../../etc", "targets/far"),
      ),
      below: "inventory",
    },
    "with links into .git": {
      files: { "targets/a.yml": FARM },
      prepare: both(
        link("../.git/config", "targets/config.yml"),
        link("../.git", "targets/directory"),
        link("../.git/../targets/a.yml", "targets/through.yml"),
      ),
    },
    "with links that lead nowhere": {
      files: { "targets/a.yml": FARM },
      prepare: both(
        link("gone.yml", "targets/gone.yml"),
        link("a.yml/x.yml", "targets/through-a-file.yml"),
        link("gone", "targets/gone"),
        link("loop.yml", "targets/loop.yml"),
      ),
    },
    "with links to what is read already": {
      files: { "targets/a/b.yml": FARM },
      prepare: both(link("a", "targets/again"), link("..", "targets/a/up"), link(".", "targets/self")),
    },
  };
  for (const [name, { files = {}, prepare, below, inventory = "targets" }] of Object.entries(cases)) {
    it(name, async () => {
      await inRepository(
        files,
        async (root) => {
          const onDisk = await told(directoryTree(root), inventory);
          assert.equal(await told(await headTree(root), inventory), onDisk);
        },
        { ...(prepare === undefined ? {} : { prepare }), ...(below === undefined ? {} : { below }) },
      );
    });
  }

  it("in a repository with ids of 64 digits", async () => {
    await inRepository(
      { "targets/a.yml": FARM },
      async (root) =>
        assert.equal(await told(await headTree(root), "targets"), await told(directoryTree(root), "targets")),
      { format: "sha256" },
    );
  });
});

describe("the tree of a commit", (it) => {
  it("is not what is checked out, and touches nothing of it", async () => {
    await inRepository({ "targets/a.yml": FARM }, async (root) => {
      await writeFiles(root, { "targets/a.yml": "farm: other\n", "targets/b.yml": FARM, "promgen.yml": "" });
      const before = await git(root, "status", "--porcelain");
      const tree = await headTree(root);
      assert.equal(tree.list("targets").files, ["targets/a.yml"]);
      await tree.load(["targets/a.yml", "promgen.yml", "targets/b.yml"]);
      assert.is(Buffer.from(tree.read("targets/a.yml") ?? []).toString(), FARM);
      assert.is(Buffer.from(tree.read("promgen.yml") ?? []).toString(), SETTINGS);
      assert.is(tree.read("targets/b.yml"), undefined);
      assert.is(await git(root, "status", "--porcelain"), before);
    });
  });

  it("is empty where the commit does not have the directory yet", async () => {
    await inRepository({ "targets/a.yml": FARM }, async (top) => {
      const root = join(top, "new");
      await writeFiles(root, { "promgen.yml": SETTINGS, "targets/a.yml": FARM });
      const tree = await headTree(root);
      assert.equal(tree.list("targets").files, []);
      assert.is(tree.read("promgen.yml"), undefined);
    });
  });

  it("knows the committer time of the commit, whatever its message says", async () => {
    await inRepository({}, async (root) => {
      await git(root, "commit", "-q", "--allow-empty", "-m", "committer X <x@example.com> 1 +0000");
      assert.is(await (await headTree(root)).time(), Date.parse("2026-01-02T03:04:05Z") / 1000);
    });
  });

  it("gives the id that Git has for what a file holds, also behind a link", async () => {
    await inRepository(
      { "targets/a.yml": FARM },
      async (root) => {
        const tree = await headTree(root);
        const id = await git(root, "hash-object", "targets/a.yml");
        assert.equal(
          ["targets/a.yml", "targets/link.yml", "targets", "targets/b.yml"].map((file) => tree.entryOf(file)?.id),
          [id, id, undefined, undefined],
        );
      },
      { prepare: async (root) => await symlink("a.yml", join(root, "targets/link.yml")) },
    );
  });

  it("has what was loaded, and takes it for a mistake of ours to ask for more", async () => {
    await inRepository({ "targets/a.yml": FARM, "targets/b.yml": `${FARM}labels: {}\n` }, async (root) => {
      const tree = await headTree(root);
      await tree.load(["targets/b.yml", "targets/none.yml"]);
      assert.ok(tree.read("targets/b.yml"));
      assert.is(tree.read("targets/none.yml"), undefined);
      assert.throws(() => tree.read("targets/a.yml"), /was not loaded/);
    });
  });

  it("names submodules, and has no files of them", async () => {
    await inRepository({ "x.yml": FARM }, async (module) => {
      await inRepository({ "targets/a.yml": FARM }, async (root) => {
        const add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", module];
        for (const path of ["targets/module", "elsewhere", "whole"]) await git(root, ...add, path);
        await commitAll(root);
        const tree = await headTree(root);
        assert.equal(tree.list("targets").files, ["targets/a.yml"]);
        assert.equal((await directoryTree(root).list("targets")).files.length, 3);
        assert.equal(tree.submodules("targets"), ["targets/module"]);
        assert.equal(tree.submodules("./whole/"), ["whole"]);
        assert.equal(tree.submodules("whole/inner"), ["whole"]);
        assert.equal(tree.list("whole/inner").files, []);
        assert.equal([...tree.submodules(".")].sort(), ["elsewhere", "targets/module", "whole"]);
      });
    });
  });

  it("cannot be read where a directory has the name of the settings, or Git does not have what it needs", async () => {
    await inRepository({ "targets/a.yml": FARM }, async (root) => {
      await rm(join(root, "promgen.yml"));
      await writeFiles(root, { "promgen.yml/x": "" });
      await commitAll(root);
      const tree = await headTree(root);
      assert.throws(
        () => tree.read("promgen.yml"),
        (error: unknown) => error instanceof EnvironmentError,
      );
      const id = await git(root, "rev-parse", "HEAD:targets/a.yml");
      await rm(join(root, ".git/objects", id.slice(0, 2), id.slice(2)));
      const failure = await (await headTree(root)).load(["targets/a.yml"]).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.instance(failure, EnvironmentError);
      assert.match((failure as Error).message, id);
    });
  });
});
