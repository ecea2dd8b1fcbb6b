/**
 * What real servers make of the artifacts: exactly the targets of their shard, with the labels that the artifact says.
 */
import { availableParallelism } from "node:os";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { beside, groupsOf, INVENTORIES } from "./generation.ts";
import type { Generation } from "./generation.ts";
import { withNetwork } from "./network.ts";
import type { Network } from "./network.ts";
import { configAround, releases, settled, withPrometheus } from "./prometheus.ts";
import type { Discovered, Release } from "./prometheus.ts";
import { actual, assertSameLines, expected, lines } from "./scraped.ts";

/** One server to start: the files of the shard alone, or those of the whole inventory. */
interface Job {
  readonly release: Release;
  readonly inventory: string;
  readonly shard: string;
  readonly reads: "own" | "all";
}

interface Seen {
  readonly discovered: Discovered;
  readonly readErrors: number | undefined;
  readonly syncFailures: number;
}

const POOLS = ["promgen", "promgen-blackbox"];

/** Starts a server of a shard and says what it discovered. */
async function observe(network: Network, { release, shard, reads }: Job, { files, shards }: Generation): Promise<Seen> {
  const path = shards.find(({ name }) => name === shard)?.path ?? "";
  const prefix = reads === "own" ? `${path}/` : "";
  const placed = {
    ...configAround(release, beside(files[`${path}/scrape-config.yml`] ?? "")),
    "targets.json": files[`${prefix}targets.json`] ?? "",
    "urls.json": files[`${prefix}urls.json`] ?? "",
  };
  return await withPrometheus(network, release, placed, async (server) => {
    await settled(server, POOLS);
    const failed = POOLS.map((pool) => server.metric(`prometheus_target_sync_failed_total{scrape_job="${pool}"}`));
    return {
      discovered: await server.targets(),
      readErrors: await server.metric("prometheus_sd_file_read_errors_total"),
      syncFailures: (await Promise.all(failed)).reduce<number>((sum, count) => sum + (count ?? 0), 0),
    };
  });
}

function keyOf({ release, inventory, shard, reads }: Job): string {
  return [release.name, inventory, shard, reads].join("\n");
}

/** Starts all servers, so many at a time, in one network; each result comes when it is there. */
async function startAll(
  found: readonly Release[],
  generations: ReadonlyMap<string, Generation>,
): Promise<Map<string, Promise<Seen>>> {
  const jobs: Job[] = [];
  for (const release of found) {
    for (const [inventory, { shards }] of generations) {
      for (const { name } of shards) {
        jobs.push({ release, inventory, shard: name, reads: "own" });
        // One inventory is enough to see what a server drops.
        if (inventory === "odd names") jobs.push({ release, inventory, shard: name, reads: "all" });
      }
    }
  }
  const results = new Map<string, Promise<Seen>>();
  const settlers = jobs.map((job) => {
    let settle = (_: Promise<Seen>): void => {};
    const result = new Promise<Seen>((resolve) => {
      settle = resolve;
    });
    // A failure belongs to the test that waits for it, which comes later.
    result.catch(() => {});
    results.set(keyOf(job), result);
    return settle;
  });
  let next = 0;
  const work = async (network: Network): Promise<void> => {
    for (let index = next++; index < jobs.length; index = next++) {
      const job = jobs[index];
      const generation = generations.get(job?.inventory ?? "");
      if (job === undefined || generation === undefined) return;
      const seen = observe(network, job, generation);
      settlers[index]?.(seen);
      await seen.catch(() => {});
    }
  };
  const width = 8 * availableParallelism();
  withNetwork(async (network) => {
    await Promise.all(Array.from({ length: width }, async () => await work(network)));
  }).catch((error: unknown) => {
    for (const settle of settlers) settle(Promise.reject(error as Error));
  });
  return results;
}

const found = await releases();
if (found.length > 0) {
  describe("real Prometheus servers", (it) => {
    // The first test starts all the work; each waits for what it is about.
    let started: Promise<Started> | undefined;
    interface Started {
      readonly generations: ReadonlyMap<string, Generation>;
      readonly seen: (job: Job) => Promise<Seen>;
    }
    const start = async (): Promise<Started> => {
      const generations = new Map<string, Generation>();
      for (const [name, make] of Object.entries(INVENTORIES)) generations.set(name, await make());
      const results = await startAll(found, generations);
      return {
        generations,
        seen: async (job) => await (results.get(keyOf(job)) ?? Promise.reject(new Error(`not started: ${job.shard}`))),
      };
    };
    const begun = async (): Promise<Started> => await (started ??= start());

    for (const release of found) {
      for (const inventory of Object.keys(INVENTORIES)) {
        it(`${release.name}: each server discovers exactly the targets of its shard, with their labels: ${inventory}`, async () => {
          const { generations, seen } = await begun();
          const generation = generations.get(inventory);
          assert.ok(generation);
          let count = 0;
          for (const { name, path } of generation.shards) {
            const config = generation.files[`${path}/scrape-config.yml`] ?? "";
            const blackbox = /replacement: "(.*)"/.exec(config)?.[1] ?? "";
            const wanted = lines(release, [
              ...expected("promgen", groupsOf(generation, `${path}/targets.json`, name), blackbox),
              ...expected("promgen-blackbox", groupsOf(generation, `${path}/urls.json`, name), blackbox),
            ]);
            const { discovered, readErrors, syncFailures } = await seen({
              release,
              inventory,
              shard: name,
              reads: "own",
            });
            assertSameLines(lines(release, actual(discovered)), wanted, name);
            assert.equal(discovered.droppedTargets, [], name);
            assert.is(readErrors, 0, name);
            assert.is(syncFailures, 0, name);
            count += wanted.length;
          }
          assert.ok(count > 20, `${count} targets`);
        });
      }

      it(`${release.name}: a server that reads the targets of all shards keeps those of its own and drops the rest`, async () => {
        const { generations, seen } = await begun();
        const generation = generations.get("odd names");
        assert.ok(generation);
        for (const { name } of generation.shards) {
          const job = { release, inventory: "odd names", shard: name };
          const own = await seen({ ...job, reads: "own" });
          const all = await seen({ ...job, reads: "all" });
          assertSameLines(
            lines(release, actual(all.discovered)),
            lines(release, actual(own.discovered)),
            `active in ${name}`,
          );
          const others = generation.shards.filter((shard) => shard.name !== name);
          const foreign = others.flatMap((shard) =>
            ["targets.json", "urls.json"].flatMap((file) =>
              groupsOf(generation, file, shard.name).flatMap(({ targets }) =>
                targets.map((target) => `${shard.name} ${target}`),
              ),
            ),
          );
          const dropped = all.discovered.droppedTargets.map(
            ({ discoveredLabels }) => `${discoveredLabels["__shard"]} ${discoveredLabels["__address__"]}`,
          );
          assert.equal(dropped.sort(), foreign.sort(), `dropped in ${name}`);
        }
      });
    }
  });
}
