import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { digestsInCommits } from "../../src/commands/acceptance.ts";
import type { PublishOptions } from "../../src/commands/publish.ts";
import { Repository } from "../../src/publish/repository.ts";
import { describe, notRun } from "../describe.ts";
import {
  commit,
  countGenerations,
  digestIn,
  FIRST,
  headerOf,
  manifestOf,
  planFrom,
  OUT,
  published,
  publishFrom,
  publishOut,
  SHOP,
  TO_OUT,
  web,
  withInventory,
  withPublished,
} from "../publish/inventory-repository.ts";
import { withMade } from "../snapshot.ts";
import {
  environment,
  fastImport,
  git,
  inProcess,
  isInstalled,
  readFiles,
  run,
  runCli,
  writeFiles,
} from "../workplace.ts";
import type { Files } from "../workplace.ts";

describe("publish", (it) => {
  it("publishes what build renders, and says what", async () => {
    await withInventory(SHOP, async (repository) => {
      const ran = await publishFrom(repository);
      const note = "note: nothing is published to branch artifacts yet, so this is compared with nothing\n";
      assert.equal([ran.exit, ran.stderr], [0, note]);
      const id = await git(repository, "rev-parse", "HEAD");
      assert.is(
        ran.stdout,
        `published generation ${FIRST} of ${id.slice(0, 12)} to branch artifacts · 2 of 2 shards changed · 22 targets and 0 probe targets · 0.0 s\n`,
      );
      await git(repository, "worktree", "add", "--quiet", "../artifacts", "artifacts");
      const { ".git": _, "manifest.json": manifest, ...artifacts } = await readFiles(join(repository, "../artifacts"));
      assert.is((await runCli(repository, ["build", "--out", "../dist"])).exit, 0);
      const { "manifest.json": built, ...dist } = await readFiles(join(repository, "../dist"));
      assert.equal(artifacts, dist);
      const { changed, retired, ...rest } = JSON.parse(manifest ?? "") as Record<string, unknown>;
      assert.equal(rest, JSON.parse(built ?? ""));
      assert.equal([changed, retired], [["osaka-a", "tokyo-a"], []]);
    });
  });

  it("tells the history of the branch what a generation is", async () => {
    await withInventory(SHOP, async (repository) => {
      const id = await git(repository, "rev-parse", "HEAD");
      await publishFrom(repository);
      assert.is(
        await git(repository, "log", "-1", "--format=%B", "artifacts"),
        `Generation ${FIRST} of ${id.slice(0, 12)}\n\n2 shards of 2 changed: osaka-a, tokyo-a\n\nPromgen-Generation: ${FIRST}\nPromgen-Commit: ${id}`,
      );
    });
  });

  it("does nothing where nothing changed that anybody reads", async () => {
    await withPublished(SHOP, {}, async (repository) => {
      await commit(repository, { "README.md": "x", "targets/web.yml": `# a comment\n${web(20)}` }, 60);
      for (const _ of [1, 2]) {
        const ran = await publishFrom(repository, {}, { now: 60 });
        assert.equal([ran.exit, ran.stderr], [0, ""]);
        assert.match(ran.stdout, new RegExp(`^nothing changed since generation ${FIRST} of [0-9a-f]{12}: nothing was`));
      }
      assert.is(await countGenerations(repository), 1);
    });
  });

  it("says which shards changed: where a digest is another, not where only the header is", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const id = await commit(repository, { "targets/web.yml": web(21) }, 60);
      assert.match((await publishOut(repository, {}, { now: 60 })).stdout, "1 of 2 shards changed · 23 targets");
      assert.equal((await manifestOf(repository, OUT)).changed, ["tokyo-a"]);
      for (const shard of ["osaka-a", "tokyo-a"])
        assert.match(await headerOf(repository, shard, OUT), ` generation=${FIRST + 60} commit=${id} `);
    });
  });

  it("publishes other servers and settings, which no shard's targets show", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const shards = String(SHOP["targets/shards.yml"]).replace("prom2", "prom2, prom3");
      await commit(repository, { "targets/shards.yml": shards }, 60);
      assert.match((await publishOut(repository, {}, { now: 60 })).stdout, "0 of 2 shards changed");
      const { changed, shards: all } = await manifestOf(repository, OUT);
      assert.equal([changed, all["osaka-a"]?.servers], [[], ["prom2", "prom3"]]);
      await commit(repository, { "promgen.yml": `${String(SHOP["promgen.yml"])}artifacts: [all, projects]\n` }, 120);
      await publishOut(repository, {}, { now: 120 });
      assert.match(await published(repository, "projects/web-front/targets.json", OUT), "w01:9100");
    });
  });

  it("lists shards that left, also in later generations, until they come back", async () => {
    await withInventory(SHOP, async (repository) => {
      await commit(repository, {
        "targets/old.yml": "shard: old\nservers: [p]\n---\nshard: older\nservers: [p]\n",
      });
      await publishOut(repository);
      const retired = async (seconds: number): Promise<unknown> => {
        await publishOut(repository, {}, { now: seconds });
        const { generation, retired: left } = await manifestOf(repository, OUT);
        return [generation - FIRST, left];
      };
      assert.equal(await retired(0), [0, []]);
      await rm(join(repository, "targets/old.yml"));
      await commit(repository, {}, 60);
      assert.equal(await retired(60), [60, ["old", "older"]]);
      await commit(repository, { "targets/web.yml": web(21) }, 120);
      assert.equal(await retired(120), [120, ["old", "older"]]);
      await commit(repository, { "targets/old.yml": "shard: old\nservers: [p]\n" }, 180);
      assert.equal(await retired(180), [180, ["older"]]);
    });
  });

  it("writes nothing where the inventory has errors; the old generation stays", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, { "targets/error.yml": "service: x\nownr: y\n" }, 60);
      const ran = await publishOut(repository, {}, { now: 60 });
      assert.is(ran.exit, 1);
      assert.match(ran.stderr, /error\[schema\/unknown-key\][^]*\nnothing was published: mend the errors first\n$/);
      assert.is((await manifestOf(repository, OUT)).generation, FIRST);
    });
  });
});

