/** Both agents on one host: the one in Node and the script, which somebody puts in place of it or leaves in cron beside it. */
import { stat } from "node:fs/promises";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { run } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import type { Agent, AgentHost } from "./agents.ts";
import { AGENTS, onHost } from "./agents.ts";
import { addresses, publish } from "./artifacts.ts";

const [NODE, SCRIPT] = AGENTS;

async function sync(agent: Agent, host: AgentHost): Promise<Ran> {
  return await run(host.directory, host.line(["--no-proof", "--reload", "never"], agent));
}

if (NODE !== undefined && SCRIPT !== undefined) {
  describe(`promgen-agent and ${SCRIPT.name} in turn on one host`, (it) => {
    it("go on from what the other has left, whichever comes first, and leave alone what is in place", async () => {
      for (const agents of [
        [NODE, SCRIPT],
        [SCRIPT, NODE],
      ] as const) {
        await onHost(NODE, async (host) => {
          for (const generation of [1, 2, 3, 4]) {
            const [first, second] = generation % 2 === 1 ? agents : agents.toReversed();
            if (first === undefined || second === undefined) throw new Error("there are two agents");
            const published = await publish(host.files, { generation, targets: addresses(generation + 2) });
            const brought = await sync(first, host);
            assert.is(brought.exit, 0, brought.stderr);
            assert.equal(await host.inPlace(), published);
            const { ino } = await stat(host.targets);
            const seen = await sync(second, host);
            assert.is(seen.exit, 0, seen.stderr);
            assert.is((await stat(host.targets)).ino, ino);
          }
        });
      }
    });

    it("refuse what is older than what the other has brought", async () => {
      for (const [first, second] of [
        [NODE, SCRIPT],
        [SCRIPT, NODE],
      ] as const) {
        await onHost(NODE, async (host) => {
          const published = await publish(host.files, { generation: 7, targets: addresses(5) });
          assert.is((await sync(first, host)).exit, 0);
          await publish(host.files, { generation: 6, targets: addresses(4) });
          assert.is((await sync(second, host)).exit, 5, second.name);
          assert.equal(await host.inPlace(), published);
        });
      }
    });
  });
}
