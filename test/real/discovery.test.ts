/**
 * What real servers make of the artifacts: exactly the targets of their shard, with the labels that the artifact says.
 */
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { beside, groupsOf, INVENTORIES } from "./generation.ts";
import type { Generation } from "./generation.ts";
import type { Network } from "./network.ts";
import { configAround, releases, settled, withPrometheus } from "./prometheus.ts";
import type { Discovered, Release } from "./prometheus.ts";
import { actual, assertSameLines, expected, lines } from "./scraped.ts";
import { together } from "./together.ts";

type Shard = Generation["shards"][number];

interface Seen {
  readonly discovered: Discovered;
  readonly readErrors: number | undefined;
  readonly syncFailures: number;
}

const POOLS = ["promgen", "promgen-blackbox"];

/** Starts a server of a shard, with its own files or those of the whole inventory, and says what it discovered. */
async function observe(
  network: Network,
  release: Release,
  { files }: Generation,
  { path }: Shard,
  reads: "own" | "all",
): Promise<Seen> {
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

/** Checks one server: it scrapes what the shard's files say, and nothing was wrong with them. Gives the number of targets. */
async function assertDiscovers(
  network: Network,
  release: Release,
  generation: Generation,
  shard: Shard,
  reads: "own" | "all",
): Promise<number> {
  const { name, path } = shard;
  const blackbox = /replacement: "(.*)"/.exec(generation.files[`${path}/scrape-config.yml`] ?? "")?.[1] ?? "";
  const wanted = lines(release, [
    ...expected("promgen", groupsOf(generation, `${path}/targets.json`, name), blackbox),
    ...expected("promgen-blackbox", groupsOf(generation, `${path}/urls.json`, name), blackbox),
  ]);
  const { discovered, readErrors, syncFailures } = await observe(network, release, generation, shard, reads);
  assertSameLines(lines(release, actual(discovered)), wanted, name);
  assert.is(readErrors, 0, name);
  assert.is(syncFailures, 0, name);

  const others = reads === "own" ? [] : generation.shards.filter((other) => other.name !== name);
  const foreign = others.flatMap((other) =>
    ["targets.json", "urls.json"].flatMap((file) =>
      groupsOf(generation, file, other.name).flatMap(({ targets }) => targets.map((to) => `${other.name} ${to}`)),
    ),
  );
  const dropped = discovered.droppedTargets.map(
    ({ discoveredLabels }) => `${discoveredLabels["__shard"]} ${discoveredLabels["__address__"]}`,
  );
  assert.equal(dropped.sort(), foreign.sort(), `dropped in ${name}`);
  return wanted.length;
}

const found = await releases("what real servers discover");
if (found.length > 0) {
  describe("real Prometheus servers", (alone) => {
    const it = together(alone);
    for (const release of found) {
      for (const [name, make] of Object.entries(INVENTORIES)) {
        it(`${release.name}: each discovers exactly the targets of its shard, with their labels: ${name}`, async (network) => {
          const generation = await make();
          const checks = generation.shards.map((shard) => assertDiscovers(network, release, generation, shard, "own"));
          const counts = await Promise.all(checks);
          assert.ok(counts.reduce((sum, count) => sum + count, 0) > 20, counts.join(" "));
        });
      }

      it(`${release.name}: one that reads the targets of all shards keeps those of its own and drops the rest`, async (network) => {
        const generation = await INVENTORIES["odd names"]?.();
        assert.ok(generation);
        await Promise.all(
          generation.shards.map((shard) => assertDiscovers(network, release, generation, shard, "all")),
        );
      });
    }
  });
}
