import { readFile, readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "./describe.ts";
import { formatScenario, formatStep, parseScenario, runScenario } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

const DIRECTORY = fileURLToPath(new URL("scenarios", import.meta.url));
const files = (await readdir(DIRECTORY).catch(() => [])).filter((name) => name.endsWith(".txt")).sort();

if (files.length > 0) {
  describe("scenarios", (it) => {
    // The first test starts them all, as many at a time as there are cores; each waits for its own.
    let runs: Map<string, Promise<Run>> | undefined;
    for (const file of files) {
      it(basename(file, ".txt").replaceAll("-", " "), async () => {
        runs ??= startAll(files);
        const run = await runs.get(file);
        assert.ok(run);
        if (process.env["UPDATE"] === "1") {
          await writeFile(join(DIRECTORY, file), formatScenario(run.actual));
          return;
        }
        for (const [index, step] of run.wanted.steps.entries()) {
          const actual = run.actual.steps[index];
          assert.fixture(actual ? formatStep(actual) : "", formatStep(step), `${file}: ${step.kind} ${index + 1}`);
        }
      });
    }
  });
}

interface Run {
  readonly wanted: Scenario;
  readonly actual: Scenario;
}

function startAll(names: readonly string[]): Map<string, Promise<Run>> {
  const waiting: (() => void)[] = [];
  let free = availableParallelism();
  const start = async (name: string): Promise<Run> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      const wanted = parseScenario(await readFile(join(DIRECTORY, name), "utf8"));
      return { wanted, actual: await runScenario(wanted) };
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
  const runs = new Map<string, Promise<Run>>();
  for (const name of names) {
    const run = start(name);
    // A failure belongs to the test that waits for it, which comes later.
    run.catch(() => {});
    runs.set(name, run);
  }
  return runs;
}

describe("scenario: its form", (it) => {
  const text = [
    "Two commands,",
    "",
    "and a file that changes between them.",
    "",
    "-- targets/a.yml --",
    "shard: a",
    "",
    "$ promgen-gen validate",
    "exit: 1",
    "-- stdout --",
    "one",
    "",
    "\\$ not a command",
    "\\-- not a file --",
    "\\\\ a backslash",
    "-- stderr --",
    "words",
    "",
    "-- targets/a.yml --",
    "shard: b",
    "",
    "$ promgen-gen build --stdout",
    "exit: 0",
    "-- stdout --",
    "[]",
    "\\ no newline",
    "",
  ].join("\n");

  it("is read", () => {
    const { comment, steps } = parseScenario(text);
    assert.is(comment, "Two commands,\n\nand a file that changes between them.\n");
    assert.equal(steps, [
      { kind: "file", path: "targets/a.yml", content: "shard: a\n" },
      {
        kind: "command",
        command: "promgen-gen validate",
        result: { exit: 1, stdout: "one\n\n$ not a command\n-- not a file --\n\\ a backslash\n", stderr: "words\n" },
      },
      { kind: "file", path: "targets/a.yml", content: "shard: b\n" },
      { kind: "command", command: "promgen-gen build --stdout", result: { exit: 0, stdout: "[]", stderr: "" } },
    ]);
  });

  it("is written as it was read", () => {
    assert.is(formatScenario(parseScenario(text)), text);
  });

  it("keeps empty lines at the end of what is printed", () => {
    const steps = [
      { kind: "command", command: "x", result: { exit: 0, stdout: "a\n\n", stderr: "\n" } },
      { kind: "file", path: "empty", content: "" },
      { kind: "file", path: "newlines", content: "\n\n" },
    ] as const;
    assert.equal(parseScenario(formatScenario({ comment: "c\n", steps })).steps, steps);
  });

  it("is refused where output has no command, or something else than the exit code follows one", () => {
    assert.throws(() => parseScenario("x\n\n-- stdout --\nx\n"), /does not follow a command/);
    assert.throws(() => parseScenario("x\n\n$ promgen-gen\nstdout\n"), /exit: <number>/);
  });
});

describe("scenario: its run", (it) => {
  async function results(text: string): Promise<string> {
    const { steps } = await runScenario(parseScenario(text));
    return steps.map(formatStep).join("\n");
  }

  it("gives exit code, stdout and stderr of each command, in one directory", async () => {
    const text = "$ cat a/b.txt; exit 3\nexit: 3\n-- stdout --\nhello";
    assert.is(await results(`-- a/b.txt --\nhello\n$ cat a/b.txt; exit 3`), `-- a/b.txt --\nhello\n${text}`);
    assert.is(await results("$ echo no >&2"), "$ echo no >&2\nexit: 0\n-- stderr --\nno");
  });

  it("shows the directory and the time that a run took as words", async () => {
    const text = await results("$ pwd; echo '0 errors · 0.9 s'; echo '3 files · 12 ms'; echo '· interval 30 s long'");
    assert.match(text, /<dir>\n0 errors · 0\.0 s\n3 files · 0\.0 s\n· interval 30 s long$/);
  });

  it("commits with git to the same id everywhere, without the user's configuration", async () => {
    const text =
      "$ git init -q && git commit -q --allow-empty -m one && git rev-parse HEAD && git branch --show-current";
    const [first, second] = await Promise.all([results(text), results(text)]);
    assert.is(first, second);
    assert.match(first, /\n[0-9a-f]{40}\nmain$/);
  });

  it("has none of the tester's settings", async () => {
    const command = 'echo "$NO_COLOR$CI$FORCE_COLOR$GITHUB_ACTIONS $TZ"; test -t 1 || echo no terminal';
    assert.match(await results(`$ ${command}`), / UTC\nno terminal$/);
  });
});
