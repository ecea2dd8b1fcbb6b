/**
 * Runs the tests:
 *
 *     npm test                          everything, in as many processes as lanes.ts says
 *     npm test -- check/ parse/build    the files whose path below test/ holds one of these, in this process
 *     npm test -- --slow                everything in this process, and which files and tests took longest
 *
 * uvu alone ends with exit code 0 where a suite was never run, where a hook threw, where something else than an Error
 * was thrown, and where an `only` was left behind. This runner counts each of them as a failure.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parse } from "uvu/parse";
import { lanes, runInLanes } from "./lanes.ts";

/** A suite that waits in uvu's queue. Its first result is `true` or the text of the failures. */
type QueuedSuite = () => Promise<[failures: true | string, passed: number, skipped: number, total: number]>;
type QueuedFile = [name: string, ...suites: QueuedSuite[]];
interface UvuGlobals {
  UVU_DEFER: number;
  UVU_INDEX: number;
  UVU_QUEUE: QueuedFile[];
}

const { values: options, positionals } = parseArgs({
  options: {
    slow: { type: "boolean" },
    dir: { type: "string" },
    /** The files of these very names. */
    exactly: { type: "boolean" },
  },
  allowPositionals: true,
});

// Set before uvu is loaded, so that it leaves the running to us; and describe.ts loads uvu.
const uvu = globalThis as unknown as UvuGlobals;
uvu.UVU_DEFER = 1;
uvu.UVU_QUEUE = [];
const { exec } = await import("uvu");
const { log } = await import("./describe.ts");

let passed = 0;
let failed = 0;
let isFinished = false;
const failures: string[] = [];
const fileDurations = new Map<string, number>();

// A test that calls process.exit, or that waits for what never comes, ends up here without having finished.
process.on("exit", () => {
  if (!isFinished) summarise(`the process ended in the middle of "${log.running ?? "loading a test file"}"`);
});

const filters = positionals.map((filter) => filter.replace(/^(\.\/)?test\//, ""));
const { suites: files } = await parse(options.dir ?? fileURLToPath(new URL(".", import.meta.url)), /\.test\.ts$/);
const isAsked = (name: string, filter: string): boolean =>
  options.exactly === true ? name === filter : name.includes(filter);
const selected = files.filter(({ name }) => filters.length === 0 || filters.some((filter) => isAsked(name, filter)));
if (filters.length === 0 && options.dir === undefined && options.slow !== true && lanes() > 1) await runEverything();
for (const filter of filters) {
  if (!files.some(({ name }) => isAsked(name, filter))) fail(`no test file matches "${filter}"`);
}

for (const { name, file } of selected) {
  const notRunBefore = log.notRun.length;
  const group: QueuedFile = [name];
  uvu.UVU_INDEX = uvu.UVU_QUEUE.push(group) - 1;
  const done = stopwatch(name);
  try {
    await import(pathToFileURL(file).href);
    if (group.length === 1 && log.notRun.length === notRunBefore) fail(`${name}: registers no suite`);
  } catch (error) {
    fail(`${name}: cannot be loaded\n${error instanceof Error ? error.stack : String(error)}`);
  }
  done();
}

uvu.UVU_QUEUE = uvu.UVU_QUEUE.map(([name, ...suites]) => [name, ...suites.map((suite) => watched(name, suite))]);
await exec();
if (passed + failed + log.notRun.length === 0) fail("no test passed");
if (options.slow === true) showSlowest();
summarise();
// A pipe whose reader is slow has not taken all of it yet.
await new Promise<void>((taken) => {
  process.stdout.write("", () => taken());
});
// Does not wait for sockets and processes that a test left open.
process.exit();

/** In processes of their own; does not return. */
async function runEverything(): Promise<never> {
  await runInLanes(
    selected.map(({ name }) => name),
    selected.filter(({ file }) => readFileSync(file, "utf8").includes('/rabbitmq.ts"')).map(({ name }) => name),
    (outcome) => {
      passed += outcome.passed;
      failed += outcome.failed;
      // What could not run is said once, and what failed once more, at the end.
      const lines = outcome.text.split("\n");
      log.notRun.push(...lines.flatMap((line) => /^not run: (.*)/.exec(line)?.[1] ?? []));
      failures.push(...lines.filter((line) => /^ +FAIL /.test(line)));
      process.stdout.write(lines.filter((line) => !line.startsWith("not run: ")).join("\n"));
    },
  );
  if (passed + failed === 0) fail("no test passed");
  summarise();
  await new Promise<void>((taken) => process.stdout.write("", () => taken()));
  process.exit();
}

/** The same suite, but what it found is kept for the end and counted our way. */
function watched(file: string, suite: QueuedSuite): QueuedSuite {
  return async () => {
    const done = stopwatch(file);
    try {
      const [texts, ran, skipped, total] = await suite();
      passed += ran;
      failed += total - ran;
      if (texts !== true) failures.push(`${file}\n${texts}`);
      else if (ran < total) failures.push(`${file}: a suite ran ${ran} of its ${total} tests, and did not say why`);
      if (total === 0) fail(`${file}: a suite has no tests`);
      if (skipped > 0) fail(`${file}: ${skipped} skipped`);
      return [true, ran, skipped, total];
    } catch (error) {
      fail(`${file}: a suite broke off: ${String(error)}`);
      return [true, 0, 0, 0];
    } finally {
      done();
    }
  };
}

function fail(message: string): void {
  failed += 1;
  failures.push(message);
}

/** Adds the time until the returned function is called to what this file took. */
function stopwatch(file: string): () => void {
  const start = performance.now();
  return () => {
    fileDurations.set(file, (fileDurations.get(file) ?? 0) + performance.now() - start);
  };
}

function showSlowest(): void {
  const byFile = [...fileDurations].map(([test, ms]) => ({ test, ms }));
  for (const list of [byFile, log.durations]) {
    const slowest = [...list].sort((a, b) => b.ms - a.ms).slice(0, 10);
    print(slowest.map(({ test, ms }) => `${ms.toFixed(0).padStart(7)} ms  ${test}`).join("\n") + "\n");
  }
}

/** Prints what failed, what could not run, and the counts alone on the last line. */
function summarise(trouble?: string): void {
  isFinished = true;
  if (trouble !== undefined) fail(trouble);
  for (const text of failures) print(text);
  for (const name of new Set(log.notRun)) print(`not run: ${name}`);
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
