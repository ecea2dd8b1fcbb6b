import * as assert from "uvu/assert";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import { commandHelp, programHelp } from "../../src/agent/help.ts";
import { COMMANDS, OPTIONS, takes, variableOf } from "../../src/agent/option-table.ts";
import { readCommandLine } from "../../src/agent/options.ts";
import { describe } from "../describe.ts";

const pages = COMMANDS.map((command) => [command, commandHelp(command)] as const);

describe("agent help", (it) => {
  it("lists every command", () => {
    for (const command of COMMANDS) assert.match(programHelp("1.2.3"), new RegExp(`^  ${command} {2,}\\S`, "m"));
    assert.match(programHelp("1.2.3"), "promgen-agent 1.2.3");
  });

  it("explains every option, and its variable, on the pages of sync, run, status or hold", () => {
    const all = pages.map(([, page]) => page).join("\n");
    for (const option of OPTIONS) {
      assert.match(all, new RegExp(`^  --${option.name}( [A-Z:]+)?( |$)`, "m"));
      if (option.isFlagOnly !== true) assert.match(all, new RegExp(`\\b${variableOf(option.name)}\\]`));
    }
  });

  it("names no option that the command does not take, and no variable that is not read", () => {
    for (const [command, page] of pages) {
      for (const [, name] of page.matchAll(/^ {2}--([a-z-]+)/gm)) {
        const option = OPTIONS.find((candidate) => candidate.name === name);
        assert.ok(option !== undefined && takes(command, option), `${command} --${name}`);
      }
      const variables = new Set(
        OPTIONS.filter(({ isFlagOnly }) => isFlagOnly !== true).map(({ name }) => variableOf(name)),
      );
      for (const [variable] of page.matchAll(/PROMGEN_[A-Z_]+/g)) assert.ok(variables.has(variable), variable);
    }
  });

  it("shows an example of each command that is understood", () => {
    for (const [command, page] of pages) {
      const example = /^Example:\n((?: {2}.*\n)+)/m.exec(page)?.[1] ?? "";
      const words =
        example
          .replaceAll("\\\n", " ")
          .trim()
          .match(/"[^"]*"|\S+/g) ?? [];
      const line = readCommandLine(words.slice(1), {});
      assert.is(words[0], "promgen-agent");
      assert.ok(line.kind === "command" && line.command === command && line.mistakes.length === 0, example);
    }
  });

  it("names every exit code", () => {
    for (const page of [programHelp("0"), ...pages.map(([, text]) => text)])
      for (const code of Object.values(AGENT_EXIT)) assert.match(page, new RegExp(`^  ${code} +\\S`, "m"));
  });

  it("fits a terminal of 120 columns", () => {
    for (const line of [programHelp("0"), ...pages.map(([, text]) => text)].join("\n").split("\n"))
      assert.ok(line.length <= 120, line);
  });
});
