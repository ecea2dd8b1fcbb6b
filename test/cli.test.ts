/** The program as it is installed: what lies between the commands and the process. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readArguments } from "../src/commands/arguments.ts";
import { readUsage } from "../src/commands/usage.ts";
import { EXIT } from "../src/exit.ts";
import { CLEAN, MIXED } from "./commands/fake-io.ts";
import { describe } from "./describe.ts";
import type { Ran } from "./workplace.ts";
import { CLI, readFiles, run, runCli, withDirectory } from "./workplace.ts";

async function over(files: typeof CLEAN, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return await withDirectory(files, (directory) => runCli(directory, args, env));
}

/**
 * Runs it with both outputs in a pipe whose reader has gone, or has read as much as it wants. Its exit code, and what else
 * was said.
 */
async function unread(directory: string, args: readonly string[], nodeOptions = "", reader = "true"): Promise<Ran> {
  const script = `{ sleep 0.2; "$@" 2>&1; echo $? > "$code"; } | ${reader} >/dev/null; while [ ! -s "$code" ]; do sleep 0.05; done; exit "$(cat "$code")"`;
  const env = { NODE_OPTIONS: nodeOptions, code: join(directory, ".exit-code") };
  rmSync(env.code, { force: true });
  return await run(directory, ["sh", "-c", script, "sh", process.execPath, CLI, ...args], env);
}

/** Makes every look at the clock fail. */
const BROKEN = `--import "data:text/javascript,Date.now=()=>{throw new TypeError('the clock is broken')}"`;

/** What is said of these fills a pipe. */
const MANY_MISTAKES = {
  ...MIXED,
  "targets/many.yml": `service: m\nshard: tokyo-a\nprojects:\n  - name: m\n    exporters: [node]\n    hosts:${Array.from({ length: 3000 }, (_, index) => `\n      - x${index}.example.com:9100`).join("")}\n`,
};

