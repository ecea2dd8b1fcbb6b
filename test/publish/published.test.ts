import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { sideOfInventory } from "../../src/commands/side.ts";
import { EnvironmentError } from "../../src/exit.ts";
import type { Io } from "../../src/io.ts";
import { readPublished } from "../../src/publish/published.ts";
import type { Published } from "../../src/publish/published.ts";
import { inventoryOf } from "../check/inventory.ts";
import { withGitServer, withServer } from "../agent/source/git-server.ts";
import { describe } from "../describe.ts";
import { withSite } from "../real/artifacts.ts";
import type { Site } from "../real/artifacts.ts";
import { withMade } from "../snapshot.ts";
import { commitAll, environment, git, inProcess, run, runCli, withDirectory, writeFiles } from "../workplace.ts";

const FILES = {
  "promgen.yml": "exporters:\n  node: { port: 9100 }\n",
  "targets/shards.yml":
    "shard: tokyo-a\nservers: [p1, p2:9091]\n---\nshard: 東京 b.c\n---\nshard: empty\nservers: [p3]\n",
  "targets/web.yml":
    'service: web\nshard: [tokyo-a, 東京 b.c]\nlabels: { note: \'a "quoted" },"targets":[ word\' }\nprojects:\n  - { name: web, hosts: ["web[1-3]", "2001:db8::1"], exporters: [node], probes: [{ module: http, targets: ["http://x/"] }] }\n',
};

async function withIo<T>(cwd: string, env: NodeJS.ProcessEnv, act: (io: Io) => Promise<T>): Promise<T> {
  const results: T[] = [];
  await inProcess(cwd, async (io) => {
    results.push(await act({ ...io, env: { ...environment(cwd), ...env } }));
    return 0;
  });
  return results[0] as T;
}

async function read(cwd: string, where: string, env: NodeJS.ProcessEnv = {}): Promise<Published | undefined> {
  return await withIo(cwd, env, async (io) => await readPublished(where, io));
}

async function failure(cwd: string, where: string): Promise<EnvironmentError> {
  const error = await read(cwd, where).then(
    (found) => new Error(`read ${found?.generation}`),
    (failed: unknown) => failed,
  );
  assert.instance(error, EnvironmentError, String(error));
  const { message, hint = "" } = error as EnvironmentError;
  assert.not.match(message + hint, /\p{Cc}/u);
  return error as EnvironmentError;
}

/** A repository whose artifacts are built in `dist`, not committed. */
async function inRepository<T>(act: (root: string) => Promise<T>, ...init: readonly string[]): Promise<T> {
  const make = async (directory: string): Promise<void> => {
    const root = join(directory, "repository");
    await git(directory, "init", "-q", ...init, "repository");
    await writeFiles(root, FILES);
    await commitAll(root, "change");
    const ran = await inProcess(root, (io) => build(io, { out: "dist", stdout: false, verbose: false }));
    assert.is(ran.exit, 0, ran.stderr);
  };
  return await withMade(init.join(), make, async (directory) => await act(join(directory, "repository")));
}

/** Commits what `dist` holds to a branch of its own. */
async function commitDist(root: string, branch: string): Promise<string> {
  const env = {
    GIT_INDEX_FILE: join(root, "../index"),
    GIT_WORK_TREE: join(root, "dist"),
    GIT_DIR: join(root, ".git"),
  };
  await rm(env.GIT_INDEX_FILE, { force: true });
  const ask = async (...args: readonly string[]): Promise<string> => {
    const ran = await run(join(root, "dist"), ["git", ...args], env);
    assert.is(ran.exit, 0, ran.stderr);
    return ran.stdout.trim();
  };
  await ask("add", "-A", "-f");
  const commit = await ask("commit-tree", "-m", "generation", await ask("write-tree"));
  await ask("update-ref", `refs/heads/${branch}`, commit);
  return commit;
}

