import { cpSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../../describe.ts";
import { withMade } from "../../snapshot.ts";
import { environment, fastImport, run } from "../../workplace.ts";
import { failureOf, NEVER, pointerOf, SHARD, textOf, withRepository } from "./git-repository.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import type { Repository } from "./git-repository.ts";

const SUMS = String(SHARD["shards/a/SHA256SUMS"]);
const TARGETS = String(SHARD["shards/a/targets.json"]);

/** What is left of the history in the clone. */
async function commitsIn({ clone, directory }: Repository): Promise<string[]> {
  const { stdout } = await run(directory, ["git", `--git-dir=${clone}`, "rev-list", "refs/promgen/tip"]);
  return stdout.trim().split("\n");
}

async function packsIn(clone: string): Promise<string[]> {
  return (await readdir(join(clone, "objects/pack"))).filter((name) => name.endsWith(".pack")).sort();
}

/** A repository, and the clone of it that `open` and a first look leave; that is made once. */
async function withClone(act: (repository: Repository) => Promise<void>): Promise<void> {
  const make = async (made: string): Promise<void> =>
    await withRepository(async ({ open, directory }) => {
      await pointerOf(await open());
      cpSync(join(directory, "state"), made, { recursive: true });
    });
  await withMade("state of a git source", make, async (made) => {
    await withRepository(async (repository) => {
      cpSync(made, join(repository.directory, "state"), { recursive: true });
      await act(repository);
    });
  });
}

/** For fastImport: so many commits on top of the branch, each with the files of the one before. */
function emptyCommits(count: number): string {
  const branch = "refs/heads/artifacts";
  const head = `commit ${branch}\ncommitter Tester <tester@example.com> 0 +0000\ndata 5\nempty\n`;
  return Array.from({ length: count }, (_, at) => (at === 0 ? `${head}from ${branch}^0\n` : head)).join("");
}

/** Makes the branch one commit on top of this one, in which a path is an entry that no file can make. */
async function publishEntry(repository: Repository, mode: string, path: string, from: string): Promise<void> {
  const branch = "refs/heads/artifacts";
  await repository.git("update-ref", branch, from);
  const head = `commit ${branch}\ncommitter Tester <tester@example.com> 0 +0000\ndata 5\nentry\nfrom ${from}\nD ${path}\n`;
  const entry = mode === "160000" ? `M ${mode} ${from} ${path}\n` : `M ${mode} inline ${path}\ndata 1\nx\n`;
  await fastImport(join(repository.directory, "work"), head + entry);
}

describe("git source", (it) => {
  it("brings SHA256SUMS, the files beside it and the commit as validator", async () => {
    await withRepository(async ({ open, git }) => {
      const source = await open();
      const { text, signature, validator } = await pointerOf(source);
      assert.is(text, SUMS);
      assert.is(signature, undefined);
      assert.is(validator, await git("rev-parse", "artifacts"));
      assert.is(await textOf(source, "targets.json"), TARGETS);
      assert.is(await textOf(source, "urls.json"), SHARD["shards/a/urls.json"]);
      await source.close();
    });
  });

  it("brings the signature where signatures are wanted, and undefined where there is none", async () => {
    await withRepository(async ({ open, git, publish }) => {
      const source = await open({ signatures: true });
      assert.equal(Buffer.from((await pointerOf(source)).signature ?? "").toString(), "signature\n");
      await git("rm", "--quiet", "shards/a/SHA256SUMS.sig");
      await publish({});
      assert.is((await pointerOf(source)).signature, undefined);
    });
  });

  it("says unchanged while the branch stays, also in the next process and without its clone", async () => {
    await withRepository(async ({ open, clone }) => {
      const { validator } = await pointerOf(await open());
      assert.equal(await (await open()).pointer(validator, NEVER), { kind: "unchanged" });
      await rm(clone, { recursive: true });
      const source = await open();
      assert.equal(await source.pointer(validator, NEVER), { kind: "unchanged" });
      // Something is wrong with the file in place: it is asked for although nothing changed.
      assert.is(await textOf(source, "targets.json"), TARGETS);
    });
  });

  it("takes the whole inventory from the root, and the branch artifacts where none is named", async () => {
    await withRepository(async ({ open, publish, url }) => {
      await publish({ SHA256SUMS: "all\n", "targets.json": "[all]" });
      const source = await open({}, "", url.replace("#artifacts", ""));
      assert.is((await pointerOf(source)).text, "all\n");
      assert.is(await textOf(source, "targets.json"), "[all]");
    });
  });

  it("finds a shard whose directory name is percent-encoded", async () => {
    await withRepository(async ({ open, publish }) => {
      await publish({ "shards/%E6%9D%B1%2A/SHA256SUMS": "tokyo\n", "shards/xx*/SHA256SUMS": "other\n" });
      assert.is((await pointerOf(await open({}, "shards/%E6%9D%B1%2A/"))).text, "tokyo\n");
    });
  });

  it("fetches the branch alone, without history and tags", async () => {
    await withRepository(async (repository) => {
      const { open, git, publish, clone, directory } = repository;
      await publish({ "shards/a/SHA256SUMS": "2\n" });
      const tip = await publish({ "shards/a/SHA256SUMS": "3\n" });
      await git("tag", "v1");
      await git("branch", "other");
      assert.is((await pointerOf(await open())).text, "3\n");
      assert.equal(await commitsIn(repository), [tip]);
      const refs = await run(directory, ["git", `--git-dir=${clone}`, "for-each-ref", "--format=%(refname)"]);
      assert.is(refs.stdout, "refs/promgen/tip\n");
    });
  });

  it("gives files of the commit that SHA256SUMS came from, whatever is published meanwhile", async () => {
    await withRepository(async ({ open, publish }) => {
      const source = await open();
      await pointerOf(source);
      await publish({ "shards/a/targets.json": "newer" });
      assert.is(await textOf(source, "targets.json"), TARGETS);
      await pointerOf(source);
      assert.is(await textOf(source, "targets.json"), "newer");
    });
  });

  it("follows a forced push back and one aside where artifacts are signed: whether it is newer is for others to say", async () => {
    await withRepository(async (repository) => {
      const { git, publish } = repository;
      const open = async (): Promise<Source> => await repository.open({ signatures: true });
      const first = await git("rev-parse", "artifacts");
      const second = await publish({ "shards/a/SHA256SUMS": "2\n" });
      assert.is((await pointerOf(await open(), first)).validator, second);

      await git("reset", "--quiet", "--hard", first);
      const back = await pointerOf(await open(), second);
      assert.equal([back.text, back.validator], [SUMS, first]);

      await git("checkout", "--quiet", "--orphan", "aside");
      const aside = await publish({ "shards/a/SHA256SUMS": "aside\n" });
      await git("branch", "--quiet", "--force", "artifacts", "aside");
      const moved = await pointerOf(await open(), first);
      assert.equal([moved.text, moved.validator], ["aside\n", aside]);
      assert.equal(await commitsIn(repository), [aside]);
      assert.equal(await (await open()).pointer(aside, NEVER), { kind: "unchanged" });
    });
  });

  for (const [what, rewrite] of [
    ["back", ["reset", "--quiet", "--hard", "HEAD~1"]],
    ["aside", ["commit", "--quiet", "--amend", "--message=another"]],
  ] as const) {
    it(`refuses a forced push ${what} where nothing is signed, however often and with whichever clone it looks`, async () => {
      await withRepository(async ({ open, git, publish, clone }) => {
        await publish({ "shards/a/SHA256SUMS": "2\n" });
        const { validator = "" } = await pointerOf(await open());
        await git(...rewrite);
        if (what === "aside") await publish({ "shards/a/SHA256SUMS": "3\n" });
        for (const fresh of [false, false, true]) {
          const { message } = await failureOf("replay", async () => {
            await (await open()).pointer(validator, NEVER, fresh);
          });
          assert.match(message, validator.slice(0, 12));
        }
        await rm(clone, { recursive: true });
        await failureOf("replay", async () => void (await (await open()).pointer(undefined, NEVER)));
        // Where it was meant, the operator says so.
        await rm(join(clone, "../taken"));
        assert.is((await pointerOf(await open())).validator, await git("rev-parse", "artifacts"));
      });
    });
  }

  it("takes nothing unsigned where it cannot read or write down what was taken before", async () => {
    for (const name of ["taken", "taken.new"]) {
      await withClone(async ({ open, publish, clone }) => {
        await publish({ "shards/a/SHA256SUMS": "2\n" });
        const path = join(clone, "..", name);
        await rm(path, { force: true });
        await mkdir(path);
        for (let run = 0; run < 2; run++)
          await failureOf("unsafe-path", async () => void (await (await open()).pointer(undefined, NEVER)));
        assert.is((await pointerOf(await open({ signatures: true }))).text, "2\n");
      });
    }
  });

  it("follows a branch that went on, however far, where nothing is signed", async () => {
    // What is asked again and again until it is far enough is the same with longer ids.
    for (const [format, steps] of [
      ["sha1", [1, 3, 30, 230]],
      ["sha256", [3, 30]],
    ] as const) {
      await withRepository(async ({ directory, open, publish, clone }) => {
        await pointerOf(await open());
        for (const commits of steps) {
          await fastImport(join(directory, "work"), emptyCommits(commits - 1));
          const tip = await publish({ "shards/a/SHA256SUMS": `${commits}\n` });
          if (commits === 3) await rm(clone, { recursive: true });
          assert.is((await pointerOf(await open())).validator, tip);
        }
      }, format);
    }
  });

  it("says that the branch is missing when it was deleted, and goes on once it is back", async () => {
    await withRepository(async ({ open, git }) => {
      const source = await open();
      const { validator } = await pointerOf(source);
      await git("checkout", "--quiet", "-b", "other/artifacts");
      await git("branch", "--quiet", "--delete", "--force", "artifacts");
      const { message } = await failureOf("unreachable", () => source.pointer(validator, NEVER));
      assert.match(message, "no branch artifacts");
      await git("branch", "artifacts");
      assert.equal(await source.pointer(validator, NEVER), { kind: "unchanged" });
    });
  });

  it("never takes a tag for the branch", async () => {
    await withRepository(async ({ open, git, publish }) => {
      const first = await git("rev-parse", "HEAD");
      const tip = await publish({ "shards/a/SHA256SUMS": "2\n" });
      await git("tag", "artifacts", first);
      assert.is((await pointerOf(await open())).validator, tip);
    });
  });

  it("tells a shard that is not in the inventory from a branch that is not one of ours", async () => {
    await withRepository(async ({ open, git, publish }) => {
      await failureOf("unknown-shard", async () => (await open({}, "shards/b/")).pointer(undefined, NEVER));
      await git("rm", "--quiet", "manifest.json");
      await publish({});
      await failureOf("unreachable", async () => (await open({}, "shards/b/")).pointer(undefined, NEVER));
      await git("rm", "--quiet", "shards/a/urls.json");
      await publish({});
      const source = await open();
      await pointerOf(source);
      await failureOf("inconsistent", () => textOf(source, "urls.json"));
    });
  });

  it("reads a repository with sha256 object names, also after one with sha1", async () => {
    await withRepository(async ({ open, clone }) => {
      await mkdir(join(clone, ".."), { recursive: true });
      await run(join(clone, ".."), ["git", "init", "--quiet", "--bare", "clone.git"]);
      const source = await open();
      assert.match((await pointerOf(source)).validator ?? "", /^[0-9a-f]{64}$/);
      assert.is(await textOf(source, "targets.json"), TARGETS);
    }, "sha256");
  });
});

describe("git source: a clone that is not in order", (it) => {
  it("removes the locks and half packs of a git that was killed", async () => {
    await withClone(async ({ open, clone, publish }) => {
      const debris = [
        "shallow.lock",
        "index.lock",
        "config.lock",
        "HEAD.lock",
        "packed-refs.lock",
        "refs/promgen/tip.lock",
      ];
      debris.push("objects/pack/tmp_pack_AbCdEf", "objects/pack/.tmp-1-pack");
      for (const name of [...debris, "mark"]) await writeFile(join(clone, name), "");
      await publish({ "shards/a/SHA256SUMS": "2\n" });
      assert.is((await pointerOf(await open())).text, "2\n");
      const left = await readdir(clone, { recursive: true });
      assert.equal(
        debris.filter((name) => left.includes(name)),
        [],
      );
      // There was no need to clone anew.
      assert.ok(left.includes("mark"));
    });
  });

  const DAMAGE: Readonly<Record<string, (clone: string) => Promise<void>>> = {
    "its packs are cut off": async (clone) => {
      for (const name of await packsIn(clone)) {
        await chmod(join(clone, "objects/pack", name), 0o600);
        await truncate(join(clone, "objects/pack", name), 40);
      }
    },
    "its objects are gone": async (clone) => await rm(join(clone, "objects"), { recursive: true }),
    "its packs are gone": async (clone) => {
      for (const name of await readdir(join(clone, "objects/pack"))) await rm(join(clone, "objects/pack", name));
    },
    "its configuration is nonsense": async (clone) => await writeFile(join(clone, "config"), "[[["),
    "its HEAD is empty": async (clone) => await writeFile(join(clone, "HEAD"), ""),
    "its shallow file is nonsense": async (clone) => await writeFile(join(clone, "shallow"), "nonsense\n"),
    "its ref is nonsense": async (clone) => await writeFile(join(clone, "refs/promgen/tip"), "nonsense\n"),
    "it is a file": async (clone) => {
      await rm(clone, { recursive: true });
      await writeFile(clone, "");
    },
    "only an empty directory is left": async (clone) => {
      await rm(clone, { recursive: true });
      await mkdir(clone);
    },
  };
  for (const [what, damage] of Object.entries(DAMAGE)) {
    it(`converges in one pass where ${what}`, async () => {
      await withClone(async ({ open, clone, publish }) => {
        await damage(clone);
        const again = await open();
        assert.is((await pointerOf(again)).text, SUMS);
        assert.is(await textOf(again, "targets.json"), TARGETS);

        await damage(clone);
        const tip = await publish({ "shards/a/SHA256SUMS": "2\n" });
        const newer = await pointerOf(await open());
        assert.equal([newer.text, newer.validator], ["2\n", tip]);
        assert.equal(await (await open()).pointer(tip, NEVER), { kind: "unchanged" });
      });
    });
  }

  it("throws away a clone in which a file cannot be read, and has it the next time", async () => {
    await withRepository(async ({ open, clone, publish }) => {
      // Not compressible, so that the pack's end is the file's.
      await publish({
        "shards/a/targets.json": Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 7919) >> 5)),
      });
      const source = await open();
      await pointerOf(source);
      for (const name of await packsIn(clone)) {
        const path = join(clone, "objects/pack", name);
        await chmod(path, 0o600);
        const bytes = await readFile(path);
        bytes.fill(0, bytes.length / 4, bytes.length - 100);
        await writeFile(path, bytes);
      }
      await failureOf("unreachable", () => textOf(source, "targets.json"));
      assert.is((await textOf(source, "targets.json")).length > 100_000, true);
    });
  });

  it("clones anew where somebody doubts what it gave, once an attempt", async () => {
    await withRepository(async ({ open, clone }) => {
      const source = await open();
      const { validator } = await pointerOf(source);
      const born = async (): Promise<number> => (await stat(join(clone, "HEAD"))).ino;
      await writeFile(join(clone, "mark"), "");
      assert.is((await pointerOf(source, validator, true)).validator, validator);
      assert.not.ok((await readdir(clone)).includes("mark"));
      const inode = await born();
      await textOf(source, "targets.json", true);
      assert.is(await born(), inode);
    });
  });

  it("starts anew where many packs have come together", async () => {
    await withClone(async ({ open, clone, publish }) => {
      for (let at = 0; at < 40; at++) await writeFile(join(clone, `objects/pack/pack-${at}.pack`), "");
      await publish({ "shards/a/SHA256SUMS": "2\n" });
      assert.is((await pointerOf(await open({ signatures: true }))).text, "2\n");
      assert.is((await packsIn(clone)).length, 1);
    });
  });

  it("says that the disk is in the way where the clone cannot be made", async () => {
    await withRepository(async ({ open, directory }) => {
      await writeFile(join(directory, "state"), "");
      await failureOf("unsafe-path", async () => (await open()).pointer(undefined, NEVER));
    });
  });
});

