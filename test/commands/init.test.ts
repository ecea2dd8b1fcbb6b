import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import picomatch from "picomatch";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { build } from "../../src/commands/build.ts";
import { init } from "../../src/commands/init.ts";
import type { InitOptions } from "../../src/commands/init.ts";
import { validate } from "../../src/commands/validate.ts";
import { webAddress } from "../../src/source/git-checkout.ts";
import { describe } from "../describe.ts";
import { refusalWords } from "../refusal.ts";
import { git, inProcess, readFiles, withDirectory, writeFiles } from "../workplace.ts";
import type { Files, Ran } from "../workplace.ts";

const ACTIONS = `acme/promgen-gen@${"a".repeat(40)}`;
const MADE = [
  ".gitattributes",
  ".github/CODEOWNERS",
  ".github/workflows/targets-check.yml",
  ".github/workflows/targets-comment.yml",
  ".github/workflows/targets-publish.yml",
  ".gitignore",
  ".vscode/settings.json",
  "promgen.yml",
  "targets/farms/web.yml",
  "targets/services/example.yml",
  "targets/shards/main.yml",
];

async function run(directory: string, options: InitOptions = {}): Promise<Ran> {
  return await inProcess(directory, (io) => init(io, options));
}

/** What a directory with these files has afterwards, outside of `.git`. */
async function after(files: Files, options: InitOptions = {}): Promise<Record<string, string>> {
  return await withDirectory(files, async (directory) => {
    await run(directory, options);
    return await readFiles(directory);
  });
}

