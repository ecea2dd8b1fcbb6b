import type { It } from "../describe.ts";
import { withNetwork } from "./network.ts";
import type { Network } from "./network.ts";

type Test = (network: Network) => Promise<void>;

/**
 * Declares tests that spend their time waiting for servers: the first of them starts them all, in one network, and each
 * waits for its own. What is returned takes the `it` of a suite and gives the one to use.
 */
export function together(): (it: It) => (name: string, test: Test) => void {
  const tests: Test[] = [];
  let running: Promise<Promise<void>[]> | undefined;
  return (it) => (name, test) => {
    const index = tests.push(test) - 1;
    it(name, async () => {
      running ??= startAll(tests);
      await (
        await running
      )[index];
    });
  };
}

async function startAll(tests: readonly Test[]): Promise<Promise<void>[]> {
  return await new Promise((started, fail) => {
    withNetwork(async (network) => {
      const running = tests.map(async (test) => {
        await test(network);
      });
      // A failure belongs to the test that waits for it, which comes later.
      for (const run of running) run.catch(() => {});
      started(running);
      await Promise.allSettled(running);
    }).catch(fail);
  });
}
