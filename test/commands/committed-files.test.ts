/** Only the bytes that a commit has are published, though `git status` finds nothing to tell. */
import { readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { CommittedFiles } from "../../src/commands/committed-files.ts";
import { describe } from "../describe.ts";
import { commit, countGenerations, publishFrom, SHOP, web, withInventory } from "../publish/inventory-repository.ts";
import { git, inProcess, run, runCli, writeFiles } from "../workplace.ts";

const SERVICE = "service: more\nshard: osaka-a\nprojects:\n  - { name: more, hosts: [m1], exporters: [node] }\n";

/** It ends with 2 and names the file, and nothing is published. */
async function assertRefused(repository: string, file: string, words: RegExp): Promise<void> {
  assert.is(await git(repository, "status", "--porcelain"), "", "Git finds nothing to tell");
  const ran = await publishFrom(repository);
  assert.is(ran.exit, 2, ran.stdout + ran.stderr);
  assert.match(ran.stderr, `\`${file}\``);
  assert.match(ran.stderr, words);
  assert.is(await countGenerations(repository), 0);
}

describe("publish: files that no commit has", (it) => {
  it("of a submodule, and what it ignores, are refused by name", async () => {
    await withInventory(SHOP, async (repository) => {
      const other = join(repository, "../other");
      await git(join(repository, ".."), "init", "--quiet", "other");
      await commit(other, { "more.yml": SERVICE, ".gitignore": "ignored.yml\n" });
      const from = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other, "targets/sub"];
      assert.is((await run(repository, ["git", ...from])).exit, 0);
      await commit(repository, {});
      await assertRefused(repository, "targets/sub/more.yml", /is not in commit [0-9a-f]{12},.*\n.*submodule/);
      await commit(join(repository, "targets/sub"), {});
      await rm(join(repository, "targets/sub/more.yml"));
      await commit(join(repository, "targets/sub"), {});
      await writeFiles(repository, { "targets/sub/ignored.yml": SERVICE });
      await commit(repository, {});
      await assertRefused(repository, "targets/sub/ignored.yml", /is not in commit/);
    });
  });

  it("that a symbolic link leads to are refused by name", async () => {
    await withInventory({ ...SHOP, ".gitignore": "hidden/\n" }, async (repository) => {
      await writeFiles(repository, { "hidden/more.yml": SERVICE });
      await symlink("../hidden/more.yml", join(repository, "targets/link.yml"));
      await git(repository, "add", "--all");
      await commit(repository, {});
      const ran = await publishFrom(repository);
      assert.is(ran.exit, 2, ran.stdout + ran.stderr);
      assert.is(await countGenerations(repository), 0);
    });
  });

  it("are Git's own, where no link may lead", async () => {
    await withInventory(SHOP, async (repository) => {
      await writeFiles(repository, { ".git/hidden.yml": SERVICE, ".git/hidden/a.yml": SERVICE });
      for (const [target, name] of [
        ["../.git/hidden.yml", "z.yml"],
        ["../.git/hidden", "z"],
      ] as const) {
        await symlink(target, join(repository, "targets", name));
        await commit(repository, {});
        const ran = await publishFrom(repository);
        assert.is(ran.exit, 1, ran.stdout + ran.stderr);
        assert.match(ran.stderr, `security/path-escape`);
        await rm(join(repository, "targets", name));
      }
      assert.is(await countGenerations(repository), 0);
    });
  });

  it("made by a filter are refused with its name, also in a part of a repository", async () => {
    await withInventory({}, async (repository) => {
      await git(repository, "config", "filter.more.smudge", "sed s/front/back/");
      await git(repository, "config", "filter.more.clean", "sed s/back/front/");
      const files = Object.fromEntries(Object.entries(SHOP).map(([path, content]) => [`part/${path}`, content]));
      await commit(repository, { ...files, ".gitattributes": "part/targets/web.yml filter=more\n" });
      await rm(join(repository, "part/targets/web.yml"));
      await git(repository, "checkout", "--quiet", ".");
      const part = join(repository, "part");
      assert.is(await git(repository, "status", "--porcelain"), "");
      const ran = await publishFrom(part);
      assert.is(ran.exit, 2, ran.stdout + ran.stderr);
      assert.match(ran.stderr, /`targets\/web\.yml` is not what commit [0-9a-f]{12} has.*\n.*`filter=more`/);
      assert.is(await countGenerations(repository), 0);
      // It changes nothing of a file: there is nothing to say.
      await commit(repository, { "part/targets/web.yml": String(SHOP["targets/web.yml"]).replace("front", "side") });
      assert.is((await publishFrom(part)).exit, 0);
    });
  });
});