/** What everything that is read must be, wherever it is. */
async function assertRight(root: string, published: Published | undefined): Promise<void> {
  const commit = await git(root, "rev-parse", "HEAD");
  const inventory = inventoryOf({
    "promgen.yml": FILES["promgen.yml"],
    "targets/shards.yml": FILES["targets/shards.yml"],
    "targets/web.yml": FILES["targets/web.yml"],
  });
  const { shards } = sideOfInventory(inventory, "worktree", { generation: 0 });
  const plain = (side: typeof shards | undefined): unknown =>
    [...(side ?? [])]
      .map(([name, { servers, targets, urls }]) => [name, servers, targets, urls] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  assert.equal(plain(published?.shards), plain(shards));
  assert.equal([published?.kind, published?.commit, published?.isComplete], ["published", commit, true]);
  assert.is(published?.generation, Date.parse("2026-01-02T03:04:05Z") / 1000);
  assert.is(published?.manifest.version, 1);
}

describe("what is published", (it) => {
  it("is read from a directory, whichever way it is named", async () => {
    await inRepository(async (root) => {
      for (const where of ["dist", "./dist/", join(root, "dist"), "../repository/dist"])
        await assertRight(root, await read(root, where));
    });
  });

  it("is read from a URL, with names encoded once more and digests that caches understand", async () => {
    await inRepository(async (root) => {
      await withSite(join(root, "dist"), async ({ url, requests }) => {
        await assertRight(root, await read(root, url));
        const asked = requests.map(({ path }) => path);
        assert.ok(asked.includes("/manifest.json"));
        assert.ok(asked.some((path) => /^\/shards\/%25E6%259D%25B1.*\/targets\.json\?[0-9a-f]{64}$/.test(path)));
      });
      await withSite(root, async ({ url }) => {
        for (const path of ["dist", "dist/", "dist/?x=y#z"]) await assertRight(root, await read(root, url + path));
      });
    });
  });

  it("is read from a branch here, from one that the remote had, and from a commit", async () => {
    await inRepository(async (root) => {
      const commit = await commitDist(root, "artifacts");
      await rm(join(root, "dist"), { recursive: true });
      for (const where of ["artifacts", "branch:artifacts", "refs/heads/artifacts", commit])
        await assertRight(root, await read(root, where));
      await git(root, "update-ref", "refs/remotes/origin/artifacts", commit);
      await git(root, "branch", "-D", "artifacts");
      for (const where of ["artifacts", "branch:artifacts", "origin/artifacts"])
        await assertRight(root, await read(root, where));
      await mkdir(join(root, "below"));
      await assertRight(root, await read(join(root, "below"), "branch:artifacts"));
    });
  });

  it("is fetched from the remote where a clone has only one branch, without a trace in its refs", async () => {
    await inRepository(async (root) => {
      await commitDist(root, "artifacts");
      const clone = join(root, "../clone");
      await git(root, "clone", "-q", "--depth=1", "--single-branch", `file://${root}`, clone);
      const refs = await git(clone, "for-each-ref");
      for (const where of ["branch:artifacts", "artifacts"]) await assertRight(root, await read(clone, where));
      assert.is(await git(clone, "for-each-ref"), refs);
      assert.is(await read(clone, "branch:none"), undefined);
      assert.match((await failure(clone, "none")).message, "neither a directory nor a branch");
      await git(clone, "remote", "set-url", "origin", "https://user:secret@127.0.0.1:1/x");
      const gone = await failure(clone, "branch:none");
      assert.not.match(gone.message + gone.hint, "secret");
    });
  });

  it("is the newer one where a branch is here and on the remote", async () => {
    await inRepository(async (root) => {
      const first = await commitDist(root, "artifacts");
      const tree = await git(root, "rev-parse", `${first}^{tree}`);
      const broken = await git(root, "mktree", "--missing").catch(() => "");
      assert.ok(broken);
      const newer = await git(root, "commit-tree", "-p", first, "-m", "next", tree);
      const empty = await git(root, "commit-tree", "-m", "empty", broken);
      const older = await git(root, "commit-tree", "-p", empty, "-m", "next", tree);
      await git(root, "update-ref", "refs/heads/artifacts", first);
      await git(root, "update-ref", "refs/remotes/origin/artifacts", newer);
      await assertRight(root, await read(root, "artifacts"));
      // Here is what was published last, there what was before.
      await git(root, "update-ref", "refs/heads/artifacts", older);
      await git(root, "update-ref", "refs/remotes/origin/artifacts", empty);
      await assertRight(root, await read(root, "artifacts"));
      await git(root, "update-ref", "refs/heads/artifacts", empty);
      await git(root, "update-ref", "refs/remotes/origin/artifacts", older);
      await assertRight(root, await read(root, "artifacts"));
    });
  });

  it("is what the remote has, though nobody fetched it", async () => {
    await inRepository(async (root) => {
      const first = await commitDist(root, "artifacts");
      const clone = join(root, "../clone");
      await git(root, "clone", "-q", `file://${root}`, clone);
      await git(clone, "branch", "-q", "--no-track", "artifacts", "origin/artifacts");
      await git(clone, "branch", "-q", "--no-track", "mine", "origin/artifacts");
      const text = await readFile(join(root, "dist/manifest.json"), "utf8");
      await writeFile(join(root, "dist/manifest.json"), text.replace(/"generation": \d+/, '"generation": 7'));
      const tree = await git(root, "rev-parse", `${await commitDist(root, "other")}^{tree}`);
      const next = await git(root, "commit-tree", "-p", first, "-m", "next", tree);
      await git(root, "update-ref", "refs/heads/artifacts", next);
      assert.is((await read(clone, "branch:artifacts"))?.generation, 7);
      await assertRight(root, await read(clone, first));
      await assertRight(root, await read(clone, "branch:mine"));
      // Pushed by force: what is here was never published.
      await git(root, "update-ref", "refs/heads/artifacts", await git(root, "rev-parse", "other"));
      const { message, hint } = await failure(clone, "artifacts");
      assert.match(message, "branch artifacts here and on origin have gone different ways");
      assert.match(hint ?? "", "git branch -D artifacts");
    });
  });

  it("is not taken from a branch here where another one was seen on the remote", async () => {
    await inRepository(async (root) => {
      await commitDist(root, "artifacts");
      const other = await git(root, "commit-tree", "-m", "other", await git(root, "rev-parse", "artifacts^{tree}"));
      await git(root, "update-ref", "refs/remotes/origin/artifacts", other);
      assert.match((await failure(root, "artifacts")).message, "different ways");
    });
  });

  it("is read from a repository with SHA-256", async () => {
    await inRepository(async (root) => {
      const commit = await commitDist(root, "artifacts");
      assert.is(commit.length, 64);
      for (const where of ["artifacts", commit, `git+file://${root}#artifacts`])
        await assertRight(root, await read(root, where));
    }, "--object-format=sha256");
  });

  it("is read from another repository, wherever temporary files are and whatever Git is told about bare ones", async () => {
    await inRepository(async (root) => {
      await commitDist(root, "main");
      const env = { TMPDIR: join(root, "below"), HOME: root, GIT_CONFIG_GLOBAL: join(root, "settings") };
      await mkdir(env.TMPDIR);
      await writeFile(env.GIT_CONFIG_GLOBAL, "[safe]\n\tbareRepository = explicit\n");
      await writeFile(join(root, ".gitconfig"), await readFile(env.GIT_CONFIG_GLOBAL));
      // Whoever asks with the settings of the repository around it does not get there.
      await git(root, "config", "url.file:///nonexistent/.insteadOf", "file:///");
      const ran = await runCli(root, ["verify", `git+file://${root}#main`], env);
      assert.is(ran.exit, 0, ran.stderr);
      assert.equal(await readdir(env.TMPDIR), []);
    });
  });

  it("is read from the branch that is meant, whatever repository the variables of a hook name", async () => {
    await inRepository(async (root) => {
      await commitDist(root, "artifacts");
      const bare = join(root, "../bare.git");
      await git(root, "init", "-q", "--bare", bare);
      const variables = (await git(root, "rev-parse", "--local-env-vars")).split("\n");
      const env = Object.fromEntries(
        [...variables, "GIT_QUARANTINE_PATH", "GIT_NAMESPACE"]
          .filter((name) => !/^GIT_(?:CONFIG|NO_REPLACE)/.test(name))
          .map((name) => [name, bare]),
      );
      assert.ok("GIT_DIR" in env && "GIT_OBJECT_DIRECTORY" in env);
      for (const where of ["branch:artifacts", `git+file://${root}#artifacts`])
        await assertRight(root, await read(root, where, env));
      assert.is(await git(bare, "count-objects"), "0 objects, 0 kilobytes");
    });
  });

  it("is read from the branch of another repository, also outside of one, and nothing is left of it", async () => {
    await inRepository(async (root) => {
      await commitDist(root, "artifacts");
      const elsewhere = join(root, "../elsewhere");
      const temporary = join(root, "../tmp");
      await mkdir(elsewhere);
      await mkdir(temporary);
      await assertRight(root, await read(elsewhere, `git+file://${root}#artifacts`));
      assert.is(await read(elsewhere, `git+file://${root}#none`), undefined);
      assert.equal(await readdir(elsewhere), []);
    });
  });
});

describe("nothing is published", (it) => {
  it("in a directory that is absent or empty, on a branch that nobody has, behind a URL without a manifest", async () => {
    await inRepository(async (root) => {
      await mkdir(join(root, "empty"));
      for (const where of ["./absent", "absent/", join(root, "absent"), "empty", "branch:absent", "branch:a/b"])
        assert.is(await read(root, where), undefined, where);
      await withSite(join(root, "empty"), async ({ url }) => assert.is(await read(root, url), undefined));
    });
  });

  it("on a branch that is no more than the end of a tag's name, nor where that branch is damaged", async () => {
    await inRepository(async (root) => {
      const commit = await commitDist(root, "others");
      for (const ref of ["refs/heads/artifacts", "refs/remotes/origin/artifacts"]) {
        await git(root, "update-ref", `refs/tags/${ref}`, commit);
        assert.is(await read(root, "branch:artifacts"), undefined);
        await writeFiles(root, { [`.git/${ref}`]: "" });
        assert.match((await failure(root, "branch:artifacts")).message, `${ref} cannot be read`);
        await rm(join(root, ".git", ref));
      }
      // Where one name cannot be read, each is looked up by itself.
      await writeFiles(root, { ".git/refs/remotes/origin/artifacts": `${"1".repeat(40)}\n` });
      assert.match((await failure(root, "branch:artifacts")).message, "refs/remotes/origin/artifacts cannot be read");
    });
  });

  it("is not said of an empty directory that is called as a branch", async () => {
    await inRepository(async (root) => {
      await commitDist(root, "artifacts");
      await mkdir(join(root, "artifacts"));
      const { message, hint } = await failure(root, "artifacts");
      assert.match(message, "is an empty directory, and a branch is called so as well");
      assert.match(hint ?? "", "`branch:artifacts` or `./artifacts`");
      await assertRight(root, await read(root, "branch:artifacts"));
      for (const where of ["./artifacts", "artifacts/", join(root, "artifacts")])
        assert.is(await read(root, where), undefined, where);
      await git(root, "branch", "-m", "artifacts", "others");
      assert.is(await read(root, "artifacts"), undefined);
    });
  });

  it("is not said of a directory that somebody who was killed has moved away to replace it", async () => {
    await inRepository(async (root) => {
      await rename(join(root, "dist"), join(root, ".dist.promgen-gen-old"));
      await symlink("dist", join(root, "link"));
      for (const where of ["dist", "./dist", "link"]) await assertRight(root, await read(root, where));
    });
  });

  it("is not said of a proxy's answer or a page to sign in, which Git takes for a repository without branches", async () => {
    for (const page of ["", "<html>Sign in</html>"])
      await withServer(
        () => false,
        (_, response) => void response.end(page),
        async ({ origin }) => {
          const { message } = await failure("/", `git+${origin}/targets#artifacts`);
          assert.is(message, `${origin}/targets answers, but not as a Git server does`);
        },
      );
  });

  it("is said of a repository that is empty, and of one whose files lie on a web server", async () => {
    await withDirectory({}, async (directory) => {
      await git(directory, "init", "-q", "--bare", "empty");
      await withGitServer(directory, async ({ origin }) => {
        assert.is(await read("/", `git+${origin}/empty#artifacts`), undefined);
      });
      await inRepository(async (root) => {
        await git(root, "update-server-info");
        await withSite(root, async ({ url }) => assert.is(await read("/", `git+${url}.git#artifacts`), undefined));
      });
    });
  });

  it("is not said where a word may be a mistake", async () => {
    await inRepository(async (root) => {
      for (const where of ["absent", "absent-too", "0".repeat(40)]) await failure(root, where);
    });
  });
});

describe("what is published cannot be read", (it) => {
  it("where a name is none", async () => {
    await inRepository(async (root) => {
      const canary = join(root, "canary");
      const hostile = [
        "",
        "promgen.yml",
        "branch:",
        "branch:-x",
        `branch:--upload-pack=touch ${canary}`,
        "branch:a b",
        "branch:a..b",
        "branch:a\nb",
        "branch:*",
        "branch:@{-1}",
        `--upload-pack=touch ${canary}`,
        "\u001b[31mred",
        `git+ext://sh -c touch% ${canary}#x`,
        `git+file://${root}`,
        `git+file://${root}#--upload-pack=touch ${canary}`,
        "git+https://user:secret@127.0.0.1/x#y",
        "https://user:secret@127.0.0.1/x",
        "https://127.0.0.1:1/x?token=secret",
        "git+http://127.0.0.1:1/x?token=secret#y",
        "s3://bucket/artifacts/?signature=secret",
        "https://",
        "http://[::1",
        // Neither is a directory that nobody has made yet.
        "ftp://user:secret@127.0.0.1/",
        "s3://bucket/artifacts/",
        `file://${root}/absent/`,
      ];
      for (const where of hostile) {
        const { message, hint = "" } = await failure(root, where);
        assert.not.match(message + hint, "secret", where);
      }
      assert.not(existsSync(canary));
    });
  });

  it("outside of Git, where a branch is asked for", async () => {
    await withDirectory({}, async (root) => {
      assert.match((await failure(root, "branch:artifacts")).message, "no Git repository");
      // What Git does not look at is another thing.
      await writeFiles(root, { ".git": "gitdir: /nonexistent\n" });
      assert.match(
        (await failure(root, "branch:artifacts")).message,
        "git rev-parse failed: fatal: not a git repository",
      );
    });
  });

  it("where a branch is damaged, here or as it was seen on the remote", async () => {
    await inRepository(async (root) => {
      const commit = await commitDist(root, "artifacts");
      const object = join(root, ".git/objects", commit.slice(0, 2), commit.slice(2));
      for (const ref of ["refs/heads/artifacts", "refs/remotes/origin/artifacts"]) {
        await git(root, "update-ref", ref, commit);
        if (ref !== "refs/heads/artifacts") await git(root, "update-ref", "-d", "refs/heads/artifacts");
        for (const content of ["", "no id\n", `${await git(root, "rev-parse", "HEAD^{tree}")}\n`]) {
          await writeFile(join(root, ".git", ref), content);
          for (const where of ["branch:artifacts", "artifacts"])
            assert.match((await failure(root, where)).message, `${ref} cannot be read`, JSON.stringify(content));
        }
        await writeFile(join(root, ".git", ref), `${commit}\n`);
        await assertRight(root, await read(root, "branch:artifacts"));
        await rename(object, `${object}-away`);
        assert.match(
          (await failure(root, "branch:artifacts")).message,
          `${ref} cannot be read: the repository does not have the commit ${commit}`,
        );
        await writeFile(object, "x");
        assert.match((await failure(root, "branch:artifacts")).message, "git rev-parse failed: ");
        assert.match((await failure(root, commit)).message, "git rev-parse failed: ");
        await rename(`${object}-away`, object);
      }
    });
  });

  it("where there is something, but no manifest, or none that we know", async () => {
    await inRepository(async (root) => {
      const manifest = join(root, "dist/manifest.json");
      const text = await readFile(manifest, "utf8");
      for (const [changed, words] of [
        ["", /manifest\.json/],
        ["[]", /manifest\.json/],
        [text.replace('"version": 1', '"version": 2'), /newer/],
        [text.replace('"shards/empty"', '"shards/../../x"'), /path/],
        [text.replace(/"sha256": "../, '"sha256": "zz'), /digest/],
      ] as const) {
        await writeFile(manifest, changed);
        assert.match((await failure(root, "dist")).message, words);
      }
      await rm(manifest);
      assert.match((await failure(root, "dist")).message, "no manifest.json");
      await commitDist(root, "artifacts");
      assert.match((await failure(root, "branch:artifacts")).message, "no manifest.json");
      await mkdir(manifest);
      await failure(root, "dist");
    });
  });

  it("where a file is missing, larger, other, or a pipe", async () => {
    const changes: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
      missing: async (path) => await rm(path),
      larger: async (path) => await writeFile(path, `${await readFile(path, "utf8")} `),
      other: async (path) =>
        await writeFile(path, (await readFile(path, "utf8")).replace("9100", "9101").replace("a", "b")),
      pipe: async (path) => {
        await rm(path);
        await run(dirname(path), ["mkfifo", path]);
      },
    };
    await inRepository(async (root) => {
      for (const [name, change] of Object.entries(changes)) {
        for (const file of ["targets.json", "SHA256SUMS"]) {
          await rm(join(root, "copy"), { recursive: true, force: true });
          await git(root, "init", "-q", "copy");
          await run(root, ["cp", "-r", "dist/.", "copy"]);
          await change(join(root, "copy/shards/tokyo-a", file));
          if (name === "larger" && file === "SHA256SUMS") continue;
          const error = await failure(root, "copy");
          assert.match(error.message, "shards/tokyo-a/", `${name} ${file}`);
        }
      }
    });
  });

  it("where a shard's SHA256SUMS is of another shard, or newer than this program", async () => {
    await inRepository(async (root) => {
      const path = join(root, "dist/shards/tokyo-a/SHA256SUMS");
      const text = await readFile(path, "utf8");
      await writeFile(path, text.replace("shard=tokyo-a", "shard=tokyo-b"));
      assert.match((await failure(root, "dist")).message, "shards/tokyo-a/");
      await writeFile(path, text.replace("promgen-gen 1", "promgen-gen 2"));
      assert.match((await failure(root, "dist")).hint ?? "", "upgrade");
    });
  });

  it("where a file fits its digests, but is not what is rendered", async () => {
    await inRepository(async (root) => {
      const dist = join(root, "dist");
      const hex = async (): Promise<string> =>
        (await run(dist, ["sha256sum", "shards/tokyo-a/targets.json"])).stdout.slice(0, 64);
      for (const text of [
        "[]",
        "{}\n",
        '[\n{"labels":{"a":1},"targets":["x"]}\n]\n',
        '[\n{"labels":{"a":"1"},"targets":[1]}\n]\n',
      ]) {
        const old = await hex();
        await writeFile(join(dist, "shards/tokyo-a/targets.json"), text);
        const now = await hex();
        for (const file of ["manifest.json", "shards/tokyo-a/SHA256SUMS"]) {
          const before = await readFile(join(dist, file), "utf8");
          await writeFile(join(dist, file), before.replaceAll(old, now).replace(/"bytes": \d+/g, '"bytes": 1000'));
        }
        assert.match((await failure(root, "dist")).message, "shards/tokyo-a/targets.json", text);
      }
    });
  });

  it("where a server fails, goes away, sends more than it should, or wants a password", async () => {
    await inRepository(async (root) => {
      const answers: Readonly<Record<string, Site["answer"]>> = {
        "status 500": (_, response) => response.writeHead(500).end() !== undefined,
        "status 401": (_, response) => response.writeHead(401).end() !== undefined,
        "cannot be read: 127.0.0.1:\\d+ broke the connection off": (request) => request.socket.destroy() !== undefined,
        "at most": ({ url = "" }, response) =>
          url.includes("/targets.json") && response.end(Buffer.alloc(1_000_000)) !== undefined,
        "is not what manifest.json": ({ url = "" }, response) =>
          url.includes("/SHA256SUMS") && response.end("# promgen-gen 1 shard=tokyo-a generation=1\n") !== undefined,
        "targets.json": ({ url = "" }, response) =>
          url.includes("/targets.json") && response.writeHead(404).end() !== undefined,
      };
      for (const [words, answer] of Object.entries(answers)) {
        await withSite(join(root, "dist"), async (site) => {
          site.answer = answer;
          assert.match((await failure(root, site.url)).message, new RegExp(words));
        });
      }
      await withSite(root, async ({ url }) => {
        const nowhere = await failure(root, url.replace(/:\d+/, ":3"));
        assert.match(nowhere.message, "cannot be read: 127.0.0.1:3 refuses the connection: nothing listens there");
        const plain = await failure(root, url.replace("http", "https"));
        assert.match(plain.message, `cannot be read: ${new URL(url).host} does not speak TLS on this port`);
      });
    });
  });
});
