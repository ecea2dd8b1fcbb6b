/**
 * What real servers make of the artifacts: exactly the targets of their shard, with the labels that the artifact says.
 */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { beside, groupsOf, INVENTORIES } from "./generation.ts";
import type { Generation } from "./generation.ts";
import type { Network } from "./network.ts";
import { configAround, releases, settled, withPrometheus } from "./prometheus.ts";
import type { Discovered, Release } from "./prometheus.ts";
import { actual, assertSameLines, expected, lines } from "./scraped.ts";
import { until } from "../workplace.ts";
import { together } from "./together.ts";

type Shard = Generation["shards"][number];

/** A shard's files as a server has them: its own, or those of the whole inventory. */
interface Place {
  readonly generation: Generation;
  readonly shard: Shard;
  readonly reads: "own" | "all";
}

interface Seen {
  readonly discovered: Discovered;
  readonly readErrors: number | undefined;
  readonly syncFailures: number;
}

const POOLS = ["promgen", "promgen-blackbox"];

/**
 * Starts one server for all these places, each in a directory of its own and with pools of its own: those of a shard get the
 * number of the place behind their name. Calls `check` with what was discovered in each, under the names that
 * scrape-config.yml has, until it does not throw any more: the files are not all taken over in the same moment.
 */
async function observe(
  network: Network,
  release: Release,
  places: readonly Place[],
  check: (seen: readonly Seen[]) => void,
): Promise<void> {
  const placed: Record<string, string> = {};
  const configs = places.map(({ generation: { files }, shard: { path }, reads }, index) => {
    const prefix = reads === "own" ? `${path}/` : "";
    for (const name of ["targets.json", "urls.json"]) placed[`${index}/${name}`] = files[`${prefix}${name}`] ?? "";
    return beside(files[`${path}/scrape-config.yml`] ?? "")
      .replace(/^[^]*?^scrape_configs:\n/m, "")
      .replace(/^( +- job_name: (?:promgen|promgen-blackbox))$/gm, `$1-${index}`)
      .replace(/"(targets|urls)\.json"/g, `"${index}/$1.json"`);
  });
  const files = { ...configAround(release, `scrape_configs:\n${configs.join("")}`), ...placed };
  await withPrometheus(network, release, files, async (server) => {
    await settled(
      server,
      places.flatMap((_, index) => poolsOf(index)),
    );
    let failure: unknown;
    const isRight = async (): Promise<boolean> => {
      const [discovered, metrics] = [await server.targets(), await server.metrics()];
      try {
        check(places.map((_, index) => seenIn(index, discovered, metrics, server.directory)));
        return true;
      } catch (error) {
        failure = error;
        return false;
      }
    };
    await until("every place has its targets", isRight).catch((error: unknown) => {
      throw failure ?? error;
    });
  });
}

function poolsOf(index: number): string[] {
  return POOLS.map((pool) => `${pool}-${index}`);
}

/** What a server discovered in one place. */
function seenIn(
  index: number,
  { activeTargets, droppedTargets }: Discovered,
  metrics: ReadonlyMap<string, number>,
  directory: string,
): Seen {
  const pools = poolsOf(index);
  const active = activeTargets.filter(({ scrapePool }) => pools.includes(scrapePool));
  const place = join(directory, `${index}/`);
  return {
    discovered: {
      activeTargets: active.map((target) => ({ ...target, scrapePool: target.scrapePool.replace(/-\d+$/, "") })),
      droppedTargets: droppedTargets.filter(({ discoveredLabels }) =>
        (discoveredLabels["__meta_filepath"] ?? "").startsWith(place),
      ),
    },
    readErrors: metrics.get("prometheus_sd_file_read_errors_total"),
    syncFailures: pools
      .map((pool) => metrics.get(`prometheus_target_sync_failed_total{scrape_job="${pool}"}`) ?? 0)
      .reduce((sum, count) => sum + count, 0),
  };
}

/** Checks one place: what its shard's files say is scraped, and nothing was wrong with them. Gives the number of targets. */
function assertDiscovers(release: Release, { generation, shard, reads }: Place, seen: Seen): number {
  const { name, path } = shard;
  const blackbox = /replacement: "(.*)"/.exec(generation.files[`${path}/scrape-config.yml`] ?? "")?.[1] ?? "";
  const wanted = lines(release, [
    ...expected("promgen", groupsOf(generation, `${path}/targets.json`, name), blackbox),
    ...expected("promgen-blackbox", groupsOf(generation, `${path}/urls.json`, name), blackbox),
  ]);
  const { discovered, readErrors, syncFailures } = seen;
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
    // Each server watches 40 files, and a user may watch 128.
    let before: Promise<unknown> = Promise.resolve();
    const inTurn = async (act: () => Promise<void>): Promise<void> => {
      const turn = before.then(act);
      before = turn.catch(() => {});
      await turn;
    };
    for (const release of found) {
      it(`${release.name}: each shard of every inventory gets exactly its targets, with their labels, be it that the files of all shards are read`, async (network) => {
        const places: Place[] = [];
        for (const [name, make] of Object.entries(INVENTORIES)) {
          const generation = await make();
          for (const reads of name === "odd names" ? (["own", "all"] as const) : (["own"] as const))
            places.push(...generation.shards.map((shard) => ({ generation, shard, reads })));
        }
        const check = (seen: readonly Seen[]): void => {
          const counts = new Map<Generation, number>();
          for (const [index, place] of places.entries()) {
            const count = assertDiscovers(release, place, seen[index] as Seen);
            counts.set(place.generation, (counts.get(place.generation) ?? 0) + count);
          }
          assert.ok(Math.min(...counts.values()) > 20, [...counts.values()].join(" "));
        };
        await inTurn(async () => await observe(network, release, places, check));
      });
    }
  });
}
