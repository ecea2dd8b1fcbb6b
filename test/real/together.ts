import type { It } from "../describe.ts";
import { withNetwork } from "./network.ts";
import type { Network } from "./network.ts";

type Test = (network: Network) => Promise<void>;

/** Of all files: they are loaded before the first test runs. */
const tests: Test[] = [];
let running: Promise<Promise<void>[]> | undefined;

/**
 * For tests that spend their time waiting for servers: the first of them starts them all, in one network, and each waits
 * for its own. Takes the `it` of a suite and gives the one to use.
 */
export function together(it: It): (name: string, test: Test) => void {
  return (name, test) => {
    const index = tests.push(test) - 1;
    it(name, async () => {
      running ??= startAll();
      const runs = await running;
      await runs[index];
    });
  };
}

async function startAll(): Promise<Promise<void>[]> {
  return await new Promise((started, fail) => {
    withNetwork(async (network) => {
      const runs = tests.map(async (test) => {
        await test(network);
      });
      // A failure belongs to the test that waits for it, which comes later.
      for (const run of runs) run.catch(() => {});
      started(runs);
      await Promise.allSettled(runs);
    }).catch(fail);
  });
}