describe("git source: what is not trusted", (it) => {
  it("runs no hook that lies in the clone", async () => {
    await withClone(async ({ open, clone, publish, directory }) => {
      const mark = join(directory, "mark");
      await mkdir(join(clone, "hooks"), { recursive: true });
      for (const name of [
        "reference-transaction",
        "post-update",
        "post-checkout",
        "pre-auto-gc",
        "fsmonitor-watchman",
      ]) {
        await writeFile(join(clone, "hooks", name), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
      }
      await publish({ "shards/a/SHA256SUMS": "2\n" });
      assert.is((await pointerOf(await open())).text, "2\n");
      assert.not.ok((await readdir(directory)).includes("mark"));
    });
  });

  it("asks no other transport than the configured one, wherever the clone's configuration leads", async () => {
    await withClone(async ({ open, clone, url, publish, directory }) => {
      const remote = url.replace(/^git\+|#.*/g, "");
      const config = `[protocol "ext"]\n\tallow = always\n[url "ext::touch ${directory}/mark ;"]\n\tinsteadOf = ${remote}\n`;
      await writeFile(join(clone, "config"), `${await readFile(join(clone, "config"), "utf8")}\n${config}`);
      await publish({ "shards/a/SHA256SUMS": "2\n" });
      await (await open()).pointer(undefined, NEVER).catch(() => undefined);
      assert.not.ok((await readdir(directory)).includes("mark"));
    });
  });

  for (const [mode, kind] of [
    ["120000", "symbolic link"],
    ["160000", "submodule"],
  ] as const) {
    it(`refuses a ${kind} in place of SHA256SUMS, of a file and of a directory`, async () => {
      await withRepository(async (repository) => {
        const { open, git } = repository;
        const first = await git("rev-parse", "HEAD");
        await publishEntry(repository, mode, "shards/a/targets.json", first);
        const source = await open({ signatures: true });
        await pointerOf(source);
        assert.match((await failureOf("invalid", () => textOf(source, "targets.json"))).message, kind);
        for (const path of ["shards/a/SHA256SUMS", "shards/a", "shards"]) {
          await publishEntry(repository, mode, path, first);
          const { message } = await failureOf("pointer", () => source.pointer(undefined, NEVER));
          assert.match(message, kind);
          assert.ok(message.endsWith(` at ${path}`), message);
        }
      });
    });
  }

  it("refuses a directory in place of SHA256SUMS", async () => {
    await withRepository(async ({ open, git, publish }) => {
      await git("rm", "--quiet", "shards/a/SHA256SUMS");
      await publish({ "shards/a/SHA256SUMS/x": "x" });
      assert.match(
        (await failureOf("pointer", async () => (await open()).pointer(undefined, NEVER))).message,
        "directory",
      );
    });
  });

  it("refuses a commit whose tree leads out of it", async () => {
    await withRepository(async ({ open, git, directory }) => {
      const blob = Buffer.from(await git("rev-parse", "HEAD:manifest.json"), "hex");
      await writeFile(join(directory, "tree"), Buffer.concat([Buffer.from("100644 ..\0"), blob]));
      const tree = await git("hash-object", "-t", "tree", "-w", "--literally", join(directory, "tree"));
      const commit = await git("commit-tree", "-m", "out", tree);
      await git("update-ref", "refs/heads/artifacts", commit);
      await failureOf("invalid", async () => (await open()).pointer(undefined, NEVER));
      assert.equal((await readdir(directory)).sort(), ["state", "tree", "work"]);
    });
  });

  it("stops at the largest size: of a file before its first byte, of SHA256SUMS and its signature as well", async () => {
    await withRepository(async ({ open, publish }) => {
      const large = Buffer.alloc(70_000, "x");
      await publish({ "shards/a/targets.json": large });
      const source = await open({ maxBytes: 69_999, signatures: true });
      await pointerOf(source);
      let bytes = 0;
      await failureOf("too-large", async () => {
        for await (const chunk of source.file("targets.json", "", NEVER)) bytes += chunk.length;
      });
      assert.is(bytes, 0);
      assert.is((await textOf(await open({ maxBytes: 70_000 }), "targets.json")).length, 70_000);

      await publish({ "shards/a/SHA256SUMS.sig": large });
      await failureOf("too-large", () => source.pointer(undefined, NEVER));
      await publish({ "shards/a/SHA256SUMS": large });
      await failureOf("too-large", () => source.pointer(undefined, NEVER));
    });
  });

  it("leaves no git behind where nobody reads a file to its end", async () => {
    await withRepository(async ({ open, publish, clone }) => {
      await publish({ "shards/a/targets.json": Buffer.alloc(900_000, "x") });
      const source = await open();
      await pointerOf(source);
      for await (const chunk of source.file("targets.json", "", NEVER)) {
        assert.ok(chunk.length <= 65_536);
        break;
      }
      const { stdout } = await run("/", ["ps", "-eo", "args"]);
      assert.not.ok(stdout.includes(`--git-dir=${clone}`), stdout);
    });
  });
});

describe("git source: the git of the host", (it) => {
  it("says what to install where git, or setsid, is not there", async () => {
    await withRepository(async ({ open, directory }) => {
      const bin = join(directory, "bin");
      await mkdir(bin);
      const ask = async (): Promise<unknown> =>
        await (await open({ environment: { PATH: bin } })).pointer(undefined, NEVER);
      assert.match((await failureOf("configuration", ask)).help ?? "", "install git");
      const { stdout } = await run("/", ["sh", "-c", "command -v setsid"]);
      await symlink(stdout.trim(), join(bin, "setsid"));
      assert.match((await failureOf("configuration", ask)).help ?? "", "install git");
    });
  });

  it("refuses a git that would leave our settings out", async () => {
    await withRepository(async ({ open, directory }) => {
      const bin = join(directory, "bin");
      await mkdir(bin);
      await writeFile(join(bin, "git"), "#!/bin/sh\necho git version 2.30.2\n", { mode: 0o755 });
      const { PATH } = environment("/");
      const source = await open({ environment: { PATH: `${bin}:${PATH}` } });
      assert.match((await failureOf("configuration", () => source.pointer(undefined, NEVER))).message, "2.30.2");
    });
  });

  it("says that there is no repository, at a path that has none", async () => {
    await withRepository(async ({ open, directory }) => {
      const source = await open({}, "shards/a/", `git+file://${directory}/none.git`);
      const { message } = await failureOf("unreachable", () => source.pointer(undefined, NEVER));
      assert.match(message, "is not a repository");
    });
  });
});