describe("publish: the number of a generation", (it) => {
  it("is the commit's time, and one more than the last where clocks or merges in one second say otherwise", async () => {
    await withInventory(SHOP, async (repository) => {
      const seen: number[] = [];
      for (const [seconds, hosts] of [
        [0, 20],
        [0, 21],
        [-3600, 22],
        [1, 23],
        [60, 24],
      ] as const) {
        await commit(repository, { "targets/web.yml": web(hosts) }, seconds);
        assert.is((await publishOut(repository, {}, { now: 60 })).exit, 0);
        seen.push((await manifestOf(repository, OUT)).generation - FIRST);
      }
      assert.equal(seen, [0, 1, 2, 3, 60]);
      assert.match(await headerOf(repository, "tokyo-a", OUT), ` generation=${FIRST + 60} `);
    });
  });

  it("is not of a time that is to come by more than ten minutes", async () => {
    await withInventory(SHOP, async (repository) => {
      assert.is((await publishOut(repository, {}, { now: -600 })).exit, 0);
      const ran = await publishOut(repository, {}, { now: -601 });
      assert.is(ran.exit, 2);
      assert.match(ran.stderr, /is dated 2026-01-02T03:04:05.000Z, which is to come\n.*clocks/);
    });
  });
});

describe("publish: only what a commit has", (it) => {
  it("refuses a dirty inventory, and one outside of Git or before the first commit", async () => {
    await withInventory(SHOP, async (repository) => {
      for (const files of [{ "targets/web.yml": web(21) }, { "targets/new.yml": "shard: new\nservers: [p]\n" }]) {
        await writeFiles(repository, files);
        const ran = await publishOut(repository);
        assert.is(ran.exit, 2);
        assert.match(ran.stderr, /differs from the commit.*\n.*git status/);
        await git(repository, "checkout", "--quiet", ".");
      }
      await rm(join(repository, "targets/new.yml"));
      assert.not.ok(existsSync(join(repository, OUT)));
      await writeFiles(repository, { "notes.txt": "not of the inventory" });
      assert.is((await publishOut(repository)).exit, 0);
      await rm(join(repository, ".git"), { recursive: true });
      assert.match((await publishOut(repository)).stderr, /there is no commit here/);
      await git(repository, "init", "--quiet");
      assert.match((await publishOut(repository)).stderr, /there is no commit here/);
    });
  });

  it("refuses where a file is missing: the settings, or what a link leads to", async () => {
    const shop = {
      ...SHOP,
      "promgen.yml": "artifacts: [all]\n",
      "targets/web.yml": "farm: f\nhosts: [h1]\n",
      "targets/osaka.yml": "farm: g\nhosts: [h2]\n",
      "shared/more.yml": "farm: m\nhosts: [h3]\n",
    };
    await withInventory(shop, async (repository) => {
      await symlink("../shared", join(repository, "targets/shared"));
      await commit(repository, {});
      for (const path of ["promgen.yml", "shared/more.yml", "targets/web.yml"]) {
        await rm(join(repository, path));
        const ran = await publishOut(repository);
        assert.equal([path, ran.exit], [path, 2]);
        assert.match(ran.stderr, "differs from the commit");
        await git(repository, "checkout", "--quiet", ".");
      }
      const ran = await publishOut(repository);
      assert.is(ran.exit, 0, ran.stdout + ran.stderr);
    });
  });

  it("names what Git was told to leave out, which no status shows; plan says it as well", async () => {
    await withInventory(SHOP, async (repository) => {
      // Git takes away no file that may be another than it knows.
      await git(repository, "update-index", "--refresh");
      await git(repository, "sparse-checkout", "set", "--no-cone", "/*", "!/targets/osaka.yml");
      const ran = await publishOut(repository);
      assert.is(ran.exit, 2);
      assert.match(
        ran.stderr,
        /told to leave out `targets\/osaka.yml`.*\n`git ls-files -v`.*git sparse-checkout disable/,
      );
      const planned = await planFrom(repository);
      assert.match(planned.stderr, "note: Git was told to leave out `targets/osaka.yml`");
      await git(repository, "sparse-checkout", "disable");
      assert.not.match((await planFrom(repository)).stderr, "leave out");
    });
  });

  it("refuses a commit that does not descend from the published one", async () => {
    await withInventory(SHOP, async (repository) => {
      const first = await git(repository, "rev-parse", "HEAD");
      const second = await commit(repository, { "targets/web.yml": web(21) }, 60);
      const now = { now: 200 };
      await publishOut(repository, {}, now);
      await git(repository, "checkout", "--quiet", first);
      const back = await publishOut(repository, {}, now);
      assert.is(back.exit, 2);
      assert.match(
        back.stderr,
        new RegExp(`does not descend from ${second.slice(0, 12)}.*\\n.*--accept-rewrite ${second}`),
      );
      await commit(repository, { "targets/web.yml": web(22) }, 120);
      assert.is((await publishOut(repository, {}, now)).exit, 2);
      for (const acceptRewrite of [first, second.slice(0, 6), "", `${second}0`]) {
        const wrong = await publishOut(repository, { acceptRewrite }, now);
        assert.equal([acceptRewrite, wrong.exit], [acceptRewrite, 2]);
        assert.match(wrong.stderr, "which is another commit");
      }
      assert.is((await manifestOf(repository, OUT)).generation, FIRST + 60);
      assert.is((await publishOut(repository, { acceptRewrite: second.slice(0, 7).toUpperCase() }, now)).exit, 0);
      assert.is((await manifestOf(repository, OUT)).generation, FIRST + 120);
      // From here on, history is what it is now.
      await commit(repository, { "targets/web.yml": web(23) }, 180);
      assert.is((await publishOut(repository, {}, now)).exit, 0);
    });
  });

  it("publishes after a rewritten history though nothing changed, so that the next commit is not refused once more", async () => {
    await withInventory(SHOP, async (repository) => {
      await commit(repository, { "targets/web.yml": web(21) }, 60, "A title with a slip in it");
      const now = { now: 200 };
      await publishOut(repository, {}, now);
      const old = await git(repository, "rev-parse", "HEAD");
      await git(repository, "commit", "--quiet", "--amend", "--message", "A title");
      assert.is((await publishOut(repository, {}, now)).exit, 2);
      const accepted = await publishOut(repository, { acceptRewrite: old }, now);
      assert.is(accepted.exit, 0);
      assert.match(accepted.stderr, "the history was rewritten");
      assert.is((await manifestOf(repository, OUT)).commit, await git(repository, "rev-parse", "HEAD"));
      assert.equal((await manifestOf(repository, OUT)).changed, []);
      await commit(repository, { "README.md": "More" }, 180);
      const next = await publishOut(repository, {}, now);
      assert.is(next.exit, 0, next.stderr);
      assert.match(next.stdout, "nothing was published");
      assert.is((await manifestOf(repository, OUT)).generation, FIRST + 61);
    });
  });

  it("goes on after a rewritten history of which nothing is left", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const old = await git(repository, "rev-parse", "HEAD");
      const other = join(repository, "../other");
      await git(repository, "init", "--quiet", "../other");
      await commit(other, { ...SHOP, "targets/web.yml": web(21) }, 60);
      const ran = await publishOut(other, {}, { now: 60 });
      assert.match(ran.stderr, `this repository does not have ${old.slice(0, 12)}, which is published`);
      // It may be newer: to say that it is meant comes second.
      assert.match(ran.stderr, /`git pull`.*--accept-rewrite/);
      const accepted = await publishOut(other, { acceptRewrite: old }, { now: 60 });
      assert.is(accepted.exit, 0, accepted.stderr);
      assert.is((await manifestOf(repository, OUT)).generation, FIRST + 60);
    });
  });

  it("refuses a commit that was checked out while another one was read", async () => {
    await withInventory(SHOP, async (repository) => {
      const first = await git(repository, "rev-parse", "HEAD");
      await commit(repository, { "targets/web.yml": web(21) });
      const meanwhile = (): void => void execFileSync("git", ["checkout", "--quiet", first], { cwd: repository });
      const ran = await publishFrom(repository, {}, { meanwhile });
      assert.is(ran.exit, 2);
      assert.match(ran.stderr, "another commit was checked out while the inventory was read");
      assert.is(await countGenerations(repository), 0);
    });
  });

  it("goes on from a directory that was built, by a commit with changes or outside of Git", async () => {
    await withInventory(SHOP, async (repository) => {
      const build = async (): Promise<void> =>
        assert.is((await runCli(repository, ["build", "--out", "../out"])).exit, 0);
      await writeFiles(repository, { "targets/web.yml": web(21) });
      await build();
      await commit(repository, { "targets/web.yml": web(22) }, 60);
      const to = { directory: "../out" };
      assert.match((await publishFrom(repository, { to }, { now: 60 })).stdout, "1 of 2 shards changed");
      await rename(join(repository, ".git"), join(repository, "../git"));
      await build();
      await rename(join(repository, "../git"), join(repository, ".git"));
      await commit(repository, { "targets/web.yml": web(5) }, 120);
      assert.is((await publishFrom(repository, { to }, { now: 120 })).exit, 4);
      await commit(repository, { "targets/web.yml": web(23) }, 120);
      assert.is((await publishFrom(repository, { to }, { now: 120 })).exit, 0);
    });
  });

  it("says what to fetch where a clone is shallow", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": web(21) }, 60);
      await commit(repository, { "targets/web.yml": web(22) }, 120);
      await git(repository, "clone", "--quiet", "--depth=1", `file://${repository}`, "../shallow");
      const shallow = join(repository, "../shallow");
      const ran = await publishOut(shallow, {}, { now: 120 });
      assert.is(ran.exit, 2);
      assert.match(ran.stderr, /this clone is shallow.*\n.*git fetch --unshallow.*fetch-depth: 0/);
      await git(shallow, "fetch", "--quiet", "--unshallow");
      assert.is((await publishOut(shallow, {}, { now: 120 })).exit, 0);
    });
  });
});

