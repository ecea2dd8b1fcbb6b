import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { EnvironmentError } from "../../src/exit.ts";
import { stageDirectory } from "../../src/publish/staged-directory.ts";
import { describe, notRun } from "../describe.ts";
import { NOBODY, commandOf } from "../other-user.ts";
import { CLI, inProcess, readFiles, run, runCli, withDirectory, writeFiles } from "../workplace.ts";
import type { Files } from "../workplace.ts";

const INVENTORY: Files = {
  "promgen.yml": "artifacts: [all, services, projects]\n",
  "targets/shards.yml": "shard: a\nservers: [p1]\n",
  "targets/services.yml": `service: s\nshard: a\nprojects:\n  - { name: p, hosts: [h1], exporters: [{ job: node, port: 9100 }] }\n`,
};

const ARTIFACTS = [
  "SHA256SUMS",
  "manifest.json",
  "projects/p/targets.json",
  "services/s/targets.json",
  "shards/a/SHA256SUMS",
  "shards/a/scrape-config.yml",
  "shards/a/targets.json",
  "shards/a/urls.json",
  "targets.json",
  "urls.json",
];

/** Builds in this process. Gives "built", or the message and hint of what refused it. */
async function tryBuild(directory: string, out?: string): Promise<string> {
  try {
    const ran = await inProcess(directory, (io) => build(io, { out, stdout: false, verbose: false }));
    return ran.exit === 0 ? "built" : `exit ${ran.exit}: ${ran.stderr}`;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return `${error.message}; ${error.hint}`;
  }
}

async function artifactsIn(directory: string): Promise<string[]> {
  return Object.keys(await readFiles(directory)).sort();
}

describe("the directory of the artifacts", (it) => {
  it("is made with the directories above it, and replaced as a whole", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      assert.is(await tryBuild(directory, "deep/down/out"), "built");
      const out = join(directory, "deep/down/out");
      assert.equal(await artifactsIn(out), ARTIFACTS);
      await writeFile(join(directory, "promgen.yml"), "artifacts: []\n");
      assert.is(await tryBuild(directory, "deep/down/out"), "built");
      const left = ARTIFACTS.filter((path) => path.startsWith("shards/") || path === "manifest.json");
      assert.equal(await artifactsIn(out), left);
      assert.equal(await readdir(join(directory, "deep/down")), ["out"]);
    });
  });

  it("may be there and empty", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      await mkdir(join(directory, "dist"));
      assert.is(await tryBuild(directory), "built");
      assert.equal(await artifactsIn(join(directory, "dist")), ARTIFACTS);
    });
  });

  it("has files that everybody may read, as far as the umask allows", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      assert.is(await tryBuild(directory), "built");
      const { mode } = await lstat(join(directory, "dist/shards/a/targets.json"));
      assert.is(mode & 0o777, 0o644 & ~process.umask());
    });
  });

  const strangers: readonly (readonly [what: string, files: Files, named: string])[] = [
    ["a file", { "dist/notes.txt": "mine" }, "notes.txt"],
    ["a hidden file", { "dist/.gitkeep": "" }, ".gitkeep"],
    ["a directory", { "dist/site/index.html": "mine" }, "site"],
    ["a file among the shards' directories", { "dist/shards/notes.txt": "mine" }, "shards/notes.txt"],
    ["a file in a shard's directory", { "dist/shards/a/notes.txt": "mine" }, "shards/a/notes.txt"],
    ["a shard's file in a service's directory", { "dist/services/s/urls.json": "mine" }, "services/s/urls.json"],
    ["a directory named like a file of ours", { "dist/targets.json/mine": "mine" }, "targets.json"],
    ["such a directory in a shard's", { "dist/shards/a/targets.json/mine": "mine" }, "shards/a/targets.json"],
    ["a file named like a directory of ours", { "dist/shards": "mine" }, "shards"],
    ["a name that every object has", { "dist/constructor": "mine" }, "constructor"],
    ["another program's manifest.json", { "dist/manifest.json": '{ "name": "my app" }' }, "manifest.json"],
    [
      "a manifest.json that another program made",
      { "dist/manifest.json": '{ "generator": "pages 1" }' },
      "manifest.json",
    ],
    ["a manifest.json that is none", { "dist/manifest.json": "null" }, "manifest.json"],
    ["a manifest.json that is no JSON", { "dist/manifest.json": "mine" }, "manifest.json"],
    ["files named like ours without a manifest", { "dist/targets.json": "[]" }, "targets.json"],
  ];
  for (const [what, files, named] of strangers) {
    it(`is not replaced where it holds ${what}`, async () => {
      await withDirectory({ ...INVENTORY, ...files }, async (directory) => {
        const before = await readFiles(directory);
        const message = await tryBuild(directory);
        assert.ok(
          message.includes(`holds something that is not an artifact: ${named}; choose another directory with --out`),
          message,
        );
        assert.equal(await readFiles(directory), before);
        assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"]);
      });
    });
  }

  it("is not replaced where a stranger lies among artifacts of ours", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      assert.is(await tryBuild(directory), "built");
      await writeFiles(directory, { "dist/shards/a/notes.txt": "mine" });
      const before = await readFiles(directory);
      assert.match(await tryBuild(directory), "not an artifact: shards/a/notes.txt");
      assert.equal(await readFiles(directory), before);
    });
  });

  for (const out of [".", "..", "/"]) {
    it(`is not ${out}`, async () => {
      await withDirectory(
        Object.fromEntries(Object.entries(INVENTORY).map(([path, text]) => [`repository/${path}`, text])),
        async (directory) => {
          const before = await readFiles(directory);
          assert.match(await tryBuild(join(directory, "repository"), out), "something that is not an artifact");
          assert.equal(await readFiles(directory), before);
        },
      );
    });
  }

  it("does not lie in the inventory, whose next reading would find it there", async () => {
    for (const out of ["targets", "targets/dist", "targets/a/b", "link/dist"]) {
      await withDirectory(INVENTORY, async (directory) => {
        await symlink("targets", join(directory, "link"));
        assert.match(await tryBuild(directory, out), "inventory");
        assert.equal(await readdir(join(directory, "targets")), ["services.yml", "shards.yml"]);
      });
    }
  });

  it("is said to be no directory where it is a file, or lies below one", async () => {
    await withDirectory({ ...INVENTORY, file: "mine" }, async (directory) => {
      assert.match(await tryBuild(directory, "file"), /ENOTDIR/);
      assert.match(await tryBuild(directory, "file/dist"), /ENOTDIR/);
      assert.is(await readFile(join(directory, "file"), "utf8"), "mine");
    });
  });
});

