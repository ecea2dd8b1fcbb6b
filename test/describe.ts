/**
 * What test files use instead of uvu itself. It has no hooks, no `only` and no `skip`: each of them can make uvu lose
 * failures without a word. Set-up is a function that returns a value; clean-up is `finally`.
 */
import { inspect } from "node:util";
import { suite } from "uvu";

export type It = (name: string, test: () => void | Promise<void>) => void;

/** No test is meant to take this long: it hangs. */
const TIMEOUT_MS = 600_000;

/** What run.ts reads at the end. */
export const log = {
  /** The test that runs now. */
  running: undefined as string | undefined,
  durations: [] as { readonly test: string; readonly ms: number }[],
  notRun: [] as string[],
};

/** Registers a suite. All its tests are declared before `declare` returns. */
export function describe(name: string, declare: (it: It) => void): void {
  const tests = suite(name);
  const names = new Set<string>();
  const it: It = (title, test) => {
    if (names.has(title)) throw new Error(`suite "${name}" has two tests called "${title}"`);
    names.add(title);
    tests(title, () => settle(`${name} › ${title}`, test));
  };
  const returned: unknown = declare(it);
  if (returned !== undefined) throw new Error(`suite "${name}" must declare its tests synchronously`);
  tests.run();
}

/** Says that tests cannot run here, and why: the program they are about is not installed, say. */
export function notRun(name: string, reason: string): void {
  log.notRun.push(`${name} (${reason})`);
}

async function settle(name: string, test: () => void | Promise<void>): Promise<void> {
  const start = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
  });
  log.running = name;
  try {
    await Promise.race([test(), timeout]);
  } catch (error) {
    // uvu chokes on anything that has no name and no stack, and drops the suite's failures with it.
    throw error instanceof Error ? error : new Error(`thrown, but not an Error: ${inspect(error)}`);
  } finally {
    clearTimeout(timer);
    log.running = undefined;
    log.durations.push({ test: name, ms: performance.now() - start });
  }
}
