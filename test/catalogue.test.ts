/**
 * What belongs together: a rule, its page, its test and its line in the registry; exit codes, `--help` and the README.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { CHECKS } from "../src/check/checks.ts";
import type { Rule } from "../src/check/rule.ts";
import { EXIT } from "../src/exit.ts";
import { isRuleId, ruleInfo, RULES } from "../src/rules/registry.ts";
import type { RuleId } from "../src/rules/registry.ts";
import { describe } from "./describe.ts";
import { checkConfigText } from "./schema/findings.ts";
import { ROOT, runCli } from "./workplace.ts";

const IDS = Object.keys(RULES) as RuleId[];
/** The rooms whose tests may be about the rules of a group. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  yaml: ["parse"],
  schema: ["schema", "check"],
  security: ["check", "source"],
  topology: ["check", "commands"],
  plan: ["plan"],
};
const SECTIONS = ["Why", "Wrong", "Right", "Silencing"];

const pages = new Map<string, string>();
for (const name of await readdir(join(ROOT, "src/rules"), { recursive: true })) {
  if (name.endsWith(".md")) pages.set(name.slice(0, -3), await readFile(join(ROOT, "src/rules", name), "utf8"));
}
const tests = new Map<string, string>();
for (const name of await readdir(join(ROOT, "test"), { recursive: true })) {
  if (name.endsWith(".test.ts")) tests.set(name, await readFile(join(ROOT, "test", name), "utf8"));
}
const sources = (await readdir(join(ROOT, "src"), { recursive: true })).filter((name) => name.endsWith(".ts")).sort();

/** The sections of a page in their order, without the title and the summary. */
function sections(page: string): Map<string, string> {
  const parts = page.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n"))]));
}

/** The test files of a rule: the one that is named after it, else those of its room that mention it. */
function testsOf(id: RuleId): string[] {
  const [group = "", name = ""] = id.split("/");
  const rooms = ROOMS[group] ?? ["check"];
  const own = rooms.flatMap((room) => [`${room}/${group}-${name}.test.ts`, `${room}/${name}.test.ts`]);
  const named = own.filter((file) => tests.has(file));
  if (named.length > 0) return named;
  return [...tests]
    .filter(([file, text]) => rooms.some((room) => file.startsWith(`${room}/`)) && text.includes(id))
    .map(([file]) => file);
}