describe("init", (it) => {
  it("makes an inventory without findings, infos included, that renders", async () => {
    await withDirectory({}, async (directory) => {
      const { exit, stdout } = await run(directory);
      assert.is(exit, 0);
      assert.equal(Object.keys(await readFiles(directory)).sort(), MADE);
      for (const path of MADE) assert.match(stdout, `  ${path}\n`);
      const options = { format: "text", failOn: "info", verbose: true } as const;
      const checked = await inProcess(directory, (io) => validate(io, [], options));
      assert.is(checked.exit, 0, checked.stdout);
      assert.match(checked.stdout, /^no findings in 4 files · 9 targets · 1 shard/);
      const built = await inProcess(directory, (io) => build(io, { stdout: false, verbose: true }));
      assert.is(built.exit, 0, built.stderr);
    });
  });

  it("never touches what is there, and says so", async () => {
    const mine = { "promgen.yml": "labels: { a: b }\n", ".gitignore": "mine\n", ".github/CODEOWNERS": "* @me\n" };
    await withDirectory(mine, async (directory) => {
      const first = await run(directory);
      assert.match(first.stdout, /left as they are:\n {2}promgen\.yml\n {2}\.gitignore\n {2}\.github\/CODEOWNERS\n/);
      const files = await readFiles(directory);
      for (const [path, content] of Object.entries(mine)) assert.is(files[path], content);
      const second = await run(directory, { actions: ACTIONS });
      assert.match(second.stdout, /^nothing is missing in \.\n/);
      assert.equal(await readFiles(directory), files);
    });
  });

  it("makes nothing beside settings that cannot be read: the inventory may be anywhere", async () => {
    for (const [name, text] of [
      ["promgen.yml", "inventory: inv\nlabels: [\n"],
      ["promgen.yml", "inventroy: inv\n"],
      ["promgen.yaml", "inventory: inv\n"],
    ] as const) {
      const files = { [name]: text, "inv/a.yml": "service: a\nowner: team-a\n" };
      await withDirectory(files, async (directory) => {
        assert.match(await refusalWords(() => run(directory)), new RegExp(`nothing was made: ${name} has a mistake`));
        assert.equal(await readFiles(directory), files);
      });
    }
  });

  it("adds no example to an inventory, also where that has mistakes or is elsewhere", async () => {
    const one = await after({ "targets/mine.yml": "service: [\n" });
    assert.not.ok("targets/shards/main.yml" in one);
    assert.ok(".vscode/settings.json" in one);
    const other = await after({ "promgen.yml": "inventory: hosts\n", "hosts/a.yml": "shard: a\nservers: [p1]\n" });
    assert.equal(
      Object.keys(other).filter((path) => path.startsWith("targets/")),
      [],
    );
  });

  it("makes the directory that --dir names", async () => {
    await withDirectory({}, async (directory) => {
      const { stdout } = await run(directory, { directory: "new/place" });
      assert.match(stdout, /^made in new\/place:\n/);
      assert.equal(Object.keys(await readFiles(join(directory, "new/place"))).sort(), MADE);
    });
  });

  it("in a part of a repository puts at its root what GitHub looks for there", async () => {
    await withDirectory({}, async (directory) => {
      await git(directory, "init", "--quiet");
      await mkdir(join(directory, "monitoring"));
      const { stdout } = await run(join(directory, "monitoring"), { actions: ACTIONS });
      assert.match(stdout, /^made in \.:\n {2}promgen\.yml\n[^]*\n {2}\.\.\/\.github\/CODEOWNERS\n/);
      assert.match(stdout, "protect the branch");
      const files = await readFiles(directory);
      assert.ok("monitoring/promgen.yml" in files);
      assert.not.ok(Object.keys(files).some((path) => path.startsWith("monitoring/.github")));
      assert.match(files[".github/CODEOWNERS"] ?? "", "/monitoring/targets/services/example.yml");
      for (const path of MADE.filter((name) => name.includes("workflows")))
        assert.match(files[path] ?? "", '      directory: "monitoring"\n', path);
    });
  });

  it("names a directory so that GitHub calculates nothing of its name", async () => {
    await withDirectory({}, async (directory) => {
      await git(directory, "init", "--quiet");
      await mkdir(join(directory, "a${{ b }}"));
      await run(join(directory, "a${{ b }}"), { actions: ACTIONS });
      const files = await readFiles(directory);
      for (const path of MADE.filter((name) => name.includes("workflows")))
        assert.match(files[path] ?? "", `      directory: "a\${{ '\${{' }} b }}"\n`, path);
    });
  });

  it("says what files that are there lack, where it begins another inventory of a repository", async () => {
    await withDirectory({ "two/targets/b c.yml": "service: b\nowner: '@ann'\n" }, async (directory) => {
      await git(directory, "init", "--quiet");
      assert.not.match((await run(directory, { directory: "one", actions: ACTIONS })).stdout, "by hand");
      const lacking = async (where: string): Promise<string[]> => {
        const { stdout } = await run(directory, { directory: where, actions: ACTIONS });
        const lines = stdout.split("\n");
        const start = lines.indexOf("to be done by hand:");
        return start < 0
          ? []
          : lines.slice(
              start + 1,
              lines.findIndex((line, at) => at > start && !line.startsWith(" ")),
            );
      };
      const job = (name: string, apart: string): string =>
        `  ../.github/workflows/${name}.yml: a job like the one that is there, with \`directory: "two"\` and a \`${apart}:\` of its own`;
      const jobs = [job("targets-check", "key"), job("targets-comment", "key"), job("targets-publish", "branch")];
      assert.equal(await lacking("two"), [String.raw`  ../.github/CODEOWNERS: /two/targets/b\ c.yml @ann`, ...jobs]);
      assert.equal(await lacking("one"), []);
      // Once somebody did it, nothing is.
      const files = await readFiles(directory);
      await writeFiles(directory, {
        ".github/CODEOWNERS": `${files[".github/CODEOWNERS"]}${String.raw`/two/targets/b\ c.yml @somebody`}\n`,
        ...Object.fromEntries(
          ["check", "comment", "publish"].map((name) => {
            const path = `.github/workflows/targets-${name}.yml`;
            return [path, `${files[path]}\n  two:\n    with:\n      directory: ./two/ # the other one\n`];
          }),
        ),
      });
      assert.equal(await lacking("two"), []);
      const root = await lacking(".");
      assert.is(root.length, 3);
      assert.match(
        root[0] ?? "",
        "targets-check.yml: a job like the one that is there, without `directory:` and a `key:`",
      );
    });
  });

  it("says what the disk refuses, and a file where a directory has to be", async () => {
    assert.match(
      await refusalWords(() => after({ ".github": "a file" })),
      /\.github: a file is where a directory has to be/,
    );
    assert.match(await refusalWords(() => after({ x: "a file" }, { directory: "x" })), /cannot make .*\/x: EEXIST/);
    if (existsSync("/proc/self"))
      assert.match(await refusalWords(() => after({}, { directory: "/proc/x/y" })), /cannot make \/proc\/x\/y: ENOENT/);
  });
});