describe("a symbolic link to the directory of the artifacts", (it) => {
  it("stays, and what it leads to is replaced", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      await mkdir(join(directory, "elsewhere/site"), { recursive: true });
      await symlink("elsewhere/site", join(directory, "dist"));
      for (const _ of [1, 2]) {
        assert.is(await tryBuild(directory), "built");
        assert.is(await readlink(join(directory, "dist")), "elsewhere/site");
        assert.equal(await artifactsIn(join(directory, "elsewhere/site")), ARTIFACTS);
        assert.equal(await readdir(join(directory, "elsewhere")), ["site"]);
      }
    });
  });

  it("leads to a directory that is made, where it leads nowhere", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      await symlink("elsewhere/site", join(directory, "dist"));
      assert.is(await tryBuild(directory), "built");
      assert.is(await readlink(join(directory, "dist")), "elsewhere/site");
      assert.equal(await artifactsIn(join(directory, "elsewhere/site")), ARTIFACTS);
    });
  });

  it("does not hide what a killed build left", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      await mkdir(join(directory, "elsewhere/site"), { recursive: true });
      await symlink("elsewhere/site", join(directory, "dist"));
      assert.is(await tryBuild(directory), "built");
      // As after the first of the two renames.
      await rename(join(directory, "elsewhere/site"), join(directory, "elsewhere/.site.promgen-gen-old"));
      assert.is(await tryBuild(directory), "built");
      assert.equal(await readdir(join(directory, "elsewhere")), ["site"]);
    });
  });

  it("is said to lead to itself where it does", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      await symlink("dist", join(directory, "dist"));
      assert.match(await tryBuild(directory), /ELOOP/);
    });
  });

  it("is the same directory to two builds at once, by whichever way they come", async () => {
    await withDirectory({ "one/x": "", "repository/x": "" }, async (directory) => {
      await writeFiles(join(directory, "repository"), INVENTORY);
      await symlink("one", join(directory, "two"));
      const first = await stageDirectory(join(directory, "one/dist"));
      try {
        assert.match(await tryBuild(join(directory, "repository"), "../two/dist"), "another build is writing to");
      } finally {
        first.discard();
      }
      assert.is(await tryBuild(join(directory, "repository"), "../two/dist"), "built");
    });
  });
});

describe("two directories of artifacts beside each other", (it) => {
  it("are written to at once", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      const first = await stageDirectory(join(directory, "one"));
      assert.is(await tryBuild(directory, "two"), "built");
      first.commit();
      assert.equal((await readdir(directory)).sort(), ["one", "promgen.yml", "targets", "two"]);
    });
  });
});

