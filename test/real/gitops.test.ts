/** promgen-ci.sh in real repositories: what is proposed, what is merged, what is published, what a host gets. */
import { rmSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { digestsOfOptions } from "../../src/commands/acceptance.ts";
import { plan } from "../../src/commands/plan.ts";
import { validate } from "../../src/commands/validate.ts";
import { describe, notRun } from "../describe.ts";
import { REPOSITORY, withGitHub } from "../publish/github-stand-in.ts";
import { refusalOf } from "../refusal.ts";
import { git, inProcess, isInstalled, readFiles, ROOT, run, runCli, withDirectory, writeFiles } from "../workplace.ts";
import type { Files, Ran } from "../workplace.ts";
import { AGENTS, SCRIPT } from "./agents.ts";
import { makeKey } from "./artifacts.ts";

const VALIDATE = { format: "text", failOn: "error", verbose: false } as const;
const PLAN = { published: undefined, format: "json", exitCode: false, verbose: false } as const;
const CI = join(ROOT, "deploy/ci/promgen-ci.sh");

interface Judging {
  readonly out?: string;
  readonly base?: string;
  readonly accept?: string;
}

/** A bare repository with a published inventory, and a clone of it. */
interface Place {
  readonly directory: string;
  readonly clone: string;
  /** Runs promgen-ci.sh in the clone. */
  readonly ci: (verb: string, env?: NodeJS.ProcessEnv, shell?: readonly string[]) => Promise<Ran>;
  /** The exit code of what `check` asks of the program, in this process. Puts the plan where PROMGEN_OUT would. */
  readonly judged: (options?: Judging) => Promise<number>;
  /** Writes files, commits them on a new branch that begins at main. */
  readonly propose: (branch: string, files: Files) => Promise<void>;
  /** Merges a branch into main, and pushes that. */
  readonly merge: (branch: string) => Promise<void>;
  /** The commit of the artifacts in the bare repository. */
  readonly published: () => Promise<string>;
  /** A file of the artifacts. */
  readonly artifact: (path: string) => Promise<string>;
}

const service = (name: string, hosts: string): string =>
  `service: ${name}\nshard: main\nprojects:\n  - { name: ${name}, hosts: [${hosts}], exporters: [node] }\n`;
const INVENTORY = {
  "promgen.yml": "exporters:\n  node: { port: 9100 }\n",
  "targets/main.yml": "shard: main\nservers: [p1.example.com]\n",
  "targets/web.yml": service("web", '"web[01-20].example.com"'),
};

/** The place in which every test begins: made once, and gone when this process ends. */
let begun: Promise<string> | undefined;

async function begin(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "promgen-gen-test-begun-")));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  await git(directory, "init", "--quiet", "--bare", "targets.git");
  await git(directory, "clone", "--quiet", join(directory, "targets.git"), "clone");
  const { clone, ci, propose } = placeIn(directory);
  await git(clone, "commit", "--quiet", "--allow-empty", "--message", "Begin");
  await propose("inventory", INVENTORY);
  await git(clone, "branch", "--force", "main", "inventory");
  await git(clone, "switch", "--quiet", "main");
  await git(clone, "push", "--quiet", "origin", "main");
  ends(await ci("publish"), 0);
  return directory;
}

async function withPlace(act: (place: Place) => Promise<void>): Promise<void> {
  const from = await (begun ??= begin());
  await withDirectory({}, async (directory) => {
    // With their times: git would read again what seems to have changed.
    await cp(from, directory, { recursive: true, preserveTimestamps: true });
    const config = join(directory, "clone/.git/config");
    await writeFile(config, (await readFile(config, "utf8")).replace(from, directory));
    await act(placeIn(directory));
  });
}

