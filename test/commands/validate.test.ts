import * as assert from "uvu/assert";
import { validate } from "../../src/commands/validate.ts";
import type { ValidateOptions } from "../../src/commands/validate.ts";
import { EXIT } from "../../src/exit.ts";
import { describe } from "../describe.ts";
import { git, runCli, withDirectory } from "../workplace.ts";
import type { Files } from "../workplace.ts";
import type { Circumstances, Outcome } from "./fake-io.ts";
import { CLEAN, MIXED, refusal, runOver } from "./fake-io.ts";

const PLAIN: ValidateOptions = { format: "text", failOn: "error", verbose: false };

interface Report {
  readonly findings: readonly { readonly rule: string; readonly severity: string }[];
  readonly summary: { readonly elsewhere: number };
}

async function run(
  files: Files,
  paths: readonly string[] = [],
  options: Partial<ValidateOptions> = {},
  circumstances: Circumstances = {},
): Promise<Outcome> {
  return await runOver(files, (io) => validate(io, paths, { ...PLAIN, ...options }), circumstances);
}

/** The rules that `--format json` reports, and how many findings there are elsewhere. */
async function rules(files: Files, paths: readonly string[] = []): Promise<string[]> {
  const { stdout } = await run(files, paths, { format: "json" });
  const { findings, summary } = JSON.parse(stdout) as Report;
  return [...findings.map(({ rule }) => rule).sort(), `${summary.elsewhere} elsewhere`];
}