describe("publish: the safety gate", (it) => {
  it("holds a mass removal, and lets it pass by the digest alone, which agents are told of", async () => {
    await withPublished(SHOP, {}, async (repository) => {
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const ran = await publishFrom(repository, {}, { now: 60 });
      assert.is(ran.exit, 4);
      assert.match(ran.stderr, "nothing was published: the safety gate refuses it\n");
      assert.match(ran.stdout, /w06:9100 +targets\/web.yml:4/);
      const digest = digestIn(ran.stdout);
      assert.is((await publishFrom(repository, { accept: [`sha256:${"0".repeat(64)}`] }, { now: 60 })).exit, 4);
      assert.is((await publishFrom(repository, { accept: ["yes"] }, { now: 60 })).exit, 2);
      assert.is(await countGenerations(repository), 1);
      // Another merge that has nothing to do with it.
      await commit(repository, { "targets/osaka.yml": String(SHOP["targets/osaka.yml"]).replace("o2", "o2, o3") }, 90);
      assert.is((await publishFrom(repository, { accept: [digest] }, { now: 90 })).exit, 0);
      const manifest = await manifestOf(repository);
      assert.equal([manifest.accepts, manifest.accepted], [FIRST + 90, [digest]]);
      assert.equal([manifest.shards["tokyo-a"]?.accepts, manifest.shards["osaka-a"]?.accepts], [FIRST + 90, undefined]);
      assert.match(await headerOf(repository, "tokyo-a"), ` accepts=${FIRST + 90}`);
      assert.not.match(await headerOf(repository, "osaka-a"), "accepts");
      assert.match(await published(repository, "SHA256SUMS"), ` accepts=${FIRST + 90}`);
      assert.match(await git(repository, "log", "-1", "--format=%B", "artifacts"), `Promgen-Accepted: ${digest}`);
      // Later generations go on saying so, to agents that come late.
      await commit(repository, { "targets/web.yml": web(6) }, 120);
      assert.is((await publishFrom(repository, {}, { now: 120 })).exit, 0);
      assert.match(await headerOf(repository, "tokyo-a"), ` accepts=${FIRST + 90}`);
      assert.equal((await manifestOf(repository)).accepted, [digest]);
    });
  });

  it("tells agents not to hold a file without targets that passes: the only probe, what moved away", async () => {
    const probes = (...urls: readonly string[]): string =>
      `${web(20)}  - { name: web-pages, probes: [{ module: http_2xx, targets: ${JSON.stringify(urls)} }] }\n`;
    const before = { ...SHOP, "targets/web.yml": probes("https://a.example.com", "https://b.example.com") };
    await withPublished(before, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": probes("https://a.example.com") }, 60);
      assert.is((await publishOut(repository, {}, { now: 60 })).exit, 0);
      const one = await manifestOf(repository, OUT);
      assert.equal([one.accepts, one.shards["tokyo-a"]?.accepts], [undefined, undefined], "a target is left");

      await commit(repository, { "targets/web.yml": web(20) }, 120);
      assert.is((await publishOut(repository, {}, { now: 120 })).exit, 0);
      const none = await manifestOf(repository, OUT);
      assert.equal([none.accepts, none.accepted], [FIRST + 120, undefined], "nobody had to accept it");
      assert.match(await published(repository, "SHA256SUMS", OUT), ` accepts=${FIRST + 120}`);
      assert.match(await headerOf(repository, "tokyo-a", OUT), ` accepts=${FIRST + 120}`);
      assert.not.match(await headerOf(repository, "osaka-a", OUT), "accepts");

      const moved = String(SHOP["targets/osaka.yml"]).replace("shard: osaka-a", "shard: tokyo-a");
      const probe = "  - { name: osaka-web, shard: osaka-a, probes: [{ module: icmp, targets: [o1] }] }\n";
      await commit(repository, { "targets/osaka.yml": SHOP["targets/osaka.yml"] + probe }, 180);
      assert.is((await publishOut(repository, {}, { now: 180 })).exit, 0);
      await commit(repository, { "targets/osaka.yml": moved + probe }, 240);
      assert.is((await publishOut(repository, {}, { now: 240 })).exit, 0);
      assert.match(await headerOf(repository, "osaka-a", OUT), / targets=0 urls=1 accepts=/);
      assert.match(await headerOf(repository, "osaka-a", OUT), ` accepts=${FIRST + 240}`);
      assert.match(await headerOf(repository, "tokyo-a", OUT), ` accepts=${FIRST + 120}`);
      assert.is((await runCli(repository, ["verify", OUT, "--rebuild"])).exit, 0);
    });
  });

  it("tells agents not to hold what is most of a file and goes elsewhere, by their own measure", async () => {
    const osaka = String(SHOP["targets/osaka.yml"]);
    const moved = (count: number): Files => ({
      "targets/web.yml": web(20).replace("w[01", `w[${count + 1}`),
      "targets/osaka.yml": `${osaka}  - { name: osaka-web, hosts: ["w[01-${count}]"], exporters: [node] }\n`,
    });
    for (const [count, isTold] of [
      [10, false],
      [11, true],
    ] as const) {
      await withPublished(SHOP, TO_OUT, async (repository) => {
        await commit(repository, moved(count), 60);
        const ran = await publishOut(repository, {}, { now: 60 });
        assert.is(ran.exit, 0, ran.stdout);
        assert.is((await headerOf(repository, "tokyo-a", OUT)).includes(` accepts=${FIRST + 60}`), isTold);
        assert.not.match(await headerOf(repository, "osaka-a", OUT), "accepts");
        assert.equal((await manifestOf(repository, OUT)).accepted, undefined);
      });
    }
  });

  it("does not let one more removal pass by it", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await publishOut(repository, {}, { now: 60 })).stdout);
      await commit(repository, { "targets/web.yml": web(4) }, 90);
      assert.is((await publishOut(repository, { accept: [digest] }, { now: 90 })).exit, 4);
      assert.is((await manifestOf(repository, OUT)).generation, FIRST);
    });
  });

  it("takes the digest from a trailer of any commit since the published one, and of none before", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await publishOut(repository, {}, { now: 60 })).stdout);
      await commit(repository, {}, 61, `Really\n\nPromgen-Accept: ${digest}\nPromgen-Accept: \u001b[31mno`);
      await commit(repository, { "README.md": "later" }, 62);
      const ran = await publishOut(repository, {}, { now: 62 });
      assert.is(ran.exit, 0);
      assert.match(ran.stderr, "Promgen-Accept in a commit message: ");
      assert.not.match(ran.stderr, "\u001b");
      // The same removal again, accepted in the past only.
      await commit(repository, { "targets/web.yml": web(20) }, 120);
      await publishOut(repository, {}, { now: 120 });
      await commit(repository, { "targets/web.yml": web(5) }, 180);
      assert.is((await publishOut(repository, {}, { now: 180 })).exit, 4);
    });
  });

  it("takes a digest once: not again where what it let pass was reverted before it was published", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await publishOut(repository, {}, { now: 60 })).stdout);
      await commit(repository, {}, 61, `Really\n\nPromgen-Accept: ${digest}`);
      await commit(repository, { "targets/web.yml": web(20) }, 62, "Revert all of it");
      const reverted = await publishOut(repository, {}, { now: 62 });
      assert.match(reverted.stdout, "0 of 2 shards changed");
      assert.match(reverted.stderr, "nothing changed, but a commit accepts");
      const { accepts, accepted } = await manifestOf(repository, OUT);
      assert.equal([accepts, accepted], [undefined, undefined]);
      assert.match((await publishOut(repository, {}, { now: 62 })).stdout, "nothing changed since");
      await commit(repository, { "targets/web.yml": web(5) }, 120, "The same by mistake");
      assert.is((await publishOut(repository, {}, { now: 120 })).exit, 4);
      assert.is((await manifestOf(repository, OUT)).generation, FIRST + 62);
    });
  });

  it("says that it is compared with nothing where the branch is gone on the remote", async () => {
    await withInventory(SHOP, async (repository) => {
      await git(repository, "clone", "--quiet", "--bare", repository, "../bare.git");
      const to = { branch: { branch: "artifacts", remote: join(repository, "../bare.git") } };
      await publishFrom(repository, { to });
      await git(repository, "branch", "-D", "artifacts");
      await git(join(repository, "../bare.git"), "branch", "-D", "artifacts");
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const ran = await publishFrom(repository, { to }, { now: 60 });
      assert.is(ran.exit, 0);
      assert.match(
        ran.stderr,
        /^note: nothing is published to branch artifacts of .*, so this is compared with nothing\n$/,
      );
    });
  });

  it("compares with what was published, not with the commit before", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      for (const [index, hosts] of [18, 16, 14].entries())
        await commit(repository, { "targets/web.yml": web(hosts) }, 60 + index);
      assert.is((await publishOut(repository, {}, { now: 70 })).exit, 4);
    });
  });

  it("compares with --base where nothing was ever published, and with nothing without it", async () => {
    await withInventory(SHOP, async (repository) => {
      const base = await git(repository, "rev-parse", "HEAD");
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const refused = await publishOut(repository, { base }, { now: 60 });
      assert.is(refused.exit, 4);
      const digest = digestIn(refused.stdout);
      const first = { to: { directory: "../first" } };
      assert.is((await publishOut(repository, first, { now: 60 })).exit, 0);
      assert.is((await publishOut(repository, { base, accept: [digest] }, { now: 60 })).exit, 0);
      // Hosts that have something have it from elsewhere, and may lose more than anybody looked at.
      const { accepts, accepted, shards } = await manifestOf(repository, OUT);
      assert.equal([accepts, accepted, shards["tokyo-a"]?.accepts], [undefined, [digest], undefined]);
      assert.not.match(await headerOf(repository, "tokyo-a", OUT), "accepts");
      assert.match((await publishOut(repository, { base }, { now: 60 })).stdout, "nothing changed");
      // Though it does not count any more: it is a mistake.
      const wrong = await publishOut(repository, { base: "none" }, { now: 60 });
      assert.is(wrong.exit, 2);
      assert.match(wrong.stderr, "`none`");
      // What a commit since the base accepts counts.
      await commit(repository, {}, 61, `Fewer\n\nPromgen-Accept: ${digest}`);
      await commit(repository, { "README.md": "More" }, 62);
      const third = { to: { directory: "../third" } };
      assert.is((await publishOut(repository, { ...third, base }, { now: 62 })).exit, 0);
    });
  });

  it("takes the digest of a merge that was squashed, wherever the line stands in the message", async () => {
    const others = "Co-authored-by: Somebody <somebody@example.com>";
    const messages = [
      (line: string) => `Retire (#7)\n\n* Retire\n\n${line}\n\n---------\n\n${others}`,
      (line: string) => `Retire (#7)\n\n* Retire\n\n${line}\n\n* Mend a comment`,
      (line: string) => `Retire\n\nSquashed commit of the following:\n\n    Retire\n\n    ${line}\n\n    ${others}`,
      (line: string) => `Retire\n\n${line.replace("Promgen-Accept:", "PROMGEN-ACCEPT :")}  \n\nand more words`,
      (line: string) => `Retire (#7)\n\n* Retire\n\n* ${line}\n\n* Mend a comment`,
      (line: string) => `Retire\n\n  - ${line}`,
      (line: string) => `Retire\n\n${line.replace(": ", ":\n")}\n${others}`,
      (line: string) => `Retire\n\n* ${line.replace(": ", ": \r\n  ")}\r\n`,
    ];
    await withInventory(SHOP, async (repository) => {
      await git(repository, "config", "log.showSignature", "true");
      const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
      const quoted = [
        `I read > Promgen-Accept: ${digest}`,
        `Not-Promgen-Accept: ${digest}`,
        `> * Promgen-Accept: ${digest}`,
        `* not Promgen-Accept: ${digest}`,
        `> Promgen-Accept:\n> ${digest}`,
        `Promgen-Accept:\n\n${digest}`,
        `Promgen-Accept:\n> ${digest}`,
      ];
      const told = "Promgen-Accept in a commit message: no digest follows it\n";
      let head = await git(repository, "rev-parse", "HEAD");
      /** The digests of one commit, and what is told of it. */
      const readCommit = async (message: string): Promise<unknown> => {
        const since = head;
        head = await commit(repository, {}, 60, message);
        let digests: readonly string[] = [];
        const { stderr } = await inProcess(repository, async (io) => {
          const own = { ...io, env: environment(repository) };
          digests = await digestsInCommits(own, new Repository(own), since);
          return 0;
        });
        return [digests, stderr];
      };
      assert.equal(await readCommit(quoted.join("\n\n")), [[], told + told]);
      for (const message of messages)
        assert.equal(await readCommit(message(`Promgen-Accept: ${digest}`)), [[digest], ""], message(""));
    });
  });

  it("does not take a damaged branch for one that nobody has published to", async () => {
    await withPublished(SHOP, {}, async (repository) => {
      const head = await git(repository, "rev-parse", "artifacts");
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      await writeFile(join(repository, ".git/refs/heads/artifacts"), "");
      const to = { directory: "../out" };
      for (const options of [{}, { to, published: "branch:artifacts" }]) {
        const ran = await publishFrom(repository, options, { now: 60 });
        assert.is(ran.exit, 2);
        assert.match(ran.stderr, "refs/heads/artifacts cannot be read");
      }
      await writeFile(join(repository, ".git/refs/heads/artifacts"), head);
      assert.is((await publishFrom(repository, {}, { now: 60 })).exit, 4);
    });
  });

  it("does not take another baseline where what is published cannot be read", async () => {
    await withInventory(SHOP, async (repository) => {
      const to = { directory: "../out" };
      assert.is((await publishFrom(repository, { to })).exit, 0);
      const path = join(repository, "../out/shards/tokyo-a/targets.json");
      await writeFiles(join(path, ".."), { "targets.json": (await readFile(path, "utf8")).replace("w01", "w99") });
      await commit(repository, { "targets/web.yml": web(21) }, 60);
      const ran = await publishFrom(repository, { to, base: "HEAD" }, { now: 60 });
      assert.is(ran.exit, 2);
      assert.match(ran.stderr, "tokyo-a");
    });
  });
});

