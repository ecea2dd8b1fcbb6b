import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { verify } from "../../src/commands/verify.ts";
import type { VerifyOptions } from "../../src/commands/verify.ts";
import { EnvironmentError } from "../../src/exit.ts";
import { sha256 } from "../../src/render/sha256.ts";
import { describe, notRun } from "../describe.ts";
import {
  commit,
  digestIn,
  makeInventory,
  OUT,
  publishFrom,
  publishOut,
  SHOP,
  TO_OUT,
  web,
  withInventory,
  withPublished,
} from "../publish/inventory-repository.ts";
import { withMade } from "../snapshot.ts";
import { withSite } from "../real/artifacts.ts";
import { environment, git, gitSettings, inProcess, isInstalled, run, runCli } from "../workplace.ts";

/** Exit code and lines of `verify`; what it cannot do is exit code 2. */
async function verified(
  repository: string,
  where: string,
  options: Partial<VerifyOptions> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<[exit: number, ...lines: string[]]> {
  const all = { allowedSigners: undefined, identity: undefined, rebuild: false, ...options };
  try {
    const ran = await inProcess(repository, (io) =>
      verify({ ...io, env: { ...environment(repository), ...env } }, where, all),
    );
    return [ran.exit ?? -1, ...ran.stdout.trimEnd().split("\n")];
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return [2, error.message, error.hint ?? ""];
  }
}

/** Two generations in `../out`, the second one with a change that was accepted, and a shard that is gone. */
async function withGenerations<T>(act: (repository: string, out: string) => Promise<T>): Promise<T> {
  const files = { ...SHOP, "promgen.yml": `${String(SHOP["promgen.yml"])}artifacts: [all, services, projects]\n` };
  const make = async (directory: string): Promise<void> => {
    const repository = join(directory, "work");
    await makeInventory(repository, { ...files, "targets/old.yml": "shard: old\nservers: [p]\n" });
    await publishOut(repository);
    await rm(join(repository, "targets/old.yml"));
    await commit(repository, { "targets/web.yml": web(5) });
    const digest = digestIn((await publishOut(repository)).stdout);
    assert.is((await publishOut(repository, { accept: [digest] })).exit, 0);
  };
  return await withMade("two generations", make, async (directory) => {
    const repository = join(directory, "work");
    return await act(repository, join(repository, OUT));
  });
}

async function change(path: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(path, "utf8");
  assert.match(text, from);
  await writeFile(path, text.replace(from, to));
}

/** Puts all that a directory has on a branch of a repository elsewhere. */
async function commitOutside(repository: string, directory: string, branch: string): Promise<void> {
  const env = {
    GIT_DIR: join(repository, ".git"),
    GIT_WORK_TREE: directory,
    GIT_INDEX_FILE: join(repository, "../index"),
  };
  const script = `git add -A -f . && git update-ref refs/heads/${branch} "$(git commit-tree -m x "$(git write-tree)")"`;
  assert.is((await run(directory, ["sh", "-c", script], env)).exit, 0);
}

describe("verify", (it) => {
  it("finds nothing wrong with what was published, in a directory and on a branch, nor when it renders it again", async () => {
    await withGenerations(async (repository, out) => {
      const [exit, line] = await verified(repository, out, { rebuild: true });
      assert.is(exit, 0, line);
      assert.match(
        line ?? "",
        /^generation \d+ of [0-9a-f]{12} at `?\/.*\/out`? is as it should be: 12 files of 2 shards · signatures were not checked \(--allowed-signers\) · rendered again, byte for byte$/,
      );
      await publishFrom(repository);
      const tip = await git(repository, "rev-parse", "artifacts");
      for (const [where, called] of [
        ["artifacts", "branch `artifacts`"],
        ["branch:artifacts", "branch `artifacts`"],
        [tip, `commit \`${tip}\``],
      ] as const) {
        const [code, words] = await verified(repository, where, { rebuild: true });
        assert.is(code, 0, where);
        assert.ok(words?.includes(` at ${called} is as it should be: `), words);
      }
    });
  });

  it("renders the commit of the manifest again, whatever is checked out now", async () => {
    await withGenerations(async (repository, out) => {
      await commit(repository, { "targets/web.yml": web(7), "promgen.yml": "artifacts: []\n" });
      await rm(join(repository, "targets"), { recursive: true });
      assert.is((await verified(repository, out, { rebuild: true }))[0], 0);
    });
  });

  it("says which bytes a commit does not render", async () => {
    await withGenerations(async (repository, out) => {
      // Consistent in itself: somebody who can write everything.
      await commit(repository, { "targets/web.yml": web(6) });
      await publishFrom(repository, { to: { directory: "../forged" }, published: out });
      const forged = join(repository, "../forged");
      const of = async (directory: string): Promise<string> =>
        /"commit": "(\w+)"/.exec(await readFile(join(directory, "manifest.json"), "utf8"))?.[1] ?? "";
      const [old, now] = [await of(out), await of(forged)];
      for (const path of ["manifest.json", "SHA256SUMS", "shards/osaka-a/SHA256SUMS", "shards/tokyo-a/SHA256SUMS"])
        await change(join(forged, path), now, old);
      assert.is((await verified(repository, forged))[0], 0);
      const [exit, ...lines] = await verified(repository, forged, { rebuild: true });
      assert.is(exit, 1);
      const wrong = lines.slice(0, -1).map((line) => line.split(" ")[0] ?? "");
      assert.equal([...new Set(wrong)].sort(), [
        "SHA256SUMS",
        "manifest.json",
        "projects/web-front/targets.json",
        "services/web/targets.json",
        "shards/tokyo-a/SHA256SUMS",
        "shards/tokyo-a/targets.json",
        "targets.json",
      ]);
      assert.match(lines.at(-1) ?? "", " has 7 mistakes");
    });
  });

  const spoiled: readonly (readonly [what: string, path: string, from: string | RegExp, to: string, said: RegExp])[] = [
    ["a target", "shards/tokyo-a/targets.json", "w01", "w99", /tokyo-a\/targets.json has another digest/],
    ["a target of all", "targets.json", "w01", "w99", /^targets.json has another digest/],
    [
      "a file that is longer",
      "shards/tokyo-a/urls.json",
      "]",
      "]\n",
      /urls.json has 18 bytes, and manifest.json says 17/,
    ],
    [
      "a configuration",
      "shards/osaka-a/scrape-config.yml",
      "osaka-a",
      "osaka-b",
      /scrape-config.yml has another digest/,
    ],
    [
      "a digest",
      "shards/tokyo-a/SHA256SUMS",
      /^[0-9a-f]{8}/m,
      "00000000",
      /SHA256SUMS has another digest of targets.json/,
    ],
    ["a generation", "shards/tokyo-a/SHA256SUMS", /generation=\d+/, "generation=1", /says generation=1, and manifest/],
    [
      "an acceptance",
      "shards/osaka-a/SHA256SUMS",
      / urls=0/,
      " urls=0 accepts=7",
      /says accepts=7, and manifest.json nothing/,
    ],
    ["a shard", "shards/osaka-a/SHA256SUMS", "osaka-a", "tokyo-a", /says shard="tokyo-a", and manifest.json "osaka-a"/],
    ["a header", "SHA256SUMS", "# promgen-gen", "#", /^SHA256SUMS cannot be read/],
    ["a size", "manifest.json", /"bytes": \d/, '"bytes": 9', /has \d+ bytes, and manifest.json says 9/],
    ["a number of groups", "manifest.json", '"groups": 1', '"groups": 7', /groups?, and manifest.json says 7/],
    ["a count", "manifest.json", '"targets": 5', '"targets": 6', /has 5 targets, and manifest.json says 6/],
  ];
  it("finds whatever was changed", async () => {
    await withGenerations(async (repository, out) => {
      for (const [what, path, from, to, said] of spoiled) {
        const whole = await readFile(join(out, path));
        await change(join(out, path), from, to);
        const [exit, ...lines] = await verified(repository, out);
        assert.ok(exit === 1 || exit === 2, what);
        assert.ok(
          lines.some((line) => said.test(line)),
          `${what}: ${lines.join("\n")}`,
        );
        if (exit === 1) assert.match(lines.at(-1) ?? "", / has \d+ mistakes?$/);
        await writeFile(join(out, path), whole);
      }
      assert.is((await verified(repository, out))[0], 0);
    });
  });

  it("finds a file that is missing", async () => {
    await withGenerations(async (repository, out) => {
      await rm(join(out, "shards/tokyo-a/targets.json"));
      await rm(join(out, "shards/osaka-a/SHA256SUMS"));
      await rm(join(out, "projects/web-front/targets.json"));
      const [exit, ...lines] = await verified(repository, out, { rebuild: true });
      assert.is(exit, 1);
      assert.ok(lines.includes("shards/tokyo-a/targets.json is missing"), lines.join("\n"));
      assert.ok(lines.includes("shards/osaka-a/SHA256SUMS is missing"));
      assert.ok(lines.some((line) => /^projects\/web-front\/targets.json is missing: \w+ renders it$/.test(line)));
    });
  });

  it("names what is no file, or too large for one, with all else that is wrong", async () => {
    await withGenerations(async (repository, out) => {
      await writeFile(join(out, "shards/osaka-a/SHA256SUMS"), "x".repeat(100_000));
      await rm(join(out, "shards/tokyo-a/urls.json"));
      await mkdir(join(out, "shards/tokyo-a/urls.json"));
      await writeFile(join(out, "shards/tokyo-a/urls.json/x"), "");
      await rm(join(out, "services/web/targets.json"));
      await mkdir(join(out, "services/web/targets.json"));
      await writeFile(join(out, "services/web/targets.json/x"), "");
      await change(join(out, "shards/tokyo-a/targets.json"), "w01", "w99");
      await commitOutside(repository, out, "spoilt");
      for (const where of [out, "spoilt"]) {
        const [exit, ...lines] = await verified(repository, where);
        assert.is(exit, 1, lines[0]);
        for (const line of [
          "shards/osaka-a/SHA256SUMS is no file of at most 65536 bytes",
          "shards/tokyo-a/urls.json is no file of at most 1073741824 bytes",
          "shards/tokyo-a/targets.json has another digest than manifest.json says",
        ])
          assert.ok(lines.includes(line), lines.join("\n"));
        const [again, ...more] = await verified(repository, where, { rebuild: true });
        assert.is(again, 1);
        assert.ok(more.includes("services/web/targets.json is no file of at most 1073741824 bytes"), more.join("\n"));
      }
      await withSite(out, async ({ url }) => {
        const [exit, ...lines] = await verified(repository, url);
        assert.is(exit, 1, lines[0]);
        assert.ok(lines.includes("shards/osaka-a/SHA256SUMS is no file of at most 65536 bytes"), lines.join("\n"));
      });
    });
  });

  it("says that it did not look at services and projects, where nothing is rendered again", async () => {
    await withGenerations(async (repository, out) => {
      await rm(join(out, "services"), { recursive: true });
      const [exit, line] = await verified(repository, out);
      assert.is(exit, 0, line);
      assert.match(line ?? "", / · services\/ and projects\/ were not looked at \(--rebuild\)$/);
    });
  });

  it("finds a shard that was never in the inventory, and groups that are another one's", async () => {
    await withGenerations(async (repository, out) => {
      await cp(join(out, "shards/osaka-a"), join(out, "shards/ghost"), { recursive: true });
      await change(join(out, "shards/ghost/SHA256SUMS"), "osaka-a", "ghost");
      const manifest = JSON.parse(await readFile(join(out, "manifest.json"), "utf8")) as {
        shards: Record<string, object>;
      };
      manifest.shards["ghost"] = { ...manifest.shards["osaka-a"], path: "shards/ghost" };
      await writeFile(join(out, "manifest.json"), JSON.stringify(manifest));
      const [exit, ...lines] = await verified(repository, out, { rebuild: true });
      assert.is(exit, 1);
      const [groups, bytes, ghost, count] = lines;
      assert.is(groups, "shards/ghost/targets.json has 1 group of another shard, or of none");
      assert.match(bytes ?? "", /^manifest.json is not what \w+ renders$/);
      assert.match(ghost ?? "", /^shards\/ghost\/SHA256SUMS does not come from \w+$/);
      assert.match(count ?? "", "has 3 mistakes");
    });
  });

  it("finds targets that are in no shard, though all that is written of the file fits it", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const out = join(repository, "../out");
      for (const directory of ["", "shards/tokyo-a/"]) {
        const path = join(out, `${directory}targets.json`);
        const before = await readFile(path);
        await writeFile(path, before.toString().replace(/^\[\n/, '[\n{"targets":["h:1"]},\n'));
        const after = await readFile(path);
        for (const file of ["manifest.json", `${directory}SHA256SUMS`])
          await change(join(out, file), sha256(before), sha256(after));
        await change(join(out, "manifest.json"), `"bytes": ${before.length}`, `"bytes": ${after.length}`);
      }
      const [exit, ...lines] = await verified(repository, out);
      assert.is(exit, 1);
      for (const path of ["targets.json", "shards/tokyo-a/targets.json"])
        assert.ok(lines.includes(`${path} has 1 group of another shard, or of none`), lines.join("\n"));
    });
  });

  it("finds what the manifest does not name, where agents and servers ask; and names what else is there", async () => {
    await withGenerations(async (repository, out) => {
      await cp(join(out, "shards/osaka-a"), join(out, "shards/ghost"), { recursive: true });
      await change(join(out, "shards/ghost/SHA256SUMS"), "osaka-a", "ghost");
      for (const path of [
        "shards/osaka-a/old.json",
        "shards/x",
        "services/ghost/targets.json",
        "index.html",
        "notes/x",
      ]) {
        await mkdir(dirname(join(out, path)), { recursive: true });
        await writeFile(join(out, path), "[]");
      }
      await commitOutside(repository, out, "spoilt");
      for (const where of ["../out", "spoilt", `git+file://${repository}#spoilt`]) {
        const ran = await runCli(repository, ["verify", where]);
        assert.is(ran.exit, 1, ran.stderr);
        const unnamed = ["shards/ghost/", "shards/osaka-a/old.json", "shards/x"].map(
          (path) => `${path} is there, and manifest.json does not name it`,
        );
        assert.equal(ran.stdout.split("\n").slice(0, -2), unnamed);
        assert.is(ran.stderr, "note: beside the artifacts there are index.html, notes/\n");
        const again = await runCli(repository, ["verify", where, "--rebuild"]);
        const [service = "", ...others] = again.stdout.split("\n").slice(0, -2);
        assert.match(service, /^services\/ghost\/targets.json is there, and \w{12} does not render it$/);
        assert.equal(others, unnamed);
      }
    });
  });

  it("finds files of the whole that the manifest does not name", async () => {
    const files = { ...SHOP, "promgen.yml": `${String(SHOP["promgen.yml"])}artifacts: []\n` };
    await withPublished(files, TO_OUT, async (repository) => {
      const out = join(repository, "../out");
      assert.is((await verified(repository, out))[0], 0);
      for (const name of ["targets.json", "SHA256SUMS", "SHA256SUMS.sig"]) await writeFile(join(out, name), "[]");
      const [exit, ...lines] = await verified(repository, out);
      assert.is(exit, 1);
      assert.equal(
        lines.map((line) => line.split(" ")[0]),
        ["SHA256SUMS", "SHA256SUMS.sig", "targets.json", "generation"],
      );
    });
  });

  it("finds a SHA256SUMS that names another repository than the manifest", async () => {
    const files = { ...SHOP, "promgen.yml": `${String(SHOP["promgen.yml"])}repository: https://example.com/a\n` };
    await withPublished(files, TO_OUT, async (repository) => {
      const path = join(repository, "../out/shards/osaka-a/SHA256SUMS");
      for (const [from, to, said] of [
        [
          "example.com/a",
          "example.com/b",
          'says repository="https://example.com/b", and manifest.json "https://example.com/a"',
        ],
        [" repository=https://example.com/b", "", 'says repository=nothing, and manifest.json "https://example.com/a"'],
      ] as const) {
        await change(path, from, to);
        const [exit, line] = await verified(repository, "../out");
        assert.equal([exit, line], [1, `shards/osaka-a/SHA256SUMS ${said}`]);
      }
    });
  });

  it("does not render what no commit has", async () => {
    await withInventory(SHOP, async (repository) => {
      await writeFile(join(repository, "targets/web.yml"), web(3));
      assert.is((await runCli(repository, ["build", "--out", "../dist"])).exit, 0);
      assert.equal((await verified(repository, "../dist", { rebuild: true })).slice(0, 2), [
        1,
        "manifest.json names no commit that could be rendered again",
      ]);
    });
  });

  it("ends with 2 where there is nothing, or something else, or not the commit", async () => {
    await withInventory({ ...SHOP, "notes/manifest.json": "{}" }, async (repository) => {
      assert.equal((await verified(repository, "./none"))[0], 2);
      assert.equal((await verified(repository, "notes"))[0], 2);
      assert.equal((await verified(repository, "main"))[0], 2);
      assert.match((await verified(repository, "artifacts"))[1] ?? "", "artifacts");
      // A name in front of a host may be a token, and Git has no other way to say that a host is this directory.
      const env = gitSettings({ [`url.file://${repository}.insteadOf`]: "https://canary@git.example.com/targets" });
      const [, ...words] = await verified(repository, "git+https://canary@git.example.com/targets#none", {}, env);
      assert.match(words[0] ?? "", /^nothing is published at .*@git\.example\.com\/targets#none/);
      assert.not.match(words.join(), "canary");
      await publishFrom(repository, { to: { directory: "../out" } });
      await git(repository, "init", "--quiet", "../other");
      const other = join(repository, "../other");
      await git(other, "commit", "--quiet", "--allow-empty", "-m", "x");
      assert.is((await verified(other, "../out"))[0], 0);
      assert.is((await verified(other, "../out", { rebuild: true }))[0], 2);
      assert.match((await verified(repository, "../out", { identity: "ci" }))[1] ?? "", "without --allowed-signers");
      const [exit, message] = await verified(repository, "../out", { allowedSigners: "../none" });
      assert.is(exit, 2, "nothing is signed, and the file is not there");
      assert.match(message ?? "", "/none");
    });
  });

  it("reads what a web server has", async () => {
    await withGenerations(async (repository, out) => {
      await withSite(out, async ({ url }) => {
        assert.is((await verified(repository, url, { rebuild: true }))[0], 0);
        assert.is((await verified(repository, `${url}none`))[0], 2);
      });
    });
  });
});