describe("catalogue: rules", (it) => {
  it("every rule has a page, and every page a rule", () => {
    assert.equal([...pages.keys()].sort(), [...IDS].sort());
  });

  it("every page has a title, one paragraph that says it, and the same sections", () => {
    for (const [id, page] of pages) {
      const [title = "", summary = "", next = ""] = page.split(/\n\n/);
      assert.is(title, `# ${id}`);
      assert.match(summary, /^[A-Z`][^\n]*\.$/, id);
      assert.is(next, "## Why", id);
      assert.equal(
        [...sections(page).keys()].filter((name) => name !== "Options"),
        SECTIONS,
        id,
      );
      for (const [name, text] of sections(page)) assert.ok(text.trim().length > 20, `${id}: ${name}`);
    }
  });

  it("every page shows in YAML, or in words for what YAML cannot show, what is wrong and what is right", () => {
    for (const [id, page] of pages) {
      const { Wrong = "", Right = "" } = Object.fromEntries(sections(page));
      for (const text of [Wrong, Right]) assert.match(text, /^```\w*\n[^]+?\n```$/m, id);
    }
  });

  it("every page says whether the rule can be silenced, as the registry has it", () => {
    for (const [id, page] of pages) {
      if (!isRuleId(id)) continue;
      const { Silencing = "" } = Object.fromEntries(sections(page));
      const isLocked = /^\s*Locked: it cannot be switched off, and `# promgen-ignore` does not silence it\./.test(
        Silencing,
      );
      assert.is(isLocked, ruleInfo(id).locked, id);
      if (!isLocked) assert.match(Silencing, id, id);
    }
  });

  it("options are those that promgen.yml takes", () => {
    for (const [id, page] of pages) {
      const yaml = /```yaml\n([^]*?)```/.exec(sections(page).get("Options") ?? "")?.[1];
      const options = Object.keys(optionsIn(yaml, id)).filter((option) => option !== "severity");
      assert.is(options.length > 0, sections(page).has("Options"), id);
      for (const [option, value] of Object.entries({ labels: "[a]", limit: "1", missing: "true", xyzzy: "1" })) {
        if (options.includes(option)) continue;
        const { diagnostics } = checkConfigText(`lint:\n  ${id}: { ${option}: ${value} }\n`);
        assert.ok(
          diagnostics.some(({ message }) => message.includes("has no option")),
          `${id}: ${option}`,
        );
      }
    }
  });

  it("every rule has a test with three cases, one of which finds nothing", () => {
    const lacking = IDS.filter((id) => {
      const cases = testsOf(id).map((file) => tests.get(file) ?? "");
      const count = cases.join("\n").match(/^\s+it\(/gm)?.length ?? 0;
      return count < 3 || !cases.some((text) => /,\s+(?:\[\]|""|0)[,)]|\bassertReads\(/.test(text));
    });
    assert.equal(lacking, []);
  });

  it("every rule is reported somewhere in src, and nothing else is", async () => {
    const reported = new Set<string>();
    for (const file of sources) {
      if (file === "rules/registry.ts") continue;
      const text = await readFile(join(ROOT, "src", file), "utf8");
      for (const [, id = ""] of text.matchAll(/"([a-z]+\/[a-z0-9-]+)"/g)) reported.add(id);
    }
    assert.equal(
      IDS.filter((id) => !reported.has(id)),
      [],
    );
    const groups = new Set(IDS.map((id) => id.slice(0, id.indexOf("/") + 1)));
    const unknown = [...reported].filter((id) => [...groups].some((group) => id.startsWith(group)) && !isRuleId(id));
    assert.equal(unknown, []);
  });

  it("every rule of src/check runs, once, and its file is named after it", async () => {
    const found = new Map<string, Rule>();
    for (const file of sources) {
      if (!file.startsWith("check/")) continue;
      const module = (await import(`../src/${file}`)) as Readonly<Record<string, unknown>>;
      for (const value of Object.values(module)) if (isRule(value)) found.set(file, value);
    }
    assert.ok(found.size > 20);
    for (const [file, rule] of found) {
      assert.is(file, `check/${rule.id.replace("/", "-")}.ts`);
      assert.is(CHECKS.filter((other) => other === rule).length, 1, `${rule.id} in checks.ts`);
    }
    assert.is(CHECKS.length, found.size);
  });
});

describe("catalogue: commands in Markdown", (it) => {
  it("are found in code, with their options", () => {
    const text =
      "Run `promgen-gen validate --fail-on warning`, not promgen-gen stop.\n\n```sh\nnpm install --save-dev promgen-gen\n" +
      "npx promgen-gen -C repo build -o out | less --raw\n  promgen-gen explain web1 # --no\n```\n`promgen-gen --help`\n";
    assert.equal(commandLines(text), [
      { command: "validate", options: ["--fail-on"] },
      { command: "build", options: ["-C", "-o"] },
      { command: "explain", options: [] },
    ]);
  });
});

describe("catalogue: README and --help", (it) => {
  const readme = async (): Promise<string> => await readFile(join(ROOT, "README.md"), "utf8");
  const help = async (...command: readonly string[]): Promise<string> =>
    (await runCli(ROOT, [...command, "--help"])).stdout;

  it("the exit codes of README and --help are those of src/exit.ts, in its words", async () => {
    const source = await readFile(join(ROOT, "src/exit.ts"), "utf8");
    const wanted = [...source.matchAll(/\/\*\* (.*?)\.? \*\/\n\s+\w+: (\d+),/g)].map(([, words = "", code = ""]) => ({
      words,
      code,
    }));
    assert.equal(
      wanted.map(({ code }) => Number(code)),
      Object.values(EXIT),
    );
    const helped = [...(await help()).matchAll(/^ {2}(\d+) +\S/gm)].map(([, code]) => Number(code));
    assert.equal(helped, Object.values(EXIT));
    const rows = [...(await readme()).matchAll(/^\| *`?(\d+)`? *\| *(.*?) *\|$/gm)];
    assert.equal(
      rows.map(([, code]) => Number(code)),
      Object.values(EXIT),
    );
    for (const [index, [, , words = ""]] of rows.entries()) {
      const plain = (text: string): string => text.toLowerCase().replaceAll("`", "");
      assert.ok(plain(words).startsWith(plain(wanted[index]?.words ?? "-")), words);
    }
  });

  it("--help names every command and option of README", async () => {
    const used = commandLines(await readme());
    assert.ok(used.length > 2);
    const all = await help();
    for (const { command, options } of used) {
      assert.match(all, new RegExp(`^  ${command} `, "m"), command);
      const own = await help(command);
      for (const option of options)
        assert.match(`${all}\n${own}`, new RegExp(`(?<![\\w-])${option}(?![\\w-])`), `${command} ${option}`);
    }
  });

  it("README has a row for every command, in the order of --help, and shows each in code besides", async () => {
    const listed = /^Commands:\n([^]*?)\n\n/m.exec(await help())?.[1] ?? "";
    const commands = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = ""]) => name);
    assert.ok(commands.length > 10 && commands.includes("publish"), commands.join());
    const text = await readme();
    const table = /^## Commands\n([^]*?)\n## /m.exec(text)?.[1] ?? "";
    assert.equal(
      [...table.matchAll(/^\| `([a-z]+)[ `]/gm)].map(([, name]) => name),
      commands,
    );
    const shown = new Set(commandLines(text).map(({ command }) => command));
    assert.equal(
      commands.filter((name) => !shown.has(name)),
      [],
    );
  });
});

interface CommandLine {
  readonly command: string;
  readonly options: readonly string[];
}

/** `promgen-gen … <command> …` in code. */
function commandLines(markdown: string): CommandLine[] {
  const code = [...markdown.matchAll(/```\w*\n([^]*?)```|`([^`\n]+)`/g)].flatMap(([, block, span]) =>
    (block ?? span ?? "").split("\n"),
  );
  return code.flatMap((line) => {
    const match = /(?:^|[\s/])promgen-gen((?: -C \S+| -\w)*) ([a-z]+)((?: [^|;&#]*)?)/.exec(line);
    if (match === null || /npm (?:install|i) /.test(line)) return [];
    const [, before = "", command = "", after = ""] = match;
    return [{ command, options: `${before} ${after}`.match(/(?<=\s)--?[a-zA-Z][a-z-]*/g) ?? [] }];
  });
}

function isRule(value: unknown): value is Rule {
  return typeof value === "object" && value !== null && "id" in value && "check" in value;
}

/** The options of a rule in an example of promgen.yml. */
function optionsIn(yaml: string | undefined, id: string): Readonly<Record<string, unknown>> {
  if (yaml === undefined) return {};
  const { value, diagnostics } = checkConfigText(yaml);
  assert.equal(diagnostics, [], id);
  const lint = (value["lint"] ?? {}) as Readonly<Record<string, unknown>>;
  return typeof lint[id] === "object" && lint[id] !== null ? (lint[id] as Record<string, unknown>) : {};
}
