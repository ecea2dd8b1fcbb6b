import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { directoryTree } from "../../src/source/directory-tree.ts";
import type { Listing } from "../../src/source/tree.ts";
import { describe } from "../describe.ts";
import { run, runCli, withDirectory, writeFiles } from "../workplace.ts";
import type { Files } from "../workplace.ts";

const SHARD = "shard: a\nservers: [p1]\n";

/** Lists the inventory of these files, after something was done to them. */
async function listing(
  files: Files,
  change: (root: string) => Promise<unknown> = () => Promise.resolve(),
  inventory = "targets",
): Promise<Listing> {
  return await withDirectory({}, async (top) => {
    const root = join(top, "root");
    await writeFiles(root, { "promgen.yml": "", ...files });
    await change(root);
    return await directoryTree(root).list(inventory);
  });
}

function places({ diagnostics }: Listing): string[] {
  return diagnostics.map(({ code, severity, where }) => `${severity} ${code} ${where.file}`);
}

describe("the files of a directory", (it) => {
  it("are its YAML files at any depth, hidden ones too, in an order that depends on their names alone", async () => {
    const files = [
      "a.yml",
      "B.yaml",
      "z/a.yml",
      "z/.hidden.yml",
      ".hidden/a.yml",
      "z/y/x/w.yml",
      "日本.yml",
      "a b [1].yml",
      "z.yml",
      "line\nbreak.yml",
      "back\\slash.yml",
      "-dash.yml",
      "*.yml",
      "b.YML",
      "c.Yaml",
    ];
    const others = ["a.json", "a.yml.bak", "yml", "README.md", "x.yamll"];
    const all = Object.fromEntries([...files, ...others].map((name) => [`targets/${name}`, SHARD]));
    const found = await listing(all);
    assert.equal(found.files, files.map((name) => `targets/${name}`).sort());
    assert.equal(found.diagnostics, []);
    const backwards = await listing(Object.fromEntries(Object.entries(all).toReversed()));
    assert.equal(backwards.files, found.files);
  });

  it("are none where there is no such directory, or it is empty", async () => {
    assert.equal((await listing({})).files, []);
    assert.equal((await listing({}, async (root) => await mkdir(join(root, "targets")))).files, []);
  });

  it("do not come from beside the inventory, even where a name begins alike", async () => {
    const found = await listing({
      "targets/a.yml": SHARD,
      "targets2/a.yml": SHARD,
      "other/b.yml": SHARD,
      "c.yml": SHARD,
    });
    assert.equal(found.files, ["targets/a.yml"]);
  });

  it("come from a directory below, or from the root itself, where promgen.yml says so", async () => {
    const files = { "deep/er/a.yml": SHARD, "deep/b.yml": SHARD };
    assert.equal((await listing(files, undefined, "deep/er")).files, ["deep/er/a.yml"]);
    assert.equal((await listing(files, undefined, "./deep/er/")).files, ["deep/er/a.yml"]);
    assert.equal((await listing(files, undefined, ".")).files, ["deep/b.yml", "deep/er/a.yml", "promgen.yml"]);
  });

  it("may be read, and one that is not there is undefined", async () => {
    await withDirectory({ "targets/a.yml": SHARD }, async (root) => {
      const tree = directoryTree(root);
      assert.is(Buffer.from(tree.read("targets/a.yml") ?? []).toString(), SHARD);
      assert.is(tree.read("targets/b.yml"), undefined);
      assert.is(tree.read("promgen.yml"), undefined);
    });
  });
});