/** Commits a file of the artifact branch with other content; `undefined` takes it away. */
async function damage(repository: string, path: string, change: Change): Promise<void> {
  const text = change(await published(repository, path));
  const branch = "refs/heads/artifacts";
  const begin = `commit ${branch}\ncommitter Somebody <somebody@example.com> 0 +0000\ndata 7\nby hand\nfrom ${branch}^0\n`;
  const step = text === undefined ? `D ${path}` : `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}`;
  await fastImport(repository, `${begin}${step}\n`);
}

type Change = (text: string) => string | undefined;

/** The same in `OUT`. */
async function damageOut(repository: string, path: string, change: Change): Promise<void> {
  const text = change(await published(repository, path, OUT));
  if (text === undefined) await rm(join(repository, OUT, path));
  else await writeFile(join(repository, OUT, path), text);
}

const otherPort = (text: string): string => text.replace("9100", "9101");
/** The very bytes that the next generation has. */
const asNext = (text: string): string =>
  text.replace(/generation=(\d+)/, (_, last) => `generation=${Number(last) + 1}`);

describe("publish: what somebody has written to", (it) => {
  const settings = `${String(SHOP["promgen.yml"])}artifacts: [all, services, projects]\n`;
  for (const [what, to, where, write, changes] of [
    // What a file should be is the same wherever it lies. A branch is asked in a way of its own: what is another, what is missing, and
    // what is rendered at this moment.
    [
      "a branch",
      {},
      "artifacts",
      damage,
      [
        ["projects/osaka-api/targets.json", otherPort],
        ["shards/tokyo-a/SHA256SUMS", (text) => text.replace(/generation=\d+/, "generation=5")],
        ["SHA256SUMS", asNext],
        ["services/osaka/targets.json", () => undefined],
      ],
    ],
    [
      "a directory",
      TO_OUT,
      OUT,
      damageOut,
      [
        ["targets.json", otherPort],
        ["services/web/targets.json", otherPort],
        ["projects/osaka-api/targets.json", otherPort],
        ["shards/tokyo-a/scrape-config.yml", (text) => `${text}# more\n`],
        ["SHA256SUMS", (text) => text.replace(/commit=\w{4}/, "commit=0000")],
        ["shards/tokyo-a/SHA256SUMS", (text) => text.replace(/generation=\d+/, "generation=5")],
        ["SHA256SUMS", asNext],
        ["shards/osaka-a/SHA256SUMS", (text) => text.replace("urls=0", "urls=0 accepts=7")],
        ["shards/osaka-a/SHA256SUMS", (text) => text.replace("targets=2", "targets=3")],
        ["services/osaka/targets.json", () => undefined],
      ],
    ],
  ] as const satisfies readonly (readonly [
    string,
    Partial<PublishOptions>,
    string,
    typeof damage,
    readonly (readonly [string, Change])[],
  ])[]) {
    it(`is mended, though nothing changed: ${what}`, async () => {
      await withPublished({ ...SHOP, "promgen.yml": settings }, to, async (repository) => {
        for (const [path, change] of changes) {
          await write(repository, path, change);
          assert.match((await publishFrom(repository, to)).stdout, "0 of 2 shards changed", path);
        }
        assert.match((await publishFrom(repository, to)).stdout, "nothing changed since");
        const verified = await runCli(repository, ["verify", where, "--rebuild"]);
        assert.is(verified.exit, 0, verified.stdout);
      });
    });
  }

  it("is mended where a file is no plain file any more", async () => {
    await withPublished(SHOP, {}, async (repository) => {
      const entry = (await git(repository, "ls-tree", "artifacts", "targets.json")).replace("100644", "120000");
      const rest = (await git(repository, "ls-tree", "artifacts"))
        .split("\n")
        .filter((line) => !line.endsWith("\ttargets.json"));
      await writeFile(join(repository, "../tree"), `${[...rest, entry].join("\n")}\n`);
      const tree = (await run(repository, ["sh", "-c", "git mktree <../tree"])).stdout.trim();
      await git(
        repository,
        "update-ref",
        "refs/heads/artifacts",
        await git(repository, "commit-tree", "-p", "artifacts", "-m", "x", tree),
      );
      assert.match((await publishFrom(repository)).stdout, "0 of 2 shards changed");
      assert.is(await git(repository, "ls-tree", "artifacts", "targets.json"), entry.replace("120000", "100644"));
    });
  });
});