describe("cli", (it) => {
  it("exit codes: clean, findings, wrong usage, a bug", async () => {
    assert.is((await over(CLEAN, ["validate"])).exit, EXIT.ok);
    assert.is((await over(MIXED, ["validate"])).exit, EXIT.findings);
    assert.is((await over(CLEAN, ["validate", "no/such/file"])).exit, EXIT.environment);
    assert.is((await over(CLEAN, ["--no-such-option"])).exit, EXIT.environment);
    assert.is((await over(CLEAN, ["validate"], { NODE_OPTIONS: BROKEN })).exit, EXIT.bug);
  });

  it("what cannot go on is one line and what to do, without a stack", async () => {
    const { stdout, stderr } = await over(CLEAN, ["-C", "no/such", "validate"]);
    assert.is(stdout, "");
    assert.match(stderr, /^promgen-gen: no\/such is no directory\n  = help: .+\n$/);
    assert.match((await over(CLEAN, ["-C", "promgen.yml", "validate"])).stderr, "promgen.yml is no directory");
  });

  it("a bug says how to report it, with the stack", async () => {
    const { stdout, stderr } = await over(CLEAN, ["validate"], { NODE_OPTIONS: BROKEN });
    assert.is(stdout, "");
    assert.match(stderr, /please report it with promgen-gen \d.* node v\d.*\nTypeError: the clock is broken\n {4}at /);
  });

  it("the version is alone on its line, in every way to ask for it", async () => {
    for (const words of ["--version", "-V -C . validate", "build --out x --version"]) {
      const { exit, stdout, stderr, files } = await withDirectory(CLEAN, async (directory) => ({
        ...(await runCli(directory, words.split(" "))),
        files: await readFiles(directory),
      }));
      assert.match(stdout, /^\d+\.\d+\.\d+[^\n]*\n$/, words);
      assert.equal([exit, stderr], [EXIT.ok, ""], words);
      assert.equal(Object.keys(files).sort(), Object.keys(CLEAN).sort(), words);
    }
    // None of these is a plain line, so that they are all read by what says the version, and nothing is left to do.
    for (const words of [
      "-V",
      "--version build",
      "validate -V",
      "publish directory -V x",
      "--help --version",
      "no-such-command -V",
    ]) {
      assert.is(readArguments(words.split(" ")), undefined, words);
      let text = "";
      const writeOut = (part: string): void => void (text += part);
      assert.is(readUsage(words.split(" "), "1.2.3", { writeOut }), EXIT.ok, words);
      assert.is(text, "1.2.3\n", words);
    }
  });

  it("the help that was made by the build is the help of the program", async () => {
    let text = "";
    const writeOut = (part: string): void => void (text += part);
    readUsage(["--help"], "", { writeOut, getOutHelpWidth: () => 80 });
    assert.match(text, "Usage: promgen-gen");
    for (const args of [["--help"], ["-h"], ["-C", ".", "--help"], ["help"]])
      assert.is((await over(CLEAN, args)).stdout, text, args.join());
    assert.equal(await over(CLEAN, ["help", "notify"]), await over(CLEAN, ["notify", "--help"]));
    const unknown = await over(CLEAN, ["help", "vaildate"]);
    assert.is(unknown.exit, EXIT.environment);
    assert.match(unknown.stderr, "Did you mean validate?");
  });

  it("a full disk is no bug of ours", async () => {
    await withDirectory(CLEAN, async (directory) => {
      for (const words of ["validate", "validate --help"]) {
        const command = `"${process.execPath}" "${CLI}" ${words} > /dev/full`;
        const { exit, stderr } = await run(directory, ["sh", "-c", command]);
        assert.equal([exit, stderr], [EXIT.environment, "promgen-gen: cannot write to standard output: ENOSPC\n"]);
      }
    });
  });

  it("what an event throws is a bug, and no finding", async () => {
    const late = `--import "data:text/javascript,setTimeout(()=>{throw new TypeError('late')})"`;
    // What waits for git.
    const { exit, stderr } = await over(CLEAN, ["plan"], { NODE_OPTIONS: late });
    assert.is(exit, EXIT.bug);
    assert.match(stderr, /please report it with .*\nTypeError: late\n/);
  });

  it("colour is off in a pipe, and on where it is asked for", async () => {
    assert.not.match((await over(MIXED, ["validate"])).stdout, "\u001b[");
    assert.match((await over(MIXED, ["validate"], { FORCE_COLOR: "1" })).stdout, "\u001b[");
    assert.not.match((await over(MIXED, ["validate"], { FORCE_COLOR: "1", NO_COLOR: "1" })).stdout, "\u001b[");
    assert.not.match((await over(MIXED, ["validate", "--format", "json"], { FORCE_COLOR: "1" })).stdout, "\u001b[");
  });

  it("a slow reader gets all, also through a pipe that does not wait", async () => {
    const nonBlocking = "use Fcntl; fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die $!; exec @ARGV";
    await withDirectory(MANY_MISTAKES, async (directory) => {
      const { stdout } = await runCli(directory, ["validate", "--format", "json"]);
      assert.ok(stdout.length > 500_000, `${stdout.length} characters fill no pipe`);
      const script = `perl -e '${nonBlocking}' "$@" | { sleep 1; cat; }`;
      const args = ["-c", script, "sh", process.execPath, CLI, "validate", "--format", "json"];
      assert.is((await run(directory, ["sh", ...args])).stdout, stdout);
    });
  });

  it("a reader that has seen enough is no error", async () => {
    await withDirectory(MANY_MISTAKES, async (directory) => {
      for (const reader of ["true", "head -c 100"]) {
        const { exit, stderr } = await unread(directory, ["validate", "--format", "json"], "", reader);
        assert.equal([exit, stderr], [EXIT.findings, ""], reader);
      }
    });
  });

  it("nor does one that has gone end what is being done, or change how it ended", async () => {
    await withDirectory(CLEAN, async (directory) => {
      assert.is((await unread(directory, ["build"])).exit, EXIT.ok);
      assert.ok(existsSync(join(directory, "dist/SHA256SUMS")));
      assert.is((await unread(directory, ["validate", "no/such/file"])).exit, EXIT.environment);
      assert.is((await unread(directory, ["--no-such-option"])).exit, EXIT.environment);
      assert.is((await unread(directory, ["validate"], BROKEN)).exit, EXIT.bug);
    });
    await withDirectory(MIXED, async (directory) => {
      assert.is((await unread(directory, ["build"])).exit, EXIT.findings);
      assert.is((await unread(directory, ["validate"])).exit, EXIT.findings);
    });
  });

  it("nor is one that has gone before the help of a command", async () => {
    for (const command of ["build", "notify", "publish branch"]) {
      const { stderr } = await run("/", ["sh", "-c", `"${process.execPath}" "${CLI}" ${command} --help | true`]);
      assert.is(stderr, "");
    }
  });
});