describe("a name that is not UTF-8", (it) => {
  const named =
    (directory: string, end: string): ((root: string) => Promise<Buffer>) =>
    (root) =>
      Promise.resolve(Buffer.concat([Buffer.from(`${root}/${directory}/`), Buffer.from([0xff]), Buffer.from(end)]));
  const yml = named("targets", ".yml");

  it("is a finding, of a directory too, and all else is read", async () => {
    const found = await listing({ "targets/a.yml": SHARD }, async (root) => {
      await writeFile(await yml(root), SHARD);
      await writeFile(await named("targets", ".txt")(root), "");
      await mkdir(await named("targets", "")(root));
      await symlink("a.yml", await named("targets", ".link")(root));
    });
    assert.equal(found.files, ["targets/a.yml"]);
    assert.equal(places(found).sort(), [
      "error yaml/encoding targets/\ufffd",
      "error yaml/encoding targets/\ufffd.link",
      "error yaml/encoding targets/\ufffd.yml",
    ]);
    assert.match(found.diagnostics[0]?.help ?? "", "rename");
  });

  it("ends validate and build with 1, nothing is written, and other findings are told", async () => {
    await withDirectory({ "targets/a.yml": `${SHARD}descrption: x\n` }, async (root) => {
      await writeFile(await yml(root), "shard: b\nservers: [p2]\n");
      for (const command of ["validate", "build"]) {
        const ran = await runCli(root, [command]);
        assert.is(ran.exit, 1, ran.stderr);
        for (const words of ["error[yaml/encoding]", "targets/\ufffd.yml", "error[schema/unknown-key]"])
          assert.match(ran.stdout + ran.stderr, words);
      }
      assert.is((await run(root, ["ls"])).stdout, "targets\n");
    });
  });
});

describe("an inventory that is a file", (it) => {
  it("is a finding at the setting, or at the file where nobody set it", async () => {
    const [set, left] = [await listing({}, undefined, "promgen.yml"), await listing({ targets: "" })];
    for (const found of [set, left]) {
      assert.equal([found.files, places(found)], [[], ["error schema/wrong-type promgen.yml"]]);
      assert.equal(found.diagnostics[0]?.where.path, [0, "inventory"]);
    }
    const without = await listing({ targets: "" }, async (root) => await rm(join(root, "promgen.yml")));
    assert.equal(places(without), ["error schema/wrong-type targets"]);
  });

  it("ends validate with 1 and the line of the setting", async () => {
    await withDirectory({ "promgen.yml": "labels: {}\ninventory: promgen.yml\n" }, async (root) => {
      const ran = await runCli(root, ["validate"]);
      assert.is(ran.exit, 1);
      assert.match(ran.stdout, /error\[schema\/wrong-type\].*\n --> promgen.yml:2:12\n/);
    });
  });
});

describe("an inventory outside of the repository", (it) => {
  for (const inventory of ["..", "../x", "targets/../../x", "/etc", "link"]) {
    it(`${inventory} is refused, and nothing of it is read`, async () => {
      const found = await listing(
        { "../x/a.yml": SHARD },
        async (root) => await symlink("../x", join(root, "link")),
        inventory,
      );
      assert.equal(found.files, []);
      assert.equal(places(found), ["error security/path-escape promgen.yml"]);
      assert.equal(found.diagnostics[0]?.where.path, [0, "inventory"]);
    });
  }

  it("ends validate with 1 and build with 1, and nothing is written", async () => {
    await withDirectory({ "root/promgen.yml": "inventory: ../x\n", "x/a.yml": SHARD }, async (top) => {
      for (const command of ["validate", "build"]) {
        const ran = await runCli(join(top, "root"), [command]);
        assert.is(ran.exit, 1);
        assert.match(ran.stdout + ran.stderr, "error[security/path-escape]");
      }
      assert.is((await run(top, ["ls", "root"])).stdout, "promgen.yml\n");
    });
  });
});

