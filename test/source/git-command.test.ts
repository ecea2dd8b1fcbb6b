import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { ask, gitFailure, GitExit, openGit } from "../../src/source/git-command.ts";
import { describe } from "../describe.ts";
import { git, withDirectory } from "../workplace.ts";

/** What git says nothing about, by what it ends with. */
const ENDS = {
  one: { command: "exit 1", code: 1 },
  three: { command: "exit 3", code: 3 },
  killed: { command: "kill -9 $PPID", code: undefined },
} as const;

describe("git that fails without a word", (it) => {
  it("is not taken for one that has nothing to say", async () => {
    await withDirectory({}, async (directory) => {
      await git(directory, "init", "--quiet");
      const opened = await openGit(directory);
      for (const [name, { command, code }] of Object.entries(ENDS)) {
        await git(directory, "config", `alias.${name}`, `!${command}`);
        const error = await failureOf(opened.text([name]));
        assert.instance(error, GitExit, name);
        assert.is((error as GitExit).code, code, name);
        assert.instance(gitFailure(error), EnvironmentError);
      }
      assert.is(await ask(opened, ["one"]), undefined);
      for (const name of ["three", "killed"]) assert.instance(await failureOf(ask(opened, [name])), GitExit, name);
    });
  });
});

async function failureOf(answer: Promise<unknown>): Promise<unknown> {
  return await answer.then(
    (text) => `it said ${JSON.stringify(text)}`,
    (error: unknown) => error,
  );
}