describe("publish directory", (it) => {
  it("finds its temporary files, and the inventory by a link to it, wherever it is started", async () => {
    const inside = Object.fromEntries(Object.entries(SHOP).map(([path, content]) => [`deep/down/${path}`, content]));
    await withInventory(inside, async (repository) => {
      const room = join(repository, "..");
      await symlink("work/deep/down", join(room, "link"));
      await writeFiles(room, { "tmp/.keep": "" });
      for (const to of [["branch"], ["directory", "../../../site"]]) {
        const ran = await runCli(room, ["-C", "link", "publish", ...to], { TMPDIR: "tmp" });
        assert.is(ran.exit, 0, ran.stderr);
      }
    });
  });

  it("replaces it as a whole, with the same rules", async () => {
    await withInventory(SHOP, async (repository) => {
      const to = { directory: "../out" };
      const ran = await publishFrom(repository, { to });
      assert.match(ran.stdout, " to ../out/ · 2 of 2 shards changed");
      assert.match((await publishFrom(repository, { to })).stdout, "nothing changed since");
      await commit(repository, { "targets/web.yml": web(21) });
      assert.is((await publishFrom(repository, { to })).exit, 0);
      const files = await readFiles(join(repository, "../out"));
      const { generation, changed } = JSON.parse(files["manifest.json"] ?? "") as Record<string, unknown>;
      assert.equal([generation, changed], [FIRST + 1, ["tokyo-a"]]);
      await commit(repository, { "targets/web.yml": web(2) });
      assert.is((await publishFrom(repository, { to })).exit, 4);
      assert.equal(await readFiles(join(repository, "../out")), files);
    });
  });

  it("goes on from what it holds where nothing is published elsewhere", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const { to } = TO_OUT;
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const published = "branch:mistyped";
      const held = await publishFrom(repository, { to, published }, { now: 60 });
      assert.is(held.exit, 4);
      assert.match(
        held.stderr,
        "note: nothing is published at `branch:mistyped` yet, so this is compared with what ../out/",
      );
      const first = await publishFrom(repository, { to: { directory: "../new" }, published }, { now: 60 });
      assert.is(first.exit, 0);
      assert.match(first.stderr, "so this is compared with nothing\n");
    });
  });

  it("compares with what is published elsewhere, where that is named", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const where = join(repository, OUT);
      await commit(repository, { "targets/web.yml": web(5) });
      const to = { directory: "../fresh" };
      assert.is((await publishFrom(repository, { to, published: where })).exit, 4);
      await commit(repository, { "targets/web.yml": web(21) });
      assert.is((await publishFrom(repository, { to, published: where })).exit, 0);
      const text = await readFile(join(repository, "../fresh/manifest.json"), "utf8");
      const { generation, changed } = JSON.parse(text) as Record<string, unknown>;
      assert.equal([generation, changed], [FIRST + 1, ["tokyo-a"]]);
    });
  });

  it("does not get a lower generation than it has, though what is published elsewhere is older", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const where = join(repository, OUT);
      const to = { directory: "../mirror" };
      for (const hosts of [21, 22, 23]) {
        await commit(repository, { "targets/web.yml": web(hosts) });
        assert.is((await publishFrom(repository, { to, published: where })).exit, 0);
      }
      const text = await readFile(join(repository, "../mirror/manifest.json"), "utf8");
      assert.match(text, `"generation": ${FIRST + 3},`);
    });
  });

  it("does not keep an older generation than the one that is published elsewhere", async () => {
    await withInventory(SHOP, async (repository) => {
      const [site, cached] = [join(repository, "../site"), join(repository, "../cached")];
      const publishCached = async (): Promise<string> =>
        (await publishFrom(repository, { to: { directory: cached }, published: site })).stdout;
      const isSame = async (): Promise<boolean> =>
        (await readFile(join(cached, "targets.json"), "utf8")) === (await readFile(join(site, "targets.json"), "utf8"));
      await publishFrom(repository, { to: { directory: site } });
      await publishCached();
      await commit(repository, { "targets/web.yml": web(21) });
      await publishFrom(repository, { to: { directory: site } });
      // The same files, of which one has other targets.
      assert.not(await isSame());
      assert.match(await publishCached(), `published generation ${FIRST + 2} of `);
      assert.ok(await isSame());
      // The same targets again, as a generation that agents would not take after the other.
      for (const hosts of [22, 21]) {
        await commit(repository, { "targets/web.yml": web(hosts) });
        await publishFrom(repository, { to: { directory: site } });
      }
      assert.ok(await isSame());
      assert.match(await publishCached(), `published generation ${FIRST + 4} of `);
      // What was rendered from there is published by itself; until then there is nothing new.
      await rm(site, { recursive: true });
      await cp(cached, site, { recursive: true });
      assert.match(await publishCached(), "nothing changed since generation");
    });
  });

  it("is mended where a file is not what it was, though what is published elsewhere says that nothing changed", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const [site, cached] = [join(repository, OUT), join(repository, "../cached")];
      await cp(site, cached, { recursive: true });
      const publishCached = async (published: string | undefined): Promise<string> =>
        (await publishFrom(repository, { to: { directory: cached }, published })).stdout;
      assert.match(await publishCached(site), "nothing changed since generation");
      const rename = (text: string): string => text.replace("tokyo-a", "tokyo-b");
      const cut = (text: string): string => text.slice(0, -50);
      // The generation is named in the first line of SHA256SUMS.
      const ofAny = (text: string): string => text.replace(/ generation=\d+/, "");
      for (const [path, published, damage] of [
        ["shards/tokyo-a/targets.json", site, rename],
        ["shards/tokyo-a/scrape-config.yml", undefined, rename],
        ["targets.json", undefined, rename],
        ["SHA256SUMS", undefined, cut],
        ["SHA256SUMS", undefined, ofAny],
        ["shards/tokyo-a/SHA256SUMS", site, cut],
      ] as const) {
        const file = join(cached, path);
        const text = await readFile(file, "utf8");
        await writeFile(file, damage(text));
        assert.match(await publishCached(published), "published generation", path);
        assert.is(ofAny(await readFile(file, "utf8")), ofAny(text));
        await rm(site, { recursive: true });
        await cp(cached, site, { recursive: true });
      }
    });
  });

  it("loses a file that is called like an artifact and is none, though nothing changed", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const { to } = TO_OUT;
      const before = Object.keys(await readFiles(join(repository, "../out")));
      await writeFiles(repository, { "../out/services/gone/targets.json": "[]\n" });
      assert.match((await publishFrom(repository, { to })).stdout, "0 of 2 shards changed");
      assert.equal(Object.keys(await readFiles(join(repository, "../out"))), before);
    });
  });

  it("is not taken for the same as what is published elsewhere by the number of its generation", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const [site, cached] = [join(repository, OUT), join(repository, "../cached")];
      for (const other of [site, cached]) {
        await rm(cached, { recursive: true, force: true });
        await cp(site, cached, { recursive: true });
        const text = await readFile(join(other, "manifest.json"), "utf8");
        await writeFile(join(other, "manifest.json"), text.replace("prom1", "prom9"));
        const ran = await publishFrom(repository, { to: { directory: cached }, published: site });
        assert.match(ran.stdout, "published generation", ran.stderr);
        assert.match(await readFile(join(cached, "manifest.json"), "utf8"), "prom1");
        await writeFile(join(other, "manifest.json"), text);
      }
    });
  });

  it("is not one that holds something else, or the inventory", async () => {
    await withInventory({ ...SHOP, "notes/x.txt": "mine" }, async (repository) => {
      const refused = async (directory: string): Promise<string> =>
        (await publishFrom(repository, { to: { directory } })).stderr;
      assert.match(await refused("notes"), /not an artifact: x.txt\nchoose another directory, or/);
      assert.match(await refused("targets/out"), /lies in the inventory\nchoose a directory beside it$/);
    });
  });
});

