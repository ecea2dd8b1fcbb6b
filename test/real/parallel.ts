import { availableParallelism } from "node:os";
import type { It } from "../describe.ts";

type Test = () => Promise<void>;

const MOST = 6 * availableParallelism();

/**
 * For tests that spend their time waiting for servers of their own: the first one starts all of them, of all suites that
 * share what is returned, some at a time, and each waits for its own. It takes the `it` of a suite and gives the one to use.
 */
export function parallel(): (it: It) => It {
  const tests: Test[] = [];
  let runs: Promise<void>[] | undefined;
  return (it) => (name, test) => {
    const index = tests.push(async () => await test()) - 1;
    it(name, async () => {
      runs ??= startAll(tests);
      await runs[index];
    });
  };
}

function startAll(tests: readonly Test[]): Promise<void>[] {
  let free = MOST;
  const waiting: (() => void)[] = [];
  const runs = tests.map(async (test) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await test();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  });
  // A failure belongs to the test that waits for it, which comes later.
  for (const run of runs) run.catch(() => {});
  return runs;
}