if (await isInstalled("ssh-keygen")) {
  describe("verify: signatures", (it) => {
    it("are those of who may sign, on every SHA256SUMS and on the manifest", async () => {
      await withInventory(SHOP, async (repository) => {
        const keys = join(repository, "../keys");
        await run(repository, ["mkdir", keys]);
        for (const name of ["ci", "other"])
          await run(keys, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name]);
        const signers = join(keys, "allowed_signers");
        await writeFile(signers, `ci@example.com ${await readFile(join(keys, "ci.pub"), "utf8")}`);
        const to = { directory: "../out" };
        const out = join(repository, "../out");
        const look = async (more: Partial<VerifyOptions> = {}): Promise<[number, ...string[]]> =>
          await verified(repository, out, { allowedSigners: "../keys/allowed_signers", ...more });

        await publishFrom(repository, { to });
        const [exit, ...unsigned] = await look();
        assert.is(exit, 1);
        assert.equal(unsigned.slice(0, -1).sort(), [
          "SHA256SUMS is not signed",
          "manifest.json is not signed",
          "shards/osaka-a/SHA256SUMS is not signed",
          "shards/tokyo-a/SHA256SUMS is not signed",
        ]);

        await publishFrom(repository, { to, sign: join(keys, "ci") });
        const [good, line] = await look({ identity: "ci@example.com", rebuild: true });
        assert.is(good, 0, line);
        assert.match(line ?? "", " · signed by ci@example.com · ");
        assert.match(
          (await look({ identity: "else@example.com" }))[1] ?? "",
          "is signed by another one than --identity",
        );

        const signature = join(out, "shards/osaka-a/SHA256SUMS.sig");
        const whole = await readFile(signature);
        await writeFile(signature, "x".repeat(100_000));
        const [damaged, ...wrong] = await look();
        assert.is(damaged, 1);
        assert.ok(wrong.includes("shards/osaka-a/SHA256SUMS.sig is no file of at most 65536 bytes"), wrong.join("\n"));
        await writeFile(signature, whole);

        // Somebody who may write but not sign.
        const sums = join(out, "shards/tokyo-a/SHA256SUMS");
        await change(sums, "targets=20", "targets=21");
        assert.ok((await look()).includes("shards/tokyo-a/SHA256SUMS has the signature of other bytes"));
        await change(sums, "targets=21", "targets=20");
        await writeFile(join(out, "manifest.json.sig"), "none");
        assert.match((await look())[1] ?? "", "manifest.json has no SSH signature beside it");

        await rm(out, { recursive: true });
        await publishFrom(repository, { to, sign: join(keys, "other") });
        assert.match((await look())[1] ?? "", "is signed by a key that is not allowed");
        assert.is((await look({ allowedSigners: "none" }))[0], 2);
      });
    });
  });
} else notRun("verify: signatures", "ssh-keygen is not installed");