describe("what others left beside the directory of the artifacts", (it) => {
  const NAME = ".dist.promgen-gen-new-0123456789abcdef";

  it("stays while they may be at work, and goes when it is a day old", async () => {
    await withDirectory({ ...INVENTORY, [`${NAME}/shards/a/targets.json`]: "[" }, async (directory) => {
      assert.is(await tryBuild(directory), "built");
      assert.equal((await readdir(directory)).sort(), [NAME, "dist", "promgen.yml", "targets"]);
      const yesterday = Date.now() / 1000 - 86_500;
      await utimes(join(directory, NAME), yesterday, yesterday);
      assert.is(await tryBuild(directory), "built");
      assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"]);
    });
  });

  it("is not published in parts by who comes back to it", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      assert.is(await tryBuild(directory), "built");
      const before = await readFiles(join(directory, "dist"));
      const staged = await stageDirectory(join(directory, "dist"));
      await rm(staged.staging, { recursive: true });
      assert.throws(() => staged.write("shards/a/targets.json", Buffer.from("[")), /cannot write .*: ENOENT/);
      assert.throws(() => staged.commit(), /cannot replace .*: ENOENT/);
      staged.discard();
      assert.equal(await readFiles(join(directory, "dist")), before);
      assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"]);
    });
  });
});

describe("a directory that somebody else replaces meanwhile, whose lock nobody sees", (it) => {
  const others: Readonly<Record<string, (out: string) => Promise<unknown>>> = {
    "by another one, with the same content": async (out) => {
      await rename(out, `${out}-away`);
      await mkdir(out);
      await rename(`${out}-away/manifest.json`, join(out, "manifest.json"));
    },
    "by other files, with the same times": async (out) => {
      const manifest = join(out, "manifest.json");
      await writeFile(`${manifest}-new`, '{ "generator": "promgen-gen 1" }');
      await utimes(`${manifest}-new`, 1, 1);
      await rename(`${manifest}-new`, manifest);
    },
    "by other content, in the same files": async (out) =>
      await writeFile(join(out, "manifest.json"), '{ "generator": "promgen-gen 1" }'),
    "by nothing": async (out) => await rm(out, { recursive: true }),
  };
  for (const [how, act] of Object.entries(others)) {
    it(`stays as it is then: ${how}`, async () => {
      await withDirectory(INVENTORY, async (directory) => {
        assert.is(await tryBuild(directory), "built");
        const out = join(directory, "dist");
        await utimes(join(out, "manifest.json"), 1, 1);
        const staged = await stageDirectory(out);
        staged.write("manifest.json", Buffer.from("{}"));
        staged.end("manifest.json");
        await act(out);
        const theirs = async (): Promise<unknown> => [
          Object.entries(await readFiles(directory)).filter(([path]) => !path.startsWith(".dist.")),
          (await readdir(directory)).filter((name) => name !== basename(staged.staging)),
        ];
        const before = await theirs();
        assert.throws(() => staged.commit(), /somebody else has replaced .*dist meanwhile/);
        staged.discard();
        assert.equal(await theirs(), before);
        assert.not((await readdir(directory)).includes(basename(staged.staging)));
      });
    });
  }

  it("stays as it is then: where there was none", async () => {
    await withDirectory({}, async (directory) => {
      const out = join(directory, "dist");
      const staged = await stageDirectory(out);
      await writeFiles(out, { "manifest.json": "{}" });
      assert.throws(() => staged.commit(), /somebody else has replaced .*dist meanwhile/);
      staged.discard();
      assert.equal(await readFiles(directory), { "dist/manifest.json": "{}" });
      assert.equal(await readdir(directory), ["dist"]);
    });
  });
});

describe("the directory that takes the place of another one", (it) => {
  it("has its mode, and may be written to by its owner", async () => {
    for (const [mode, wanted] of [
      [0o700, 0o700],
      [0o2750, 0o2750],
      [0o1777, 0o1777],
      [0o555, 0o755],
    ] as const) {
      await withDirectory(INVENTORY, async (directory) => {
        const out = join(directory, "dist");
        await mkdir(out);
        await chmod(out, mode);
        for (const _ of [1, 2]) {
          assert.is(await tryBuild(directory), "built");
          assert.is((await lstat(out)).mode & 0o7777, wanted);
        }
      });
    }
  });
});

describe("twenty builds at once", (it) => {
  it("end as one complete directory; who came too late says so with exit code 2", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      const runs = await Promise.all(Array.from({ length: 20 }, async () => await runCli(directory, ["build"])));
      const exits = new Set(runs.map(({ exit }) => exit));
      assert.ok(exits.has(0) && [...exits].every((exit) => exit === 0 || exit === 2), [...exits].join(" "));
      for (const { exit, stderr } of runs) if (exit === 2) assert.match(stderr, "another build is writing to");
      assert.equal(await artifactsIn(join(directory, "dist")), ARTIFACTS);
      assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"]);
    });
  });
});

