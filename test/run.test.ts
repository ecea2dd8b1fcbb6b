import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "./describe.ts";
import { portionsOf, runInLanes } from "./lanes.ts";
import type { Outcome as LaneOutcome } from "./lanes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const USE_UVU = `import { suite } from ${JSON.stringify(import.meta.resolve("uvu"))};\n`;
const USE_DESCRIBE = `import { describe, notRun } from ${JSON.stringify(import.meta.resolve("./describe.ts"))};\n`;
const PASSING = `${USE_DESCRIBE} describe("fine", (it) => { it("passes", () => {}); });`;

interface Outcome {
  readonly exit: number;
  readonly output: string;
  readonly lastLine: string;
}

/** Runs the runner on test files of this text, in a process and a directory of its own. */
async function runOn(text: string, ...options: readonly string[]): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), "run-test-"));
  try {
    await writeFile(join(directory, "package.json"), '{ "type": "module" }');
    await writeFile(join(directory, "a.test.ts"), text);
    const args = ["--import", "tsx", "test/run.ts", "--dir", directory, ...options];
    const env = { ...process.env, NO_COLOR: "1" };
    return await new Promise<Outcome>((resolve) => {
      const child = execFile(process.execPath, args, { cwd: ROOT, env }, (_, output) => {
        resolve({ exit: child.exitCode ?? -1, output, lastLine: output.trimEnd().split("\n").at(-1) ?? "" });
      });
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe("run: what uvu lets pass in silence", (it) => {
  it("a suite that is never run fails", async () => {
    const { exit, lastLine, output } = await runOn(
      `${USE_UVU} suite("forgotten")("fails", () => { throw new Error("x"); });`,
    );
    assert.is(exit, 1);
    assert.is(lastLine, "0 passed, 1 failed");
    assert.match(output, "a.test.ts: registers no suite");
  });

  it("a hook that throws before the tests fails them", async () => {
    const { exit, lastLine } = await runOn(
      `${USE_UVU} const test = suite("s"); test.before(() => { throw new Error("x"); }); test("a", () => {}); test.run();`,
    );
    assert.is(exit, 1);
    assert.match(lastLine, /^0 passed, [1-9]/);
  });

  it("a hook that throws after each test does not hide a failing one", async () => {
    const { exit, lastLine } = await runOn(
      `${USE_UVU} const test = suite("s"); test.after.each(() => { throw new Error("x"); });
      test("a", () => { throw new Error("y"); }); test("b", () => {}); test.run();`,
    );
    assert.is(exit, 1);
    assert.match(lastLine, /^0 passed, [2-9]/);
  });

  it("a thrown null and a thrown string fail, and the tests after them run", async () => {
    const { exit, lastLine, output } = await runOn(
      `${USE_DESCRIBE} describe("s", (it) => {
        it("a", () => { throw null; }); it("b", async () => { throw "text"; }); it("c", () => {});
      });`,
    );
    assert.is(exit, 1);
    assert.is(lastLine, "1 passed, 2 failed");
    assert.match(output, "not an Error: 'text'");
  });

  it("a thrown null fails in a suite of uvu's own as well", async () => {
    const { exit, lastLine } = await runOn(
      `${USE_UVU} const test = suite("s"); test("a", () => { throw null; }); test.run();`,
    );
    assert.is(exit, 1);
    assert.match(lastLine, /^0 passed, [1-9]/);
  });

  it("a stray only fails, and so does a skip", async () => {
    const [only, skip] = await Promise.all([
      runOn(`${USE_UVU} const test = suite("s"); test("a", () => {}); test.only("b", () => {}); test.run();`),
      runOn(`${USE_UVU} const test = suite("s"); test("a", () => {}); test.skip("b", () => {}); test.run();`),
    ]);
    assert.equal([only.exit, only.lastLine], [1, "1 passed, 1 failed"]);
    assert.equal([skip.exit, skip.lastLine], [1, "1 passed, 1 failed"]);
  });
});

describe("run", (it) => {
  it("ends with 0 and the counts where everything passes", async () => {
    const { exit, lastLine } = await runOn(PASSING);
    assert.equal([exit, lastLine], [0, "1 passed, 0 failed"]);
  });

  it("shows a failing assertion with what was there and what was wanted", async () => {
    const { exit, output, lastLine } = await runOn(
      `import * as assert from ${JSON.stringify(import.meta.resolve("uvu/assert"))};\n${USE_DESCRIBE}
      describe("sums", (it) => { it("adds up", () => { assert.is(1 + 1, 3); }); });`,
    );
    assert.equal([exit, lastLine], [1, "0 passed, 1 failed"]);
    assert.match(output, '"adds up"');
    assert.match(output, /a\.test\.ts:\d+/);
  });

  it("a file that cannot be loaded fails", async () => {
    const { exit, lastLine } = await runOn(`${PASSING} throw new Error("broken");`);
    assert.equal([exit, lastLine], [1, "1 passed, 1 failed"]);
  });

  it("a suite without tests fails", async () => {
    const { exit, output } = await runOn(`${PASSING} describe("empty", () => {});`);
    assert.is(exit, 1);
    assert.match(output, "a suite has no tests");
  });

  it("a test that ends the process fails, by its name", async () => {
    const { exit, output, lastLine } = await runOn(
      `${PASSING} describe("s", (it) => { it("leaves", () => { process.exit(0); }); });`,
    );
    assert.is(exit, 1);
    assert.match(output, 'in the middle of "s › leaves"');
    assert.is(lastLine, "1 passed, 1 failed");
  });

  it("a filter that matches nothing fails", async () => {
    const { exit, output } = await runOn(PASSING, "no-such-room/");
    assert.is(exit, 1);
    assert.match(output, 'no test file matches "no-such-room/"');
  });

  it("names what could not run, and does not fail for it", async () => {
    const { exit, output, lastLine } = await runOn(`${USE_DESCRIBE} notRun("Prometheus 3.5", "package unavailable");`);
    assert.is(exit, 0);
    assert.match(output, "not run: Prometheus 3.5 (package unavailable)\n");
    assert.is(lastLine, "0 passed, 0 failed");
  });
});

describe("run: in several processes", (it) => {
  it("counts what each of them says, and what ends without a word", async () => {
    const outcomes: LaneOutcome[] = [];
    await runInLanes(["model/duration.test.ts", "no/such.test.ts"], [], (outcome) => outcomes.push(outcome));
    const [bad, good] = outcomes.sort((a, b) => b.failed - a.failed);
    assert.is(good?.failed, 0);
    assert.ok((good?.passed ?? 0) > 0, good?.text);
    assert.equal([bad?.passed, bad?.failed], [0, 1]);
    assert.match(bad?.text ?? "", 'no test file matches "no/such.test.ts"');
    for (const { text } of outcomes) assert.not.match(text, /\d+ passed, \d+ failed/);
  });

  it("runs each file once, neighbours apart, and what shares a server in one process", () => {
    assert.equal(portionsOf(["a", "b", "c", "d", "e"], [], 2), [
      ["a", "c", "e"],
      ["b", "d"],
    ]);
    assert.equal(portionsOf(["a", "b", "c", "d", "e"], ["e", "b"], 24), [["b", "e"], ["a"], ["c"], ["d"]]);
    assert.equal(portionsOf(["a"], ["a"], 24), [["a"]]);
  });
});