describe("init: workflows", (it) => {
  const read = (files: Record<string, string>, name: string): Record<string, unknown> =>
    parse(files[`.github/workflows/${name}.yml`] ?? "") as Record<string, unknown>;

  it("call those of --actions, by its commit", async () => {
    const files = await after({}, { actions: ACTIONS });
    for (const [name, called] of [
      ["targets-check", "targets-pull-request"],
      ["targets-comment", "targets-comment"],
      ["targets-publish", "targets-publish"],
    ] as const) {
      const jobs = read(files, name)["jobs"] as Record<string, { uses: string }>;
      assert.equal(
        Object.values(jobs).map(({ uses }) => uses),
        [`acme/promgen-gen/.github/workflows/${called}.yml@${"a".repeat(40)}`],
      );
      // What is called is there.
      await readFile(new URL(`../../.github/workflows/${called}.yml`, import.meta.url));
    }
  });

  it("without --actions have a name that cannot be anybody's, and the next steps say so", async () => {
    await withDirectory({}, async (directory) => {
      const { stdout } = await run(directory);
      const files = await readFiles(directory);
      assert.match(files[".github/workflows/targets-check.yml"] ?? "", /uses: <owner>\/promgen-gen\/.*@<commit>\n/);
      assert.match(stdout, /in the place of <owner>/);
      assert.not.match((await run(directory, { directory: "b", actions: ACTIONS })).stdout, "<owner>");
    });
  });

  it("that are there and call another copy, or none yet, are named, and left as they are", async () => {
    await withDirectory({}, async (directory) => {
      await run(directory);
      const made = await readFiles(directory);
      const byHand = async (options: InitOptions): Promise<string[]> =>
        (await run(directory, options)).stdout
          .split("\n")
          .filter((line) => line.startsWith("  .github/") && line.includes(": "));
      const names = ["check", "comment", "publish"].map((name) => `  .github/workflows/targets-${name}.yml`);
      const unnamed = "<owner>/promgen-gen@<commit>";
      const copy = "your organisation's copy of promgen-gen, by a commit that you trust,";
      assert.equal(
        await byHand({}),
        names.map((name) => `${name}: call ${copy} in the place of ${unnamed}`),
      );
      assert.equal(
        await byHand({ actions: ACTIONS }),
        names.map((name) => `${name}: call ${ACTIONS} in the place of ${unnamed}`),
      );
      assert.equal(await readFiles(directory), made);

      const publish = ".github/workflows/targets-publish.yml";
      const old = `acme/promgen-gen@${"b".repeat(40)}`;
      const call = (text: string, other: string): string =>
        text.replaceAll("<owner>", "acme").replaceAll("<commit>", other);
      for (const name of names)
        await writeFiles(directory, { [name.trim()]: call(made[name.trim()] ?? "", "a".repeat(40)) });
      assert.equal(await byHand({ actions: ACTIONS }), []);
      await writeFiles(directory, { [publish]: call(made[publish] ?? "", "b".repeat(40)) });
      assert.equal(await byHand({ actions: ACTIONS }), [`  ${publish}: call ${ACTIONS} in the place of ${old}`]);
      assert.equal(await byHand({}), []);
    });
  });

  it("what others can move is refused as --actions", async () => {
    for (const actions of [
      "acme/promgen-gen@main",
      "acme/promgen-gen",
      "acme/x@abc1234",
      `a b/c@${"a".repeat(40)}`,
      "",
    ])
      assert.match(await refusalWords(() => after({}, { actions })), /does not name a commit/, actions);
  });

  it("jobs that are not wanted yet are right once they are: pages and attestation", async () => {
    const files = await after({}, { actions: ACTIONS });
    const text = (files[".github/workflows/targets-publish.yml"] ?? "").replace(/^ {2}# (?! ?[A-Z])/gm, "  ");
    const { jobs } = parse(text) as { jobs: Record<string, { uses: string; needs?: string; permissions: unknown }> };
    assert.equal(Object.keys(jobs), ["publish", "pages", "attest"]);
    assert.is(jobs["pages"]?.needs, "publish");
    assert.match(jobs["attest"]?.uses ?? "", /targets-attest\.yml@a{40}$/);
  });

  it("publish the default branch: as the remote says, or main, or master, or the one that is checked out", async () => {
    const branchOf = async (...commands: string[][]): Promise<unknown> =>
      await withDirectory({}, async (directory) => {
        await git(directory, "init", "--quiet");
        for (const command of commands) await git(directory, ...command);
        await run(directory);
        const { on } = read(await readFiles(directory), "targets-publish") as { on: { push: { branches: string[] } } };
        return on.push.branches[0];
      });
    const commit = ["commit", "--quiet", "--allow-empty", "--message", "a"];
    assert.is(await branchOf(), "main");
    assert.is(await branchOf(["checkout", "--quiet", "-b", "trunk"]), "trunk");
    assert.is(await branchOf(commit, ["branch", "-m", "master"], ["checkout", "--quiet", "-b", "feature"]), "master");
    // What is a pattern to GitHub is a character of this name.
    assert.is(await branchOf(["checkout", "--quiet", "-b", "!c++"]), String.raw`\!c\+\+`);
    const remote = ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release/1"];
    assert.is(await branchOf(commit, ["update-ref", "refs/remotes/origin/release/1", "HEAD"], remote), "release/1");
  });
});

describe("init: CODEOWNERS", (it) => {
  const owned = (name: string, owner: string): string => `service: ${name}\nowner: ${JSON.stringify(owner)}\n`;

  it("has the owner of each service, for all of its files", async () => {
    const files = {
      "targets/a.yml": "service: a\nowner: team-a\n---\nservice: b\nowner: '@kei'\n",
      "targets/more.yml": "service: a\n",
      "targets/c d.yml": "service: c\nowner: c@example.com\n",
      "targets/none.yml": "service: none\n",
    };
    await withDirectory(files, async (directory) => {
      await git(directory, "init", "--quiet");
      await git(directory, "remote", "add", "origin", "git@github.com:acme/targets.git");
      await run(directory);
      const text = await readFile(join(directory, ".github/CODEOWNERS"), "utf8");
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      assert.equal(lines, [
        "/targets/a.yml @acme/team-a @kei",
        String.raw`/targets/c\ d.yml c@example.com`,
        "/targets/more.yml @acme/team-a",
      ]);
      assert.match(
        await readFile(join(directory, "promgen.yml"), "utf8"),
        'repository: "https://github.com/acme/targets"\n',
      );
    });
  });

  it("says as a comment what it cannot say", async () => {
    const files = {
      "targets/a.yml": owned("a", "team-a"),
      "targets/b[1].yml": owned("b", "@kei"),
      "targets/c.yml": owned("c", "@kei\n* @mallory"),
      "targets/d\n/x @mallory.yml": owned("d", "@kei"),
      "targets/e?.yml": owned("e", "@kei"),
      "targets/f#.yml": owned("f", "@kei"),
      "targets/g\u2028.yml": owned("g", "@kei"),
    };
    const text = (await after(files))[".github/CODEOWNERS"] ?? "";
    assert.equal(
      text.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
      [],
    );
    assert.match(text, "# /targets/a.yml team-a (write a team as @organisation/team)");
    assert.match(text, "# /targets/b[1].yml @kei (a path that CODEOWNERS cannot have)");
  });

  it("is not made beside one in another place", async () => {
    const files = await after({ "docs/CODEOWNERS": "* @me\n" });
    assert.not.ok(".github/CODEOWNERS" in files);
  });

  it("is not made where a file cannot be read, which is said, and is made once it can", async () => {
    const files = { "targets/a.yml": owned("a", "@kei"), "targets/b.yml": `${owned("b", "@ann")}projects: [\n` };
    await withDirectory(files, async (directory) => {
      const { exit, stdout } = await run(directory);
      assert.is(exit, 0);
      assert.match(
        stdout,
        "to be done by hand:\n  .github/CODEOWNERS: it was not made, as targets/b.yml cannot be read in full",
      );
      assert.not.ok(".github/CODEOWNERS" in (await readFiles(directory)));
      await writeFiles(directory, { "targets/b.yml": owned("b", "@ann") });
      const again = await run(directory, { actions: ACTIONS });
      assert.not.match(again.stdout, "CODEOWNERS: ");
      assert.match((await readFiles(directory))[".github/CODEOWNERS"] ?? "", "\n/targets/b.yml @ann\n");
      await writeFiles(directory, { "targets/b.yml": `${owned("b", "@ann")}projects: [\n` });
      assert.match(
        (await run(directory)).stdout,
        "  .github/CODEOWNERS: whatever it lacks, which is not known: targets/b.yml",
      );
    });
  });
});

describe("init: the address of the repository", (it) => {
  it("is that of its web page, without credentials", () => {
    for (const [remote, address] of [
      ["https://github.com/acme/targets.git", "https://github.com/acme/targets"],
      ["https://kei:secret@github.com/acme/targets", "https://github.com/acme/targets"],
      ["git@github.com:acme/targets.git", "https://github.com/acme/targets"],
      ["ssh://git@git.example.com:2222/group/sub/targets.git/", "https://git.example.com/group/sub/targets"],
      ["/srv/git/targets.git", undefined],
      ["file:///srv/git/targets.git", undefined],
      ["../targets", undefined],
      ["https://github.com/acme/tar gets\n", undefined],
      ["ext::sh -c evil", undefined],
    ] as const)
      assert.is(webAddress(remote), address, remote);
  });
});

describe("init: editors", (it) => {
  const associations = async (files: Files): Promise<[schema: string, fits: (path: string) => boolean][]> => {
    const text = (await after(files))[".vscode/settings.json"] ?? "";
    const settings = JSON.parse(text) as { "yaml.schemas": Record<string, string | string[]> };
    return Object.entries(settings["yaml.schemas"]).map(([path, globs]) => {
      // As yaml-language-server reads them.
      const all = [globs].flat();
      const matcher = (some: readonly string[]): ((path: string) => boolean) =>
        picomatch(some.map((glob) => `**/${glob.replace(/^!/, "")}`));
      const [fits, isOut] = [
        matcher(all.filter((glob) => !glob.startsWith("!"))),
        matcher(all.filter((glob) => glob.startsWith("!"))),
      ];
      return [path, (file) => fits(file) && !isOut(file)];
    });
  };
  const schemaOf = async (files: Files, path: string): Promise<string[]> =>
    (await associations(files)).filter(([, fits]) => fits(path)).map(([schema]) => basename(schema, ".schema.json"));

  it("get a schema by where the package has it", async () => {
    for (const [path] of await associations({})) {
      const name = /^\.\/node_modules\/promgen-gen\/(schema\/\w+\.schema\.json)$/.exec(path)?.[1];
      await readFile(new URL(`../../${name}`, import.meta.url));
    }
  });

  it("get one for every file, however the inventory is cut into files, and wherever it is", async () => {
    assert.equal(await schemaOf({}, "promgen.yml"), ["promgen"]);
    for (const file of ["targets/tokyo-a.yml", "targets/services/a/b.yaml"])
      assert.equal(await schemaOf({}, file), ["document"], file);
    assert.equal(await schemaOf({}, "other/a.yml"), []);
    for (const inventory of ["inv", "./inv/"])
      assert.equal(
        await schemaOf({ "promgen.yml": `inventory: ${inventory}\n` }, "inv/a.yml"),
        ["document"],
        inventory,
      );
    const whole = { "promgen.yml": "inventory: .\n" };
    assert.equal(await schemaOf(whole, "a.yml"), ["document"]);
    assert.equal(await schemaOf(whole, "promgen.yml"), ["promgen"]);
  });
});