describe("validate", (it) => {
  it("is quiet about a clean inventory, and writes nothing", async () => {
    const { exit, stdout, stderr, files } = await run(CLEAN);
    assert.is(exit, EXIT.ok);
    assert.is(stdout, "no findings in 3 files · 2 targets · 1 shard · 0.0 s\n");
    assert.is(stderr, "");
    assert.equal(Object.keys(files).sort(), Object.keys(CLEAN).sort());
  });

  it("reports the findings of all rooms in one run", async () => {
    const all = await rules({ ...MIXED, "targets/broken.yml": "service: [\n" });
    for (const rule of ["schema/unknown-key", "address/non-canonical", "yaml/syntax"])
      assert.ok(all.includes(rule), `${rule} in ${all.join(" ")}`);
    assert.equal(await rules(MIXED), [
      "address/non-canonical",
      "schema/unknown-key",
      "topology/empty-project",
      "0 elsewhere",
    ]);
  });

  it("--fail-on decides from which severity on the exit code is 1", async () => {
    const { "targets/error.yml": _error, ...warnings } = MIXED;
    const { "targets/sub/warning.yml": _warning, ...infos } = warnings;
    const exits = async (files: Files): Promise<number[]> =>
      await Promise.all(
        (["error", "warning", "info", "never"] as const).map(async (failOn) => (await run(files, [], { failOn })).exit),
      );
    assert.equal(await exits(MIXED), [1, 1, 1, 0]);
    assert.equal(await exits(warnings), [0, 1, 1, 0]);
    assert.equal(await exits(infos), [0, 0, 1, 0]);
    assert.equal(await exits(CLEAN), [0, 0, 0, 0]);
  });

  it("--verbose shows infos", async () => {
    assert.not.match((await run(MIXED)).stdout, "info[");
    assert.match((await run(MIXED, [], { verbose: true })).stdout, "info[topology/empty-project]");
  });

  it("--format decides how findings are printed, and not whether they count", async () => {
    const begin = { text: "error[", json: "{", github: "::", sarif: "{", junit: "<?xml" };
    for (const [format, text] of Object.entries(begin) as [ValidateOptions["format"], string][]) {
      const { exit, stdout } = await run(MIXED, [], { format });
      assert.is(exit, EXIT.findings, format);
      assert.ok(stdout.startsWith(text), `${format}: ${stdout.slice(0, 40)}`);
      assert.match(stdout, "schema/unknown-key", format);
      assert.is((await run(CLEAN, [], { format })).exit, EXIT.ok, format);
    }
    const sarif = await run(MIXED, [], { format: "sarif" });
    // The pages of the rules are read for it.
    assert.match(sarif.stdout, "A key that does not exist at this place");
  });

  it("paths choose the findings that are printed and judged, and the others are counted", async () => {
    assert.equal(await rules(MIXED, ["targets/sub"]), [
      "address/non-canonical",
      "topology/empty-project",
      "1 elsewhere",
    ]);
    assert.equal(await rules(MIXED, ["targets/sub/info.yml", "targets/error.yml"]), [
      "schema/unknown-key",
      "topology/empty-project",
      "1 elsewhere",
    ]);
    for (const path of ["./targets/sub/", "targets/../targets/sub", "targets/s*", "targets/sub/*.yml"])
      assert.equal((await rules(MIXED, [path])).at(-1), "1 elsewhere", path);
    for (const path of [".", "targets"]) assert.equal((await rules(MIXED, [path])).at(-1), "0 elsewhere", path);
    const clean = await run(MIXED, ["targets/web.yml"]);
    assert.is(clean.exit, EXIT.ok);
    assert.match(clean.stdout, "3 more findings in files that were not asked for");
    assert.is((await run(MIXED, ["targets/error.yml"])).exit, EXIT.findings);
  });

  it("a finding belongs to every file that it names", async () => {
    const twice = { ...CLEAN, "targets/again.yml": "service: x\nshard: tokyo-a\nprojects: [{ name: web-front }]\n" };
    for (const path of ["targets/again.yml", "targets/web.yml"])
      assert.ok((await rules(twice, [path])).includes("topology/duplicate-id"), path);
  });

  it("an absolute path is one like any other", async () => {
    const outcome = await runOver(MIXED, (io) => validate(io, [`${io.cwd}/targets/sub`], PLAIN));
    assert.match(outcome.stdout, "1 more finding in files");
  });

  it("refuses a path without a file of the inventory", async () => {
    for (const path of ["targets/no.yml", "elsewhere", "../x", "targets/web", "*.txt"]) {
      const { message, hint } = await refusal(MIXED, (io) => validate(io, [path], PLAIN));
      assert.match(message, path);
      assert.match(hint ?? "", "targets/");
    }
    await refusal(MIXED, (io) => validate(io, ["targets/web.yml", "targets/no.yml"], PLAIN));
  });

  it("findings wait while a file cannot be read, and it says so", async () => {
    const { "targets/shards.yml": _shards, ...rest } = CLEAN;
    assert.match((await run(rest)).stdout, "topology/unknown-ref");
    const broken = await run({ ...rest, "targets/shards.yml": "shard: 'tokyo-a\n" });
    assert.not.match(broken.stdout, "topology/unknown-ref");
    assert.match(broken.stdout, "are withheld");
  });

  it("a mistake in one file leaves the findings of all others", async () => {
    const files = {
      ...CLEAN,
      "targets/a.yml": "service: a\nprojects: { name: x }\n",
      "targets/b.yml": "service: b\nshard: tokyo-a\nprojects: [{ name: b, hosts: ['we b'], exporters: [node] }]\n",
    };
    assert.equal(await rules(files), ["address/whitespace", "schema/wrong-type", "0 elsewhere"]);
  });

  it("tells what an alias repeats once, and what is written twice twice", async () => {
    const project = (name: string, labels: string): string =>
      `  - { name: ${name}, labels: ${labels}, hosts: [${name}.example.com], exporters: [{ job: app, port: 80 }] }\n`;
    const service = (...labels: string[]): Files => ({
      ...CLEAN,
      "targets/z.yml": `service: z\nshard: a\nprojects:\n${labels.map((text, index) => project(`z${index}`, text)).join("")}`,
    });
    const found = async (files: Files): Promise<string[]> =>
      (await rules(files)).filter((rule) => rule === "label/invalid-name");
    assert.is((await found(service("&l { a-b: c }", "*l", "*l"))).length, 1);
    assert.is((await found(service("&l { a-b: c }", "*l", "{ a-b: c }"))).length, 2);
  });

  it("a mistake in promgen.yml is not one in every file that relies on it", async () => {
    for (const config of ["exporter: { node: { port: 9100 } }\n", "exporters: { node: 9100 }\n", "- x\n"])
      assert.is((await rules({ ...CLEAN, "promgen.yml": config })).length, 2, config);
    assert.equal(await rules({ ...CLEAN, "promgen.yml": "inventry: web\nexporters: { node: { port: 1 } }\n" }), [
      "schema/unknown-key",
      "0 elsewhere",
    ]);
    // A setting of a rule has nothing to do with it.
    const lint = 'lint: { xyzzy: "off" }\n';
    assert.ok((await rules({ ...CLEAN, "promgen.yml": lint })).includes("topology/unknown-ref"));
  });

  it("finds a file without anything in it, and not one full of comments", async () => {
    for (const text of ["", "\n\n", "---\n", "---\n---\n"])
      assert.equal(await rules({ ...CLEAN, "targets/empty.yml": text }), ["schema/missing-key", "0 elsewhere"], text);
    for (const text of ["# service: old\n", "---\n# nothing\n"])
      assert.equal(await rules({ ...CLEAN, "targets/empty.yml": text }), ["0 elsewhere"], text);
    assert.equal(await rules({ ...CLEAN, "targets/two.yml": "---\nservice: two\n---\n" }), ["0 elsewhere"]);
  });

  it("says which directory was read where nothing is in it", async () => {
    for (const files of [{}, { "targets/notes.txt": "x" }, { "promgen.yml": "inventory: elsewhere\n" }]) {
      const { exit, stdout } = await run(files);
      assert.is(exit, EXIT.findings);
      assert.match(
        stdout,
        /topology\/empty-inventory.* below (?:targets\/\n *--> targets\/|elsewhere\/\n *--> promgen\.yml:1:12)\n/,
      );
    }
  });

  it("suppressions and overrides count, and end on their day", async () => {
    const host = (comment: string): Files => ({
      ...CLEAN,
      "targets/w.yml": `service: w\nshard: tokyo-a\nprojects:\n  - name: w\n    exporters: [node]\n    hosts:\n      - W.example.com ${comment}\n`,
    });
    assert.equal(await rules(host("")), ["address/non-canonical", "0 elsewhere"]);
    assert.equal(await rules(host("# promgen-ignore address/non-canonical -- old name")), ["0 elsewhere"]);
    const until = host("# promgen-ignore address/non-canonical until=2026-06-30 -- old name");
    assert.equal(await rules(until), ["0 elsewhere"]);
    const later = await run(until, [], {}, { now: Date.UTC(2026, 6, 1) });
    assert.match(later.stdout, "meta/expired-ignore");
    const off = 'lint:\n  overrides: [{ files: ["targets/w*"], rules: { address/non-canonical: "off" } }]\n';
    assert.equal(await rules({ ...host(""), "promgen.yml": `${CLEAN["promgen.yml"]}${off}` }), ["0 elsewhere"]);
  });
});

describe("validate: in a directory below the root of the repository", (it) => {
  const files = {
    "sub/promgen.yml": "labels: { team: }\n",
    "sub/targets/a.yml": "shard: a\nservers: [p.example.com]\n",
  };

  it("names files from the root for those who read them there, and from promgen.yml for people", async () => {
    await withDirectory(files, async (directory) => {
      await git(directory, "init", "-q");
      const github = await runCli(directory, ["-C", "sub", "validate", "--format", "github"]);
      assert.match(github.stdout, "file=sub/promgen.yml,");
      const text = await runCli(directory, ["-C", "sub", "validate"]);
      assert.match(text.stdout, "--> promgen.yml:1");
    });
  });

  it("outside of Git from promgen.yml", async () => {
    await withDirectory(files, async (directory) => {
      const github = await runCli(directory, ["-C", "sub", "validate", "--format", "github"]);
      assert.match(github.stdout, "file=promgen.yml,");
    });
  });
});
