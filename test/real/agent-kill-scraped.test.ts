/** What a Prometheus scrapes while the agent that brings its targets is killed again and again. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { run, until } from "../workplace.ts";
import type { Agent } from "./agents.ts";
import { AGENTS, onHost } from "./agents.ts";
import { addresses, groupOf, publish } from "./artifacts.ts";
import { withHost } from "./host.ts";
import { installed } from "./prometheus.ts";
import type { Release } from "./prometheus.ts";

const [FEW, MANY] = [addresses(40), addresses(60)];
/** Prometheus looks at what it has discovered every 5 seconds: twice at least. */
const LONG_MS = 11_000;

/** Publishes, and kills whoever brings it, for some time; gives the fewest targets that were scraped meanwhile. */
async function fewestWhileKilled(agent: Agent, release: Release): Promise<number> {
  return await withHost(release, { targets: groupOf("node", FEW) }, async (prometheus) => {
    let least = FEW.length;
    const scraped = async (): Promise<number> => (await prometheus.targets()).activeTargets.length;
    await until("the first targets are scraped", async () => (await scraped()) === FEW.length);
    await onHost(agent, async ({ directory, files, site }) => {
      const targets = join(prometheus.directory, "promgen/targets.json");
      const places = ["--targets", targets, "--state", join(directory, "state")];
      const from = ["--source", site.url, "--shard", "tokyo-a", "--prometheus", prometheus.url];
      const sync = [...agent.command, "sync", ...from, ...places];
      const watch = { isOver: false };
      const watching = (async () => {
        for (; !watch.isOver; await pause(25)) least = Math.min(least, await scraped());
      })();
      try {
        const end = performance.now() + LONG_MS;
        for (let generation = 1; performance.now() < end; generation++) {
          await publish(files, { generation, targets: generation % 2 === 0 ? FEW : MANY });
          const seconds = String(0.03 + 0.04 * (generation % 12));
          await run(directory, ["timeout", "-s", "KILL", seconds, ...sync]);
        }
        const last = await run(directory, sync);
        assert.is(last.exit, 0, last.stderr);
      } finally {
        watch.isOver = true;
        await watching;
      }
    });
    return least;
  });
}

const [oldest] = await installed("what Prometheus scrapes while the agent is killed");
if (oldest !== undefined) {
  describe(`what Prometheus ${oldest.name} scrapes while the agent is killed again and again`, (it) => {
    it("is never less than the smaller of two generations, whichever agent it is", async () => {
      const agents = AGENTS.slice(0, 2);
      const least = await Promise.all(agents.map(async (agent) => await fewestWhileKilled(agent, oldest)));
      assert.equal(
        least,
        agents.map(() => FEW.length),
      );
    });
  });
}