describe("publish: files that Git does not see to have changed", (it) => {
  for (const [file, old, other] of [
    ["targets/web.yml", "w[01-20]", "w[01-02]"],
    ["promgen.yml", "9100", "9101"],
  ] as const) {
    it(`of the same size and time, are refused by name: ${file}`, async () => {
      await withInventory(SHOP, async (repository) => {
        const path = join(repository, file);
        for (const setting of ["core.trustctime=false", "core.checkStat=minimal"])
          await git(repository, "config", ...setting.split("="));
        await utimes(path, 1, 1);
        await git(repository, "update-index", "--refresh");
        await writeFile(path, (await readFile(path, "utf8")).replace(old, other));
        await utimes(path, 1, 1);
        await assertRefused(repository, file, /is not what commit \w+ has/);
      });
    });
  }
});

describe("files that are read", (it) => {
  it("are not what a commit has where they were put back since", async () => {
    await withInventory(SHOP, async (repository) => {
      const id = await git(repository, "rev-parse", "HEAD");
      const blob = await git(repository, "rev-parse", "HEAD:targets/web.yml");
      const check = async (read: string): Promise<string> => {
        let said = "nothing";
        await inProcess(repository, async (io) => {
          const files = await CommittedFiles.open(io, id);
          files.note({ file: "targets/web.yml", blob: read });
          said = await files.check().then(
            () => "fine",
            (error: unknown) => String(error),
          );
          return 0;
        });
        return said;
      };
      assert.is(await check(blob), "fine");
      assert.match(await check("0".repeat(40)), "`targets/web.yml` is not what commit");
    });
  });
});

describe("publish: files that Git converts", (it) => {
  it("by ids and encodings are refused with the attribute, where something else is in them", async () => {
    for (const [attribute, text] of [
      ["ident", 'labels: { a: "$Id$" }\n'],
      // Decoded, it is what the commit has; as it is, it is what is read.
      ["working-tree-encoding=UTF-7", "labels: { a: +TgA- }\n"],
    ] as const) {
      await withInventory(SHOP, async (repository) => {
        await writeFiles(repository, { ".gitattributes": `targets/web.yml ${attribute}\n` });
        await commit(repository, { "targets/web.yml": `${web(20)}${text}` });
        if (attribute === "ident") {
          await rm(join(repository, "targets/web.yml"));
          await git(repository, "checkout", "--quiet", ".");
        }
        await assertRefused(
          repository,
          "targets/web.yml",
          new RegExp(`take \`${attribute}\` off it in \\.gitattributes`),
        );
      });
    }
  });

  it("are those of the commit, whatever this clone has put in its place", async () => {
    await withInventory(SHOP, async (repository) => {
      const id = await git(repository, "rev-parse", "HEAD");
      const other = await commit(repository, { "targets/web.yml": web(25) });
      await git(repository, "reset", "--quiet", "--hard", id);
      await git(repository, "replace", id, other);
      await git(repository, "reset", "--quiet", "--hard");
      assert.is(await git(repository, "status", "--porcelain"), "");
      const ran = await runCli(repository, ["publish"]);
      assert.is(ran.exit, 2, ran.stdout);
      assert.is(await countGenerations(repository), 0);
      await git(repository, "replace", "-d", id);
      await git(repository, "reset", "--quiet", "--hard");
      assert.is((await publishFrom(repository)).exit, 0);
      // A graft says that this one descends from the published one.
      const orphan = await git(repository, "commit-tree", "-m", "orphan", `${id}^{tree}`);
      await git(repository, "reset", "--quiet", "--hard", orphan);
      await writeFiles(repository, { ".git/info/grafts": `${orphan} ${id}\n` });
      const grafted = await publishFrom(repository);
      assert.match(grafted.stderr, `does not descend from ${id.slice(0, 12)}`);
    });
  });

  it("by line breaks are the same, and another checkout publishes the same bytes", async () => {
    await withInventory({}, async (repository) => {
      const files = Object.fromEntries(
        Object.entries(SHOP).map(([path, content]) => [`part/${path}`, `# a comment\n${String(content)}`]),
      );
      await commit(repository, { ...files, ".gitattributes": "*.yml text eol=crlf\n" });
      const part = join(repository, "part");
      for (const path of Object.keys(files)) await rm(join(repository, path));
      await git(repository, "checkout", "--quiet", ".");
      assert.match(await git(repository, "hash-object", "--no-filters", "part/promgen.yml"), /^[0-9a-f]{40}$/);
      assert.is.not(
        await git(repository, "hash-object", "--no-filters", "part/promgen.yml"),
        await git(repository, "rev-parse", "HEAD:part/promgen.yml"),
      );
      const ran = await publishFrom(part);
      assert.is(ran.exit, 0, ran.stderr);
      const verified = await runCli(part, ["verify", "branch:artifacts", "--rebuild"]);
      assert.is(verified.exit, 0, verified.stdout + verified.stderr);
    });
  });
});