/** Root writes everywhere, so a program without that right is asked. */
const isRoot = process.getuid?.() === 0;
const BUILD = [process.execPath, CLI, "build"];
const buildWithoutRights = isRoot ? await commandOf(NOBODY, BUILD) : BUILD;

if (isRoot)
  describe("the owner and the group of the directory", (it) => {
    it("stay, and with its bit the group is that of all that is in it", async () => {
      await withDirectory(INVENTORY, async (directory) => {
        const out = join(directory, "dist");
        await mkdir(out);
        await chown(out, 12_345, 23_456);
        await chmod(out, 0o2750);
        const ran = await run(directory, ["sh", "-c", 'umask 027; exec "$@"', "sh", ...BUILD]);
        assert.is(ran.exit, 0, ran.stderr);
        const facts = await lstat(out);
        assert.equal([facts.uid, facts.gid, facts.mode & 0o7777], [12_345, 23_456, 0o2750]);
        const file = await lstat(join(out, "shards/a/targets.json"));
        assert.equal([file.gid, file.mode & 0o777], [23_456, 0o640]);
      });
    });

    it("are told where another user cannot give them, and no other group may write instead", async () => {
      await withDirectory(INVENTORY, async (directory) => {
        const out = join(directory, "dist");
        await mkdir(out);
        await chown(out, 12_345, 23_456);
        await chmod(out, 0o2775);
        await chmod(directory, 0o777);
        const ran = await run(directory, buildWithoutRights);
        assert.is(ran.exit, 0, ran.stderr);
        assert.match(
          ran.stderr,
          /^note: .*dist had owner 12345, group 23456, mode 2775; .* owner 65534, group 65534, mode 0755 /m,
        );
        const facts = await lstat(out);
        assert.equal([facts.uid, facts.gid, facts.mode & 0o7777], [NOBODY, NOBODY, 0o755]);
      });
    });
  });
else notRun("owners and groups of directories", "only root can give them");

describe("a directory that cannot be written to", (it) => {
  it("is named, with exit code 2", async () => {
    await withDirectory(INVENTORY, async (directory) => {
      await run("/", ["chmod", "-R", "a+rX,a-w", directory]);
      try {
        const ran = await run(directory, buildWithoutRights);
        assert.is(ran.exit, 2);
        assert.match(ran.stderr, /cannot write to .*EACCES\n.*permissions/);
        assert.equal((await readdir(directory)).sort(), ["promgen.yml", "targets"]);
      } finally {
        await run("/", ["chmod", "-R", "u+w", directory]);
      }
    });
  });
});

/** A mount point cannot be renamed: what a container's volume is. */
const canMount = (await run("/", ["unshare", "-rm", "true"]).catch(() => undefined))?.exit === 0;
if (canMount) {
  describe("a directory that is a mount point", (it) => {
    it("cannot be replaced, keeps its artifacts, and the message says what to do", async () => {
      await withDirectory({ ...INVENTORY, "volume/x": "" }, async (directory) => {
        await rm(join(directory, "volume/x"));
        await mkdir(join(directory, "dist"));
        const script = 'mount --bind volume dist && "$0" "$1" build; code=$?; ls -A dist . >&2; exit $code';
        const ran = await run(directory, ["unshare", "-rm", "sh", "-c", script, process.execPath, CLI]);
        assert.is(ran.exit, 2, ran.stderr);
        assert.match(ran.stderr, /cannot replace .*EBUSY\n.*mount point.*--out/);
        assert.not.match(ran.stderr, /promgen-gen-(new|old)/);
      });
    });

    it("is full: the old artifacts stay", async () => {
      await withDirectory(INVENTORY, async (directory) => {
        // The file system has room for one generation and a half.
        const script = `mkdir disk && mount -t tmpfs -o size=\${2}k tmpfs disk && "$0" "$1" build -o disk/out && cp -r disk/out before &&
          dd if=/dev/zero of=disk/ballast bs=1k count=1000 2>/dev/null; "$0" "$1" build -o disk/out; code=$?; diff -r disk/out before && ls -A disk; exit $code`;
        const ran = await run(directory, ["unshare", "-rm", "sh", "-c", script, process.execPath, CLI, "64"]);
        assert.is(ran.exit, 2, ran.stderr);
        assert.match(ran.stderr, /ENOSPC\n.*disk is full/);
        assert.is(ran.stdout, "ballast\nout\n");
      });
    });
  });
} else notRun("build to a mount point, and to a full disk", "unshare -rm is not allowed here");
