/**
 * Holds the documentation to what is there: links, rules, command lines, the examples' YAML and what commands print.
 * `UPDATE=1 npm test -- docs` writes the table of the rules and the output of commands as they are now.
 */
import { existsSync } from "node:fs";
import { cp, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { RULES, ruleInfo } from "../src/rules/registry.ts";
import type { RuleId } from "../src/rules/registry.ts";
import { describe } from "./describe.ts";
import { withExample } from "./example.ts";
import { anchorsOf, fencesOf, inlineCodeOf, linksOf, withText } from "./markdown.ts";
import { helpOf, runLineHere } from "./program-here.ts";
import { ROOT, run, withDirectory, writeFiles } from "./workplace.ts";

const UPDATE = process.env["UPDATE"] === "1";
const PAPERS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"];

async function markdownBelow(directory: string): Promise<string[]> {
  const names = await readdir(join(ROOT, directory), { recursive: true });
  return names.filter((name) => name.endsWith(".md")).map((name) => `${directory}/${name}`);
}

async function read(path: string): Promise<string> {
  return await readFile(join(ROOT, path), "utf8");
}

const guides = (await markdownBelow("docs")).sort();
const all = [...PAPERS, ...guides, ...(await markdownBelow(".github")), ...(await markdownBelow("src/rules"))];

/** Links of a page that lead nowhere. */
async function brokenLinks(path: string, markdown: string): Promise<string[]> {
  const broken: string[] = [];
  for (const link of linksOf(markdown)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [to = "", anchor] = link.split("#");
    const target = to === "" ? path : join(dirname(path), to);
    const isThere = existsSync(join(ROOT, target));
    const hasAnchor = isThere && (anchor === undefined || anchorsOf(await read(target)).has(anchor));
    if (!hasAnchor) broken.push(`${path}: ${link}`);
  }
  return broken;
}

describe("docs: links", (it) => {
  it("every relative link leads to a file, and to a heading in it", async () => {
    const broken = await Promise.all(all.map(async (path) => await brokenLinks(path, await read(path))));
    assert.equal(broken.flat(), []);
  });

  it("a broken one would be found", async () => {
    const text = "# A b\n\n[x](docs/none.md) [y](#a-b) [z](#c) `[q](none)` [v](LICENSE)\n```\n[w](none)\n```\n";
    assert.equal(await brokenLinks("README.md", text.replace("#a-b", "#licence")), [
      "README.md: docs/none.md",
      "README.md: #c",
    ]);
    assert.equal([...anchorsOf("## Five `min` (now)\n")], ["five-min-now"]);
  });

  it("the README leads to every page", async () => {
    const links = new Set(linksOf(await read("README.md")).map((link) => link.split("#")[0]));
    assert.equal(
      guides.filter((path) => !links.has(path)),
      [],
    );
  });
});

/** The table of rules: each with its severity and the first sentence of its page. */
async function rulesTable(): Promise<string> {
  let table = "";
  let group = "";
  for (const id of Object.keys(RULES) as RuleId[]) {
    const { severity, locked } = ruleInfo(id);
    if (!id.startsWith(`${group}/`)) {
      group = id.split("/")[0] ?? "";
      table += `\n## ${group}\n\n| rule | severity | finds |\n| --- | --- | --- |\n`;
    }
    const paragraph = (await read(`src/rules/${id}.md`)).split(/\n\s*\n/).find((part) => !part.startsWith("#")) ?? "";
    const sentence = /^[^]*?\.(?=\s|$)/.exec(paragraph)?.[0] ?? paragraph;
    const finds = sentence.replace(/\s+/g, " ").replaceAll("|", "\\|");
    table += `| [${id}](../src/rules/${id}.md) | ${severity}${locked ? ", locked" : ""} | ${finds} |\n`;
  }
  return `${table}\n`;
}

/** Without the padding that a formatter gives to tables. */
const unpadded = (table: string): string => table.replace(/ {2,}/g, " ").replace(/-{3,}/g, "---");

describe("docs: rules", (it) => {
  it("the index has every rule with its severity and what it finds", async () => {
    const page = await read("docs/rules.md");
    const [, head = "", table = "", tail = ""] =
      /^([^]*<!-- rules: .*-->\n)([^]*)(<!-- \/rules -->\n)$/.exec(page) ?? [];
    const wanted = await rulesTable();
    if (UPDATE && unpadded(table) !== unpadded(wanted))
      await writeFile(join(ROOT, "docs/rules.md"), head + wanted + tail);
    else assert.fixture(unpadded(table), unpadded(wanted));
  });
});

interface Scripts {
  readonly scripts: Readonly<Record<string, string>>;
}
const { scripts } = JSON.parse(await read("package.json")) as Scripts;
const NPM_VERBS = new Set(["ci", "init", "install", "pack", "test"]);

/** What is wrong with a command line that a page shows. */
function commandProblem(line: string): string | undefined {
  const words = line.trim().split(/\s+/);
  if (words[0] === "npm") {
    const [, verb = "", script = ""] = words;
    const isScript = verb === "run" && Object.hasOwn(scripts, script);
    return isScript || NPM_VERBS.has(verb) ? undefined : `${line}: npm has no ${verb} ${script}`;
  }
  const args = words.slice(words.indexOf("promgen-gen") + 1);
  if (args[0] === "-C") args.splice(0, 2);
  const [command = ""] = args;
  if (command === "" || command.startsWith("-")) return undefined;
  const help = helpOf(command);
  if (!help.startsWith(`Usage: promgen-gen ${command} `)) return `${line}: there is no command ${command}`;
  const options = args.filter((word) => /^--?[a-z]/.test(word));
  const unknown = options.find((option) => !new RegExp(`^.* ${option}[ ,\\n]`, "m").test(help));
  return unknown === undefined ? undefined : `${line}: there is no option ${unknown}`;
}

/** The command lines of a page: in blocks for a shell, in CI files, and in running text. */
function commandsIn(markdown: string): string[] {
  const blocks = fencesOf(markdown).flatMap(({ text }) => text.split("\n"));
  return [...blocks, ...inlineCodeOf(markdown)].flatMap((line) =>
    [...line.matchAll(/\b(?:npx promgen-gen|npm (?:run|ci|test|init|install|pack))(?![\w.-])[^|&;>')]*/g)].map(
      ([found]) => found.trim(),
    ),
  );
}

describe("docs: command lines", (it) => {
  it("name commands, options and scripts that there are", async () => {
    const commands = (await Promise.all([...PAPERS, ...guides].map(read))).flatMap(commandsIn);
    assert.ok(commands.length > 20);
    const problems = [...new Set(commands)].map(commandProblem);
    assert.equal(problems.filter(Boolean), []);
  });

  it("a wrong one would be found", () => {
    const text =
      "Run `npx promgen-gen stop`.\n\n```sh\nnpm ci && npx promgen-gen -C x build --dry-run\nnpm run nope\n```\n";
    const problems = commandsIn(text).map(commandProblem);
    assert.equal(
      problems.map((problem) => problem?.replace(/^.*: /, "")),
      [undefined, "there is no option --dry-run", "npm has no run nope", "there is no command stop"],
    );
  });
});

/** What differs from run to run: the time it takes, and what comes from the commit. */
function masked(output: string): string {
  return output
    .replace(/\b\d+\.\d s$/gm, "0.0 s")
    .replace(/(generation[ =]|"generation": )\d+/g, "$10")
    .replace(/(commit=|"commit": ")[0-9a-f]{40}(-dirty)?/g, "$10")
    .replace(/\b[0-9a-f]{12}\b/g, "0")
    .replace(/\b[0-9a-f]{64}\b/g, "0");
}

const WITH_EXIT_CODE = ' || echo "exit code $?"';

/** What a command line prints: in this process where it is plain, and where it prints to one of both alone. */
async function printed(cwd: string, PATH: string, line: string): Promise<string> {
  const here = await runLineHere(cwd, line.replace(/^npx /, "").replace(WITH_EXIT_CODE, ""));
  if (here !== undefined && (here.stdout === "" || here.stderr === ""))
    return `${here.stdout}${here.stderr}${line.endsWith(WITH_EXIT_CODE) && here.exit !== 0 ? `exit code ${here.exit}\n` : ""}`;
  return (await run(cwd, ["/bin/sh", "-c", `{ ${line}\n} 2>&1`], { PATH })).stdout;
}

/** Runs the commands of a page, one after the other, in a checkout of the example; gives the page with their output. */
async function replay(page: string): Promise<string> {
  if (!fencesOf(page).some(({ language }) => language === "console")) return page;
  return await withExample(async ({ checkout, PATH }) => {
    let played = page;
    for (const index of fencesOf(page).keys()) {
      const fence = fencesOf(played)[index];
      if (fence?.language !== "console") continue;
      let text = "";
      for (const step of fence.text.split(/^(?=\$ )/m)) {
        const [line = "", ...rest] = step.split("\n");
        const stdout = await printed(checkout, PATH, line.slice(2));
        const [old, now] = [rest.join("\n"), stdout.replaceAll(checkout, "/srv/targets")];
        text += `${line}\n${masked(old) === masked(now) ? old : now}`;
      }
      played = withText(played, fence, text);
    }
    return played;
  });
}

describe("docs: what commands print", (it) => {
  const plays = new Map<string, Promise<string>>();
  for (const path of ["README.md", ...guides]) {
    it(`${path} shows what they really print`, async () => {
      // The first test starts them all; each waits for its own.
      if (plays.size === 0) {
        for (const one of ["README.md", ...guides]) {
          const play = read(one).then(replay);
          play.catch(() => {});
          plays.set(one, play);
        }
      }
      const [page, played] = [await read(path), (await plays.get(path)) ?? ""];
      if (UPDATE) return await writeFile(join(ROOT, path), played);
      const fences = fencesOf(played);
      for (const [index, { text }] of fencesOf(page).entries()) assert.fixture(text, fences[index]?.text ?? "");
    });
  }

  it("another output would be found", async () => {
    const page = "```console\n$ npx promgen-gen --version\n0.0.0\n$ echo b >&2\nb\n```\n";
    const { version } = JSON.parse(await read("package.json")) as { version: string };
    assert.is(await replay(page), page.replace("0.0.0", version));
  });
});

/** The YAML blocks of a page that begin with the path of a file. */
function examplesIn(markdown: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { language, text } of fencesOf(markdown)) {
    const path = /^# (promgen\.yml|targets\/\S+)\n/.exec(text)?.[1];
    if (language === "yaml" && path !== undefined) files[path] = text;
  }
  return files;
}

describe("docs: inventories", (it) => {
  for (const path of ["README.md", "docs/inventory.md"]) {
    it(`the files of ${path} are an inventory without findings`, async () => {
      const files = examplesIn(await read(path));
      assert.ok(Object.keys(files).length > 1);
      await withDirectory(files, async (directory) => {
        const ran = await runLineHere(directory, "promgen-gen validate --fail-on warning");
        assert.is(ran?.exit, 0, ran?.stdout);
      });
    });
  }

  it("the settings of docs/findings.md are settings", async () => {
    const { "promgen.yml": settings = "" } = examplesIn(await read("docs/findings.md"));
    await withDirectory({}, async (directory) => {
      await cp(join(ROOT, "targets"), join(directory, "targets"), { recursive: true });
      await writeFiles(directory, { "promgen.yml": settings });
      const ran = await runLineHere(directory, "promgen-gen validate promgen.yml --fail-on warning");
      assert.is(ran?.exit, 0, ran?.stdout);
    });
  });
});