function placeIn(directory: string): Place {
  const [bare, clone] = [join(directory, "targets.git"), join(directory, "clone")];
  // Every commit later than the one before, as with people: the one of `begin` has the time of the workplace.
  let time = 1_767_323_045;
  const commit = async (...words: readonly string[]): Promise<void> => {
    const date = `${(time += 60)} +0000`;
    ends(await run(clone, ["git", ...words], { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date }), 0);
  };
  return {
    directory,
    clone,
    ci: async (verb, env = {}, shell = []) => await run(clone, [...shell, CI, verb], env),
    async judged({ out, base, accept } = {}) {
      const found = await inProcess(clone, async (io) => await validate(io, [], VALIDATE));
      if (found.exit !== 0) return found.exit ?? -1;
      const options = { ...PLAN, base, accept: accept === undefined ? [] : digestsOfOptions([accept]) };
      const planned = await inProcess(clone, async (io) => await plan(io, options));
      if (out !== undefined) await writeFiles(out, { "plan.json": planned.stdout });
      return planned.exit ?? -1;
    },
    async propose(branch, files) {
      await git(clone, "switch", "--quiet", "--create", branch, "main");
      await writeFiles(clone, files);
      await git(clone, "add", "--all");
      await commit("commit", "--quiet", "--message", branch);
    },
    async merge(branch) {
      await git(clone, "switch", "--quiet", "main");
      await commit("merge", "--quiet", "--no-ff", "--message", `Merge ${branch}`, branch);
      await git(clone, "push", "--quiet", "origin", "main");
    },
    published: async () => await git(bare, "rev-parse", "refs/heads/artifacts"),
    artifact: async (path) => await git(bare, "show", `refs/heads/artifacts:${path}`),
  };
}

function ends({ exit, stdout, stderr }: Ran, wanted: number): void {
  assert.is(exit, wanted, stdout + stderr);
}

/** What the plan says accepts it. */
async function digestIn(out: string): Promise<string> {
  return (JSON.parse(await readFile(join(out, "plan.json"), "utf8")) as { digest: string }).digest;
}

/** Those that the script has to work in, besides the one that is called sh here. */
const SHELLS: { name: string; shell: readonly string[] }[] = [];
for (const shell of [["dash"], ["busybox", "sh"], ["bash", "--posix"]]) {
  const [name = ""] = shell;
  if (await isInstalled(name)) SHELLS.push({ name, shell });
  else notRun(`promgen-ci.sh in ${name}`, "not installed");
}

