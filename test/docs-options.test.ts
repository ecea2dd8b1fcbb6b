/**
 * Holds the pages to the options of both programs: none is missing, and the table of those of promgen-agent is what its help
 * says. `UPDATE=1 npm test -- docs` writes the table.
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { OPTIONS, TOPICS } from "../src/agent/option-table.ts";
import type { Option } from "../src/agent/option-table.ts";
import { describe } from "./describe.ts";
import { helpOf } from "./program-here.ts";
import { ROOT, runCli } from "./workplace.ts";

const AGENT = join(ROOT, "docs/agent.md");

/** What a cell of a table would take for something else. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

function row({ name, value, fallback, isList, isFlagOnly, only, text }: Option): string {
  const notes = [
    ...(only === undefined ? [] : [`of ${only.map((command) => `\`${command}\``).join(" and ")}`]),
    ...(isList === true ? ["repeatable"] : []),
    ...(isFlagOnly === true ? ["on the command line alone"] : []),
  ].join("; ");
  const option = value === undefined ? `--${name}` : `--${name} ${value}`;
  const fixed = fallback === undefined ? "" : `\`${fallback}\``;
  return `| \`${cell(option)}\` | ${cell(fixed)} | ${cell(text)}${notes === "" ? "" : ` (${notes})`} |\n`;
}

function optionsTable(): string {
  const parts = TOPICS.map((topic) => {
    const rows = OPTIONS.filter((option) => option.topic === topic).map(row);
    return `\n### ${topic}\n\n| option | default | what |\n| --- | --- | --- |\n${rows.join("")}`;
  });
  return `${parts.join("")}\n`;
}

/** Without what a formatter makes of a table: its padding, and an escape before what it could take for markup. */
const plain = (table: string): string =>
  table
    .replace(/ {2,}/g, " ")
    .replace(/-{3,}/g, "---")
    .replace(/\\([*_])/g, "$1");

describe("docs: options", (it) => {
  it("of promgen-agent are in its page, as its help says them", async () => {
    const page = await readFile(AGENT, "utf8");
    const [, head = "", table = "", tail = ""] =
      /^([^]*<!-- options: .*-->\n)([^]*)(<!-- \/options -->\n[^]*)$/.exec(page) ?? [];
    if (process.env["UPDATE"] === "1" && plain(table) !== plain(optionsTable()))
      await writeFile(AGENT, head + optionsTable() + tail);
    else assert.fixture(plain(table), plain(optionsTable()));
  });

  it("of promgen-gen are on some page each", async () => {
    const names = (await readdir(join(ROOT, "docs"))).map((name) => join("docs", name));
    const pages = (await Promise.all(names.map(async (name) => await readFile(join(ROOT, name), "utf8")))).join("\n");
    const { stdout } = await runCli(ROOT, ["--help"]);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, command = ""]) => [command]);
    assert.ok(commands.length > 10, stdout);
    const helps = [...commands, ["publish", "directory"]].map((words) => helpOf(...words));
    const options = helps.flatMap((help) =>
      [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = ""]) => option),
    );
    assert.ok(options.includes("--accept-rewrite") && options.includes("--new-since"), options.join(" "));
    assert.equal(
      [...new Set(options)].filter((option) => !new RegExp(`${option}(?![\\w-])`).test(pages)),
      [],
    );
  });
});
