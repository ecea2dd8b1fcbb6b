/**
 * What Prometheus does without a word, and what we do so that it does not come to that.
 */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { judge } from "../render/rendered.ts";
import { until, withDirectory } from "../workplace.ts";
import { beside, generationOf } from "./generation.ts";
import type { Network } from "./network.ts";
import { configAround, releases, settled, withPrometheus } from "./prometheus.ts";
import type { Prometheus, Release } from "./prometheus.ts";
import { together } from "./together.ts";

const shard = "shard: a\nservers: [p1]\n";
const exporters = (...items: readonly string[]): Record<string, string> => ({
  "targets/a.yml": shard,
  "targets/s.yml": `service: s\nshard: a\nprojects:\n  - name: p\n    hosts: [h1.example.com]\n    exporters:\n${items.map((item) => `      - ${item}\n`).join("")}`,
});

/** What validate must refuse: the exporter's fields, the rule, and the labels that Prometheus would have been given. */
const DROPPED: readonly (readonly [fields: string, rule: string, labels: Record<string, string>])[] = [
  ["interval: 5s, timeout: 10s", "address/scrape-timeout", { __scrape_interval__: "5s", __scrape_timeout__: "10s" }],
  ["timeout: 2m", "address/scrape-timeout", { __scrape_timeout__: "2m" }],
  ["interval: '30'", "schema/duration", { __scrape_interval__: "30" }],
  ["interval: 1.5m", "schema/duration", { __scrape_interval__: "1.5m" }],
  ["interval: 1m 30s", "schema/duration", { __scrape_interval__: "1m 30s" }],
  ["interval: 30s1m", "schema/duration", { __scrape_interval__: "30s1m" }],
  ["interval: 0s", "schema/duration", { __scrape_interval__: "0s" }],
  ["timeout: '-5s'", "schema/duration", { __scrape_timeout__: "-5s" }],
  ["interval: 300000y", "schema/duration", { __scrape_interval__: "300000y" }],
];

async function activeJobs(server: Prometheus): Promise<string[]> {
  const { activeTargets } = await server.targets();
  return activeTargets
    .map(({ labels, scrapeInterval, scrapeTimeout }) => `${labels["job"]} ${scrapeInterval} ${scrapeTimeout}`)
    .sort();
}

/** Replaces targets.json as an agent does. */
async function replaceTargets(server: Prometheus, text: string): Promise<void> {
  await writeFile(join(server.directory, "targets.new"), text);
  await rename(join(server.directory, "targets.new"), join(server.directory, "targets.json"));
}

/** Runs a server with the scrape-config.yml of shard a and these targets. */
async function serve(
  network: Network,
  release: Release,
  inventory: Record<string, string>,
  act: (server: Prometheus) => Promise<void>,
  targets?: string,
): Promise<void> {
  const { files } = await withDirectory(inventory, generationOf);
  const placed = {
    ...configAround(release, beside(files["shards/a/scrape-config.yml"] ?? "")),
    "targets.json": targets ?? files["shards/a/targets.json"] ?? "",
    "urls.json": files["shards/a/urls.json"] ?? "",
  };
  await withPrometheus(network, release, placed, async (server) => {
    await settled(server, ["promgen"]);
    await act(server);
  });
}

/** Lets a server with one target read an empty file, and reloads it at once. Gives the number of targets that are left. */
async function leftAfter(network: Network, release: Release, empty: string, patience: number): Promise<number> {
  let left = 0;
  await serve(network, release, exporters("{ job: node, port: 9100 }"), async (server) => {
    const count = async (): Promise<number> => (await server.targets()).activeTargets.length;
    assert.is(await count(), 1);
    await replaceTargets(server, empty);
    assert.is((await server.ask("/-/reload", "POST")).status, 200);
    await until("no target is left", async () => (await count()) === 0, patience).catch(() => {});
    left = await count();
  });
  return left;
}

describe("what Prometheus drops without a word", (it) => {
  for (const [fields, rule] of DROPPED) {
    it(`is refused by validate: ${fields}`, async () => {
      const { exit, errors } = await judge(exporters(`{ job: node, port: 9100, ${fields} }`));
      assert.is(exit, 1);
      assert.equal(errors, [rule]);
    });
  }
});

for (const release of await releases("what real servers drop without a word")) {
  describe(`Prometheus ${release.name}`, (alone) => {
    const it = together(alone);
    it("drops what validate refuses, and nothing but a counter says so", async (network) => {
      const groups = DROPPED.map(([, , labels], index) => ({
        targets: [`h${index}.example.com:9100`],
        labels: { ...labels, job: `bad ${index}`, __shard: "a" },
      }));
      const good = { targets: ["h.example.com:9100"], labels: { job: "good", __shard: "a" } };
      await serve(
        network,
        release,
        { "targets/a.yml": shard },
        async (server) => {
          assert.equal(await activeJobs(server), ["good 1m 10s"]);
          assert.is(await server.metric("prometheus_sd_file_read_errors_total"), 0);
          assert.is(await server.metric('prometheus_target_sync_failed_total{scrape_job="promgen"}'), DROPPED.length);
        },
        JSON.stringify([...groups, good]),
      );
    });

    it("scrapes what we render for an interval below the default timeout, for both, and for none", async (network) => {
      const inventory = exporters(
        "{ job: none, port: 9100 }",
        "{ job: quick, port: 9101, interval: 5s }",
        "{ job: equal, port: 9102, interval: 10s }",
        "{ job: both, port: 9103, interval: 20s, timeout: 20s }",
        "{ job: patient, port: 9104, timeout: 1m }",
        "{ job: odd, port: 9105, interval: 1m30s500ms }",
        "{ job: tiny, port: 9106, interval: 500ms }",
      );
      await serve(network, release, inventory, async (server) => {
        assert.equal(await activeJobs(server), [
          "both 20s 20s",
          "equal 10s 10s",
          "none 1m 10s",
          "odd 1m30s500ms 10s",
          "patient 1m 1m",
          "quick 5s 5s",
          "tiny 500ms 500ms",
        ]);
      });
    });

    it("keeps no target of a shard that became empty, even where it is reloaded at once", async (network) => {
      const { files } = await withDirectory({ "targets/a.yml": shard }, generationOf);
      assert.is(await leftAfter(network, release, files["shards/a/targets.json"] ?? "", 100_000), 0);
    });

    if (release.major < 3) {
      it("would keep them for good with [], which we never write", async (network) => {
        // Where the change was passed on in the moment before the reload, all is well.
        let left = 0;
        for (let attempt = 0; attempt < 6 && left === 0; attempt++)
          left = await leftAfter(network, release, "[]", 12_000);
        assert.is(left, 1);
      });
    }
  });
}