if (await isInstalled("ssh-keygen")) {
  describe("publish: signatures", (it) => {
    it("stand beside each SHA256SUMS and the manifest", async () => {
      await withKeys(async (repository) => {
        assert.match((await publishFrom(repository, { sign: "../one" })).stdout, " to branch artifacts, signed · ");
        const names = await git(repository, "ls-tree", "-r", "--name-only", "artifacts");
        assert.equal(
          names.split("\n").filter((path) => path.endsWith(".sig")),
          ["SHA256SUMS.sig", "manifest.json.sig", "shards/osaka-a/SHA256SUMS.sig", "shards/tokyo-a/SHA256SUMS.sig"],
        );
        const signed = `${repository}/../signed`;
        await writeFile(signed, await published(repository, "manifest.json"));
        await writeFile(`${signed}.sig`, await published(repository, "manifest.json.sig"));
        const check = "ssh-keygen -Y check-novalidate -n promgen-gen -s ../signed.sig <../signed";
        assert.is((await run(repository, ["sh", "-c", check])).exit, 0);
      });
    });

    it("are made where they are missing or by another key, though nothing changed", async () => {
      await withKeys(async (repository) => {
        await publishOut(repository);
        for (const [sign, count] of [
          ["../one", 1],
          ["../one", 1],
          ["../two", 2],
          ["../two", 2],
        ] as const) {
          assert.is((await publishOut(repository, { sign })).exit, 0);
          assert.is((await manifestOf(repository, OUT)).generation, FIRST + count, sign);
        }
        assert.equal((await manifestOf(repository, OUT)).changed, []);
      });
    });

    it("are mended where one is missing, damaged, or of something else, on a branch and in a directory", async () => {
      await withKeys(async (repository) => {
        const options = { sign: "../one" };
        await publishFrom(repository, options);
        await publishOut(repository, options);
        const letters = (text: string): string => text.replace(/(\n[^-\n]{20})..../, "$1AAAA");
        const manifest = await published(repository, "manifest.json.sig", OUT);
        const [shard, all] = ["shards/osaka-a/SHA256SUMS.sig", "manifest.json.sig"];
        for (const [path, change] of [
          [shard, letters],
          [all, () => undefined],
        ] as const) {
          await damage(repository, path, change);
          assert.match((await publishFrom(repository, options)).stdout, "signed · 0 of 2", path);
        }
        const other = (): string => manifest.replace("SSH", "PGP");
        for (const [path, changes] of [
          [shard, [letters, () => "", other, () => manifest, () => undefined]],
          [all, [letters, () => "", other, () => undefined]],
        ] as const) {
          for (const change of changes) {
            await damageOut(repository, path, change);
            assert.match((await publishOut(repository, options)).stdout, "signed · 0 of 2", path);
          }
        }
        await writeFile(join(repository, "../signers"), `ci ${await readFile(join(repository, "../one.pub"), "utf8")}`);
        assert.match((await publishFrom(repository, options)).stdout, "nothing changed since");
        assert.match((await publishOut(repository, options)).stdout, "nothing changed since");
        for (const where of ["artifacts", "../out"]) {
          const verified = await runCli(repository, ["verify", where, "--rebuild", "--allowed-signers", "../signers"]);
          assert.is(verified.exit, 0, verified.stdout);
        }
      });
    });

    it("do not go away by accident", async () => {
      await withKeys(async (repository) => {
        await publishOut(repository, { sign: "../one" });
        assert.match((await publishOut(repository)).stdout, "nothing changed");
        await commit(repository, { "targets/web.yml": web(21) }, 60);
        const ran = await publishOut(repository, {}, { now: 60 });
        assert.is(ran.exit, 2);
        assert.match(ran.stderr, /is signed, and no key is given.*\n.*--unsigned/);
        assert.is((await manifestOf(repository, OUT)).generation, FIRST);
        assert.is((await publishOut(repository, { unsigned: true }, { now: 60 })).exit, 0);
        assert.not.match(Object.keys(await readFiles(join(repository, OUT))).join("\n"), ".sig");
      });
    });

    it("do not go away by accident where a directory is empty and what is signed is elsewhere", async () => {
      await withKeys(async (repository) => {
        await publishFrom(repository, { sign: "../one" });
        await commit(repository, { "targets/web.yml": web(21) }, 60);
        const to = { directory: "../fresh" };
        const ran = await publishFrom(repository, { to, published: "branch:artifacts" }, { now: 60 });
        assert.is(ran.exit, 2);
        assert.match(ran.stderr, /is signed, and no key is given.*\n.*--unsigned/);
        const meant = { to, published: "branch:artifacts", unsigned: true };
        assert.is((await publishFrom(repository, meant, { now: 60 })).exit, 0);
      });
    });
  });
} else notRun("publish: signatures", "ssh-keygen is not installed");

/** A repository, and two keys beside it. */
async function withKeys(act: (repository: string) => Promise<void>): Promise<void> {
  const make = async (directory: string): Promise<void> => {
    for (const name of ["one", "two"])
      await run(directory, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name]);
  };
  await withMade("keys", make, async (keys) => {
    await withInventory(SHOP, async (repository) => {
      await cp(keys, join(repository, ".."), { recursive: true });
      await act(repository);
    });
  });
}