describe("gitops", (it) => {
  it("two changes that are green and cannot both be are caught after the merge, and the old artifacts stay", async () => {
    await withPlace(async ({ ci, judged, propose, merge, published, artifact }) => {
      const before = await published();
      await propose("a", { "targets/a.yml": service("db", "db1.example.com") });
      assert.is(await judged(), 0);
      await propose("b", { "targets/b.yml": service("db", "db2.example.com") });
      assert.is(await judged(), 0);
      await merge("a");
      await merge("b");
      const ran = await ci("publish");
      ends(ran, 1);
      assert.match(ran.stdout + ran.stderr, "topology/duplicate-id");
      assert.is(await published(), before);
      // Somebody mends it, and everything goes on.
      await propose("mend", { "targets/b.yml": service("db-b", "db2.example.com") });
      await merge("mend");
      ends(await ci("publish"), 0);
      assert.match(await artifact("shards/main/targets.json"), "db2.example.com:9100");
    });
  });

  it("a removal of much is held in the check and after the merge, and released by its own digest alone", async () => {
    await withPlace(async ({ ci, judged, propose, merge, published, artifact, directory }) => {
      const before = await published();
      const out = join(directory, "plan");
      const less = { "targets/web.yml": service("web", '"web[01-10].example.com"') };
      await propose("less", less);
      ends(await ci("check", { PROMGEN_OUT: out }), 4);
      const digest = await digestIn(out);
      assert.match(await readFile(join(out, "plan.md"), "utf8"), digest);
      ends(await ci("check", { PROMGEN_ACCEPT: digest }), 0);
      await merge("less");
      ends(await ci("publish"), 4);
      ends(await ci("publish", { PROMGEN_ACCEPT: digest.replace(/.$/, (last) => (last === "0" ? "1" : "0")) }), 4);
      assert.is(await published(), before);

      // One more than what was accepted is not accepted; something else that is merged makes no difference.
      await propose("one-more", { "targets/web.yml": service("web", '"web[01-09].example.com"') });
      assert.is(await judged({ base: "origin/main~1", accept: digest }), 4);
      await propose("other", { "targets/db.yml": service("db", "db1.example.com") });
      await merge("other");
      ends(await ci("publish", { PROMGEN_ACCEPT: digest }), 0);
      assert.not.match(await artifact("shards/main/targets.json"), "web11");
      assert.match(await artifact("shards/main/SHA256SUMS"), /^# promgen-gen 1 .* accepts=\d+$/m);
    });
  });

  it("an accepted removal, told in a commit, passes both checks", async () => {
    await withPlace(async ({ ci, judged, propose, merge, clone, directory }) => {
      const out = join(directory, "plan");
      await propose("less", { "targets/web.yml": service("web", "web01.example.com") });
      assert.is(await judged({ out }), 4);
      const digest = await digestIn(out);
      await git(clone, "commit", "--quiet", "--allow-empty", "-m", "They are gone", "-m", `Promgen-Accept: ${digest}`);
      ends(await ci("check"), 0);
      await merge("less");
      ends(await ci("publish"), 0);
    });
  });

  it("what is published reaches every kind of host, signed, and is held back on none once it was accepted", async () => {
    await withPlace(async ({ ci, judged, propose, merge, directory }) => {
      await writeFiles(directory, { signers: await makeKey(join(directory, "key"), "ci@example.com") });
      /** Pulls with the agent in Node and the script: each must end so, and its host must have, or not have, this target. */
      const pull = async (exit: number, target?: string, isThere = true): Promise<void> => {
        // The script reads directories and web servers alone.
        const artifacts = join(directory, "artifacts");
        await rm(artifacts, { recursive: true, force: true });
        await git(directory, "clone", "--quiet", "--branch", "artifacts", join(directory, "targets.git"), artifacts);
        for (const [index, { name, command }] of AGENTS.slice(0, 2).entries()) {
          const isScript = command.includes(SCRIPT);
          const source = isScript ? `file://${artifacts}` : `git+file://${directory}/targets.git#artifacts`;
          const host = join(directory, `host${index}`);
          await mkdir(host, { recursive: true });
          const places = ["--targets", join(host, "targets.json"), "--state", join(host, "state")];
          const trust = ["--allowed-signers", join(directory, "signers"), "--identity", "ci@example.com"];
          const what = ["sync", "--source", source, "--shard", "main", "--no-proof", ...places, ...trust];
          ends(await run(directory, [...command, ...what]), exit);
          if (target === undefined) continue;
          assert.is((await readFile(join(host, "targets.json"), "utf8")).includes(target), isThere, name);
        }
      };
      // Unsigned, as it is still.
      await pull(5);
      const env = {
        PROMGEN_SIGNING_KEY: await readFile(join(directory, "key"), "utf8"),
        PROMGEN_ALLOWED_SIGNERS: join(directory, "signers"),
        PROMGEN_IDENTITY: "ci@example.com",
      };
      await propose("more", { "targets/db.yml": service("db", "db1.example.com") });
      await merge("more");
      const published = await ci("publish", env);
      ends(published, 0);
      assert.match(published.stdout, /signed by ci@example\.com.*byte for byte/);
      const secret = env.PROMGEN_SIGNING_KEY.split("\n")[2] ?? "";
      assert.ok(secret.length > 30);
      assert.not.match(published.stdout + published.stderr, secret);
      ends(await ci("publish", { ...env, PROMGEN_IDENTITY: "" }), 0);
      ends(await ci("publish", { ...env, PROMGEN_IDENTITY: "somebody@example.com" }), 1);
      await pull(0, "db1.example.com:9100");

      const out = join(directory, "plan");
      await propose("fewer", { "targets/web.yml": service("web", "web01.example.com") });
      assert.is(await judged({ out }), 4);
      await merge("fewer");
      ends(await ci("publish", { ...env, PROMGEN_ACCEPT: await digestIn(out) }), 0);
      await pull(0, "web02", false);
    });
  });

  it("a plan becomes the summary of a job, and a comment", async () => {
    await withPlace(async ({ ci, propose, clone, directory }) => {
      const [out, summary] = [join(directory, "plan"), join(directory, "summary")];
      await propose("more", { "targets/db.yml": service("db", "db1.example.com") });
      ends(await ci("check", { PROMGEN_OUT: out, GITHUB_STEP_SUMMARY: summary }), 0);
      assert.match(await readFile(summary, "utf8"), /^### promgen-gen: \+1 · 20 → 21 targets/);
      await withGitHub(async (github) => {
        const head = await git(clone, "rev-parse", "HEAD");
        github.pulls.push({ number: 7, head });
        const env = { GITHUB_TOKEN: "workflow", GITHUB_REPOSITORY: REPOSITORY, GITHUB_API_URL: github.url };
        const args = ["comment", "--plan", join(out, "plan.json"), "--pr", "7"];
        ends(await runCli(clone, args, env), 0);
        ends(await runCli(clone, args, env), 0);
        assert.is(github.comments.length, 1);
        assert.match(github.comments[0]?.body ?? "", "db1.example.com:9100");
      });
    });
  });

  it("nothing of what is proposed is executed, and no name is taken for anything but a name", async () => {
    await withPlace(async ({ ci, judged, propose, merge, clone, directory }) => {
      const canary = join(directory, "canary");
      const evil = `#!/bin/sh\necho evil >${canary}\n`;
      await propose("more", {
        "node_modules/.bin/promgen-gen": evil,
        "node_modules/promgen-gen/lib/cli.js": evil,
        "package.json": JSON.stringify({ scripts: { preinstall: evil, prepare: evil } }),
        ".npmrc": `node-options=--require ${canary}\n`,
        ".git-hooks/post-checkout": evil,
        "targets/$(touch canary) --output=x.yml": service("db", "db1.example.com"),
      });
      ends(await ci("check", { PROMGEN_BASE: "main" }), 0);
      const out = join(directory, "plan");
      ends(await ci("check", { PROMGEN_BASE: "--output=x", PROMGEN_OUT: out }), 2);
      for (const base of ["$(touch canary)", "main; touch canary"]) await refusalOf(async () => await judged({ base }));
      assert.equal(await readdir(out), []);
      await merge("more");
      ends(await ci("publish"), 0);
      for (const PROMGEN_BRANCH of ["--force", "$(touch canary)"]) ends(await ci("publish", { PROMGEN_BRANCH }), 2);
      for (const place of [directory, clone]) assert.not.ok((await readdir(place)).includes("canary"));
    });
  });

  it("what is published already is not published again; a directory with the name of the branch is not verified in its place", async () => {
    await withPlace(async ({ ci, propose, merge, published, directory }) => {
      const output = join(directory, "output");
      await propose("more", { "artifacts/README": "", "targets/db.yml": service("db", "db1.example.com") });
      await merge("more");
      for (const _ of [1, 2]) ends(await ci("publish", { GITHUB_OUTPUT: output }), 0);
      const commit = await published();
      assert.is(await readFile(output, "utf8"), `commit=${commit}\nchanged=true\ncommit=${commit}\nchanged=false\n`);
    });
  });

  it("what was published is verified where it was published to, whatever the remote origin has", async () => {
    await withPlace(async ({ ci, propose, merge, clone, directory, published }) => {
      const output = join(directory, "output");
      const first = await published();
      // Nothing is new, and the branch is known as that of the remote alone.
      await git(clone, "branch", "--quiet", "-D", "artifacts");
      await git(clone, "fetch", "--quiet");
      ends(await ci("publish", { PROMGEN_REMOTE: "", GITHUB_OUTPUT: output }), 0);
      await propose("more", { "targets/db.yml": service("db", "db1.example.com") });
      await merge("more");
      await git(directory, "clone", "--quiet", "--bare", "targets.git", "backup.git");
      await git(clone, "remote", "add", "backup", join(directory, "backup.git"));
      // To another one, and to none, while origin is away.
      ends(await ci("publish", { PROMGEN_REMOTE: "backup", GITHUB_OUTPUT: output }), 0);
      const second = await git(join(directory, "backup.git"), "rev-parse", "refs/heads/artifacts");
      await git(clone, "remote", "set-url", "origin", join(directory, "away.git"));
      await propose("most", { "targets/api.yml": service("api", "api1.example.com") });
      ends(await ci("publish", { PROMGEN_REMOTE: "", GITHUB_OUTPUT: output }), 0);
      const third = await git(clone, "rev-parse", "refs/heads/artifacts");
      const commits = (await readFile(output, "utf8")).match(/(?<=^commit=).*/gm);
      assert.equal(commits, [first, second, third]);
      assert.is(await published(), first);
      // A name that would not be compared with what the branch has.
      ends(await ci("publish", { PROMGEN_REMOTE: "", PROMGEN_BRANCH: "refs/heads/artifacts" }), 2);
    });
  });

  it("paths begin where the script is run, wherever promgen.yml lies", async () => {
    await withPlace(async ({ directory, propose, clone }) => {
      const moved = Object.fromEntries(Object.entries(INVENTORY).map(([path, text]) => [`inventory/${path}`, text]));
      await propose("moved", moved);
      const signers = await makeKey(join(directory, "key"), "ci@example.com");
      await writeFiles(directory, { signers });
      const env = {
        PROMGEN_DIRECTORY: "clone/inventory",
        PROMGEN_BRANCH: "signed",
        PROMGEN_REMOTE: "",
        PROMGEN_SIGNING_FILE: "key",
        PROMGEN_ALLOWED_SIGNERS: "signers",
        PROMGEN_OUT: "plan",
      };
      ends(await run(directory, [CI, "check"], { ...env, PROMGEN_BASE: "HEAD" }), 0);
      assert.equal((await readdir(join(directory, "plan"))).sort(), ["plan.json", "plan.md"]);
      const ran = await run(directory, [CI, "publish"], env);
      ends(ran, 0);
      assert.match(ran.stdout, "signed by ci@example.com");
      assert.match(await git(clone, "ls-tree", "--name-only", "signed"), "SHA256SUMS.sig");
    });
  });

  it("errors end the check with 1, wrong usage with 2, and leave no plan behind, nor that of an earlier run", async () => {
    await withPlace(async ({ ci, propose, directory }) => {
      const out = join(directory, "plan");
      await propose("good", { "targets/db.yml": service("db", "db1.example.com") });
      ends(await ci("check", { PROMGEN_OUT: out }), 0);
      assert.equal((await readdir(out)).sort(), ["plan.json", "plan.md"]);
      await propose("bad", { "targets/bad.yml": "service: [\n" });
      const ran = await ci("check", { PROMGEN_OUT: out, PROMGEN_FORMAT: "github" });
      ends(ran, 1);
      assert.match(ran.stdout, /^::error file=targets\/bad\.yml,/m);
      assert.equal(await readdir(out), []);
      ends(await ci("deploy"), 2);
      ends(await ci("--help"), 0);
    });
  });

  for (const { name, shell } of SHELLS) {
    it(`asks the program for the same in ${name}, without a remote, whatever words it is given`, async () => {
      await withPlace(async ({ ci, propose, clone, directory }) => {
        await propose("more", { "targets/db.yml": service("db", "db1.example.com") });
        // It writes down its arguments, one in brackets each, and is a plan that is held back, a comment, or a publication.
        const program = `#!/bin/sh
for word; do printf '[%s]' "$word"; done >>'${directory}/calls'
echo >>'${directory}/calls'
case $3 in plan) echo plan; exit 4 ;; comment) echo comment ;; publish) git branch --quiet --force "$6" HEAD ;; esac
`;
        await writeFiles(directory, { "bin/gen": program });
        await chmod(join(directory, "bin/gen"), 0o755);
        const words = { PROMGEN_GEN: join(directory, "bin/gen"), PROMGEN_ACCEPT: "$(touch canary) *" };
        const out = join(directory, "the plan");
        const checked = { ...words, PROMGEN_BASE: "main; touch canary", PROMGEN_OUT: out };
        ends(await ci("check", checked, shell), 4);
        assert.equal(await readFiles(out), { "plan.json": "plan\n", "plan.md": "comment\n" });
        const output = join(directory, "output");
        const published = {
          ...words,
          PROMGEN_REMOTE: "",
          PROMGEN_BRANCH: "other",
          PROMGEN_SIGNING_FILE: "a key",
          PROMGEN_ALLOWED_SIGNERS: "/the signers",
          PROMGEN_IDENTITY: "$(touch canary)",
          GITHUB_OUTPUT: output,
        };
        for (const _ of [1, 2]) ends(await ci("publish", published, shell), 0);
        const head = await git(clone, "rev-parse", "HEAD");
        assert.is(await readFile(output, "utf8"), `commit=${head}\nchanged=true\ncommit=${head}\nchanged=false\n`);
        const asked = ["[--base][main; touch canary]", "[--accept][$(touch canary) *]"].join("");
        assert.equal((await readFile(join(directory, "calls"), "utf8")).trimEnd().split("\n"), [
          "[-C][.][validate][--format][text]",
          `[-C][.][plan]${asked}[--format][json]`,
          `[-C][.][comment][--dry-run][--plan][${out}/plan.json]`,
          `[-C][.][plan]${asked}`,
          ...[1, 2].flatMap(() => [
            `[-C][.][publish][branch][--branch][other][--accept][$(touch canary) *][--sign][${clone}/a key]`,
            `[-C][.][verify][branch:${head}][--rebuild][--allowed-signers][/the signers][--identity][$(touch canary)]`,
          ]),
        ]);
        for (const place of [directory, clone]) assert.not.ok((await readdir(place)).includes("canary"));
      });
    });
  }
});
