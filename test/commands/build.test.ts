import { existsSync, lstatSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import type { BuildOptions } from "../../src/commands/build.ts";
import { EXIT } from "../../src/exit.ts";
import { describe } from "../describe.ts";
import { refusalOf } from "../refusal.ts";
import { run as runProgram } from "../workplace.ts";
import type { Files } from "../workplace.ts";
import type { Outcome } from "./fake-io.ts";
import { CLEAN, MIXED, refusal, runOver } from "./fake-io.ts";

type Group = { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> };

async function run(files: Files, options: Partial<BuildOptions> = {}): Promise<Outcome> {
  return await runOver(files, (io) => build(io, { stdout: false, verbose: false, ...options }));
}

async function refused(options: Partial<BuildOptions>, files: Files = CLEAN): Promise<string> {
  const { message, hint = "" } = await refusal(files, (io) => build(io, { stdout: false, verbose: false, ...options }));
  return `${message}\n${hint}`;
}

/** A second shard, and a project in both. */
const TWO = {
  ...CLEAN,
  "targets/osaka.yml": "shard: osaka-a\nservers: [prom2.example.com]\n",
  "targets/both.yml":
    "service: both\nprojects:\n  - { name: both-api, shard: [tokyo-a, osaka-a], hosts: [b1.example.com], exporters: [node] }\n",
};

const { "targets/error.yml": _error, ...WARNINGS } = MIXED;

describe("build", (it) => {
  it("renders every shard to dist, and says how much", async () => {
    const { exit, stdout, stderr, files } = await run(CLEAN);
    assert.is(exit, EXIT.ok);
    assert.is(stdout, "");
    assert.is(stderr, "rendered 2 targets and 0 probe targets of 1 shard to dist/ · generation 0 · 0.0 s\n");
    assert.equal(
      Object.keys(files)
        .filter((path) => path.startsWith("dist/"))
        .sort(),
      [
        "dist/SHA256SUMS",
        "dist/manifest.json",
        "dist/shards/tokyo-a/SHA256SUMS",
        "dist/shards/tokyo-a/scrape-config.yml",
        "dist/shards/tokyo-a/targets.json",
        "dist/shards/tokyo-a/urls.json",
        "dist/targets.json",
        "dist/urls.json",
      ],
    );
  });

  it("--out is another directory, and dist is not touched", async () => {
    const { exit, stderr, files } = await run({ ...CLEAN, "dist/mine.txt": "x" }, { out: "a/b" });
    assert.is(exit, EXIT.ok);
    assert.match(stderr, " to a/b/ · ");
    assert.ok("a/b/manifest.json" in files);
    assert.is(files["dist/mine.txt"], "x");
  });

  it("replaces what an earlier build wrote, as a whole", async () => {
    const outcome = await runOver(TWO, async (io) => {
      const options = { stdout: false, verbose: false };
      await build(io, options);
      rmSync(join(io.cwd, "targets/osaka.yml"));
      rmSync(join(io.cwd, "targets/both.yml"));
      return await build(io, options);
    });
    assert.is(outcome.exit, EXIT.ok);
    assert.not.ok("dist/shards/osaka-a/targets.json" in outcome.files);
  });

  it("refuses to replace a directory that holds something else", async () => {
    await refused({}, { ...CLEAN, "dist/mine.txt": "x" });
    await refused({ out: "targets" });
    await refused({ out: "." });
  });

  it("writes nothing where there are errors, and says so after them", async () => {
    for (const options of [{}, { out: "x" }, { shard: "tokyo-a", out: "x.json" }, { shard: "tokyo-a", stdout: true }]) {
      const { exit, stdout, stderr, files } = await run(MIXED, options);
      assert.is(exit, EXIT.findings);
      assert.is(stdout, "");
      assert.match(stderr, /error\[schema\/unknown-key\][^]*\nnothing was written: mend the errors first\n$/);
      assert.equal(Object.keys(files).sort(), Object.keys(MIXED).sort());
    }
    const before = { ...MIXED, "x.json": "old" };
    assert.is((await run(before, { shard: "tokyo-a", out: "x.json" })).files["x.json"], "old");
  });

  it("warnings go to standard error, and do not keep it from rendering", async () => {
    const { exit, stdout, stderr, files } = await run(WARNINGS);
    assert.is(exit, EXIT.ok);
    assert.is(stdout, "");
    assert.match(stderr, /warning\[address\/non-canonical\][^]*rendered 3 targets/);
    assert.not.match(stderr, "info[");
    assert.ok("dist/manifest.json" in files);
    assert.match((await run(WARNINGS, { verbose: true })).stderr, "info[topology/empty-project]");
  });

  it("--stdout prints one artifact and nothing else: the bytes of the file", async () => {
    const { files } = await run({
      ...TWO,
      "promgen.yml": `artifacts: [all, services, projects]\n${TWO["promgen.yml"]}`,
    });
    for (const [options, path] of [
      [{ shard: "osaka-a" }, "dist/shards/osaka-a/targets.json"],
      [{ service: "web" }, "dist/services/web/targets.json"],
      [{ project: "both-api" }, "dist/projects/both-api/targets.json"],
    ] as const) {
      const { exit, stdout, stderr, files: after } = await run(TWO, { ...options, stdout: true });
      assert.is(exit, EXIT.ok);
      assert.is(stdout, files[path], path);
      assert.is(stderr, "");
      assert.equal(Object.keys(after).sort(), Object.keys(TWO).sort());
    }
  });

  it("--out with one artifact is a file", async () => {
    const { exit, stdout, files } = await run(
      { ...TWO, "out/x.json": "[]" },
      { project: "both-api", out: "out/x.json" },
    );
    assert.is(exit, EXIT.ok);
    assert.is(stdout, "");
    const groups = JSON.parse(files["out/x.json"] ?? "") as Group[];
    assert.equal(groups.map(({ targets, labels }) => `${targets.join()} ${labels["__shard"]}`).sort(), [
      "b1.example.com:9100 osaka-a",
      "b1.example.com:9100 tokyo-a",
    ]);
    assert.equal(
      Object.keys(files).filter((path) => path.startsWith("out/")),
      ["out/x.json"],
    );
    assert.ok("new/dir/x.json" in (await run(TWO, { shard: "tokyo-a", out: "new/dir/x.json" })).files);
  });

  it("refuses options that do not go together, before it reads anything", async () => {
    const broken = { "targets/a.yml": "[" };
    assert.match(await refused({ shard: "a", project: "b", stdout: true }, broken), "exclude one another");
    assert.match(await refused({ stdout: true }, broken), "add --shard, --service or --project");
    assert.match(await refused({ service: "web" }, broken), "add either --stdout or --out <file>");
    assert.match(
      await refused({ service: "web", stdout: true, out: "x" }, broken),
      "add either --stdout or --out <file>",
    );
  });

  it("refuses what does not exist, and says what was meant", async () => {
    assert.match(
      await refused({ shard: "tokyo-b", stdout: true }),
      'there is no shard "tokyo-b"\ndid you mean `tokyo-a`?',
    );
    assert.match(await refused({ service: "wbe", stdout: true }), 'there is no service "wbe"\ndid you mean `web`?');
    assert.match(await refused({ project: "xyzzy", out: "x" }), 'there is no project "xyzzy"\nknown are `web-front`');
  });

  it("refuses a file that cannot be written, and leaves nothing behind", async () => {
    const outcome = await runOver({ ...CLEAN, file: "x" }, async (io) => {
      for (const out of ["file/x.json", "targets"]) {
        const { message } = await refusalOf(() => build(io, { stdout: false, verbose: false, shard: "tokyo-a", out }));
        assert.match(message, /^cannot write /);
      }
      return 0;
    });
    assert.equal(Object.keys(outcome.files).sort(), [...Object.keys(CLEAN), "file"].sort());
  });

  it("one artifact never takes the place of what is none", async () => {
    const before = {
      ...TWO,
      ".git/config": "[core]\n",
      "shared/more.yml": "# nothing yet\n",
      "notes.json": '{"targets":[]}\n',
      "groups.json": '[{"labels":{}}]\n',
      "numbers.json": '[{"targets":3}]\n',
      "notes.txt": "nothing that anybody could parse\n",
      "empty.json": "",
      "none.json": "[]\n",
      // As another build calls what it is writing.
      ".none.json.promgen-gen-new": "somebody's\n",
    };
    const { files } = await runOver(before, async (io) => {
      symlinkSync("../shared", join(io.cwd, "targets/shared"));
      symlinkSync("promgen.yml", join(io.cwd, "link.json"));
      symlinkSync("targets/new.yml", join(io.cwd, "dangling.json"));
      symlinkSync("later/x.json", join(io.cwd, "ahead.json"));
      await runProgram(io.cwd, ["mkfifo", "pipe"]);
      const options = { stdout: false, verbose: false, shard: "tokyo-a" };
      const wrong = {
        "targets/web.yml": /lies in the inventory/,
        "targets/new.json": /lies in the inventory/,
        "shared/new.yml": /lies in the inventory/,
        "dangling.json": /lies in the inventory/,
        "promgen.yml": /is the inventory's promgen\.yml/,
        "link.json": /is the inventory's promgen\.yml/,
        ".git/config": /lies in Git's own directory/,
        ".git/new": /lies in Git's own directory/,
        ".git": /is a directory/,
        targets: /is a directory/,
        pipe: /is no regular file/,
        "/dev/null": /is no regular file/,
        "notes.json": /holds something that is not an artifact/,
        "groups.json": /holds something that is not an artifact/,
        "numbers.json": /holds something that is not an artifact/,
        "notes.txt": /holds something that is not an artifact/,
        "-": /^--out - names no place/,
      };
      for (const [out, words] of Object.entries(wrong)) {
        const { message, hint } = await refusalOf(() => build(io, { ...options, out }));
        assert.match(message, words, out);
        assert.ok(hint, out);
      }
      rmSync(join(io.cwd, "pipe"));
      for (const out of ["empty.json", "none.json", "ahead.json", "ahead.json"]) await build(io, { ...options, out });
      assert.ok(lstatSync(join(io.cwd, "ahead.json")).isSymbolicLink());
      for (const link of ["targets/shared", "link.json", "dangling.json", "ahead.json"]) rmSync(join(io.cwd, link));
      return 0;
    });
    for (const name of ["empty.json", "none.json", "later/x.json"])
      assert.match(files[name] ?? "", "web1.example.com:9100");
    const rest = Object.entries(files).filter(([name]) => !/^(?:empty\.json|none\.json|later\/.*)$/.test(name));
    const { "empty.json": _empty, "none.json": _none, ...untouched } = before;
    assert.equal(Object.fromEntries(rest), untouched);
  });

  it("says where nothing can be made, and ends", async () => {
    // Linux says of a new name there that its directory is missing.
    if (!existsSync("/proc/self")) return;
    for (const options of [{ out: "/proc/x/y" }, { out: "/proc/x/y", shard: "tokyo-a" }])
      assert.match(await refused(options), "cannot make /proc/x: ENOENT\nnothing can be made in that place");
  });

  it("colours follow standard error", async () => {
    const { stderr } = await runOver(WARNINGS, (io) => build(io, { stdout: false, verbose: false }), {
      isTerminal: true,
    });
    assert.match(stderr, "\u001b[");
  });
});