describe("a symbolic link in the inventory", (it) => {
  const link = (target: string, path: string) => async (root: string) => await symlink(target, join(root, path));

  it("to a file or directory of the repository is followed", async () => {
    const found = await listing(
      { "targets/a.yml": SHARD, "shared/b.yml": SHARD, "shared/c/d.yml": SHARD },
      async (root) => {
        await symlink("../shared/b.yml", join(root, "targets/link.yml"));
        await symlink("../shared", join(root, "targets/all"));
      },
    );
    assert.equal(found.files, ["targets/a.yml", "targets/all/b.yml", "targets/all/c/d.yml", "targets/link.yml"]);
    assert.equal([...(found.links ?? [])].sort(), ["targets/all", "targets/link.yml"]);
    assert.equal(found.diagnostics, []);
  });

  it("that leads out of the repository is a finding, to a file or a directory, YAML or not, and nothing is read", async () => {
    const outside = { "targets/a.yml": SHARD, "../outside/secret.yml": SHARD, "../outside/passwd": "secret" };
    const escapes: readonly (readonly [string, string])[] = [
      ["../../outside/secret.yml", "targets/x.yml"],
      ["../../outside/passwd", "targets/x.yml"],
      ["../../outside/passwd", "targets/x"],
      ["../../outside", "targets/x"],
      ["/etc", "targets/x"],
      ["../..", "targets/x"],
    ];
    for (const [target, path] of escapes) {
      const found = await listing(outside, link(target, path));
      assert.equal(found.files, ["targets/a.yml"], target);
      assert.equal(places(found), [`error security/path-escape ${path}`], target);
    }
  });

  it("that leads out says of what: the directory of promgen.yml, in a part of a repository as well, or into .git", async () => {
    await withDirectory(
      { ".git/config": "[core]\n", "root/targets/a.yml": SHARD, "shared/b.yml": SHARD, "root/.git/c.yml": SHARD },
      async (top) => {
        const root = join(top, "root");
        await symlink("../../shared/b.yml", join(root, "targets/b.yml"));
        await symlink("../.git/c.yml", join(root, "targets/c.yml"));
        const said = async (inventory: string): Promise<string[]> =>
          (await directoryTree(root).list(inventory)).diagnostics.map(({ message }) => message).sort();
        assert.equal(await said("targets"), [
          "targets/b.yml is a symbolic link that leads out of the directory of promgen.yml",
          "targets/c.yml is a symbolic link that leads into .git",
        ]);
        assert.equal(await said(".git"), ["the inventory `.git` leads into .git"]);
        assert.equal(await said("../shared"), ["the inventory `../shared` leads out of the directory of promgen.yml"]);
      },
    );
  });

  it("that must not be followed is reported with all other findings", async () => {
    await withDirectory({ "targets/a.yml": SHARD, "targets/b.yml": "service: 1\n" }, async (root) => {
      await symlink("/etc/hostname", join(root, "targets/file.yml"));
      await symlink("/etc", join(root, "targets/directory"));
      await symlink(".", join(root, "targets/again"));
      const ran = await runCli(root, ["validate"]);
      assert.is(ran.exit, 1, ran.stderr);
      assert.is(ran.stdout.match(/^error\[security\/path-escape\]/gm)?.length, 3);
      assert.match(ran.stdout, "targets/b.yml:1:10");
    });
  });

  it("that leads out by way of another link is a finding", async () => {
    const found = await listing({ "targets/a.yml": SHARD, "../outside/b.yml": SHARD }, async (root) => {
      await symlink("../outside", join(root, "way"));
      await symlink("../way/b.yml", join(root, "targets/x.yml"));
    });
    assert.equal(places(found), ["error security/path-escape targets/x.yml"]);
  });

  it("that leads to a directory with the same beginning as the root is a finding", async () => {
    const found = await listing(
      { "targets/a.yml": SHARD, "../root-2/b.yml": SHARD },
      link("../../root-2/b.yml", "targets/x.yml"),
    );
    assert.equal(places(found), ["error security/path-escape targets/x.yml"]);
  });

  it("that leads nowhere is a finding where it has the name of a YAML file", async () => {
    assert.equal(places(await listing({ "targets/a.yml": SHARD }, link("gone.yml", "targets/x.yml"))), [
      "error security/path-escape targets/x.yml",
    ]);
    assert.equal(places(await listing({ "targets/a.yml": SHARD }, link("gone.md", "targets/x.md"))), []);
    assert.equal(places(await listing({ "targets/a.yml": SHARD }, link("x.yml", "targets/x.yml"))), [
      "error security/path-escape targets/x.yml",
    ]);
  });

  it("that an editor leaves while a file is edited is none", async () => {
    const lock = await listing({ "targets/a.yml": SHARD }, link("jo@host.1234:1700000000", "targets/.#a.yml"));
    assert.equal(lock.files, ["targets/a.yml"]);
    assert.equal(places(lock), []);
    assert.equal(places(await listing({ "targets/a.yml": SHARD }, link("/etc/passwd", "targets/.#a.yml"))), [
      "error security/path-escape targets/.#a.yml",
    ]);
  });

  it("that leads to a directory above it is a finding, and reading ends", async () => {
    for (const target of [".", "..", "../targets"]) {
      const found = await listing({ "targets/b/a.yml": SHARD, "c.yml": SHARD }, link(target, "targets/x"));
      assert.equal(places(found), ["error security/path-escape targets/x"], target);
      assert.equal(found.files, ["targets/b/a.yml"], target);
    }
  });

  it("that leads to a directory that is read already is a finding: what is read twice is defined twice", async () => {
    const found = await listing(
      { "targets/b/c/a.yml": SHARD },
      async (root) => await symlink("b/c", join(root, "targets/x")),
    );
    assert.equal(places(found), ["error security/path-escape targets/x"]);
    assert.equal(found.files, ["targets/b/c/a.yml"]);
  });

  it("that lead to one another in a thousand ways do not keep it from ending", async () => {
    const found = await listing({ "targets/a.yml": SHARD }, async (root) => {
      // Each directory has two links to the next: 2^20 paths, and the last leads back to the first.
      for (let level = 0; level < 20; level++) {
        await mkdir(join(root, `d${level}`));
        for (const name of ["x", "y"]) await symlink(`../d${(level + 1) % 20}`, join(root, `d${level}`, name));
      }
      await symlink("../d0", join(root, "targets/way"));
    });
    assert.equal(found.files, ["targets/a.yml"]);
    assert.ok(places(found).length > 0 && places(found).length < 100);
  });

  it("that comes into the place of a file after it was found is not followed out of the repository", async () => {
    await withDirectory({ "root/targets/a.yml": SHARD, "secret.yml": "secret" }, async (top) => {
      const tree = directoryTree(join(top, "root"));
      await symlink("../../secret.yml", join(top, "root/targets/x.yml"));
      assert.throws(
        () => tree.read("targets/x.yml"),
        (error: unknown) => error instanceof EnvironmentError && /leads out/.test(error.message),
      );
    });
  });

  it("that leads elsewhere since its directory was listed is not followed out of the repository", async () => {
    await withDirectory(
      { "root/shared/a.yml": SHARD, "root/targets/b.yml": SHARD, "outside/a.yml": "secret" },
      async (top) => {
        const root = join(top, "root");
        await symlink("../shared", join(root, "targets/all"));
        const tree = directoryTree(root);
        assert.equal((await tree.list("targets")).files, ["targets/all/a.yml", "targets/b.yml"]);
        await rm(join(root, "targets/all"));
        await symlink("../../outside", join(root, "targets/all"));
        assert.throws(
          () => tree.read("targets/all/a.yml"),
          (error: unknown) => error instanceof EnvironmentError && /leads out/.test(error.message),
        );
      },
    );
  });

  it("that is promgen.yml itself is not followed out of the repository", async () => {
    await withDirectory({ "root/targets/a.yml": SHARD, "secret.yml": "secret" }, async (top) => {
      await symlink("../secret.yml", join(top, "root/promgen.yml"));
      const ran = await runCli(join(top, "root"), ["validate"]);
      assert.ok(ran.exit === 1 || ran.exit === 2, `${ran.exit}`);
      assert.not.match(ran.stdout + ran.stderr, "secret\n");
    });
  });
});

describe("the bytes of a file", (it) => {
  it("are all of it, and its own, where they are asked for until the next one is read", async () => {
    // Around the length from which on a file has memory of its own.
    const lengths = [0, 1, 65_535, 65_536, 65_537, 300_000, 2];
    const texts = lengths.map((length, index) => String(index).repeat(length));
    const files = Object.fromEntries(texts.map((text, index) => [`targets/${index}.yml`, text]));
    await withDirectory(files, async (root) => {
      const tree = directoryTree(root);
      await tree.list("targets");
      const kept = tree.read("targets/1.yml");
      for (const [file, text] of Object.entries(files)) {
        const bytes = tree.read(file, true);
        assert.ok(bytes !== undefined && Buffer.from(bytes).toString() === text, file);
      }
      // What was not asked for so stays.
      assert.is(Buffer.from(kept ?? []).toString(), "1");
    });
  });

  it("cannot be read of a directory, and are none where there is none, in that way either", async () => {
    await withDirectory({ "targets/a.yml/x": "" }, async (root) => {
      const tree = directoryTree(root);
      for (const isBrief of [false, true]) {
        assert.throws(
          () => tree.read("targets/a.yml", isBrief),
          (error: unknown) =>
            error instanceof EnvironmentError && error.message.startsWith("cannot read targets/a.yml"),
        );
        assert.is(tree.read("targets/b.yml", isBrief), undefined);
      }
    });
  });
});
