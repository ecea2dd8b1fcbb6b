/** The strict check beside servers that run: promtool, which the other tests ask, is another program. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { FILES } from "../agent/check/files.ts";
import { describe } from "../describe.ts";
import { until } from "../workplace.ts";
import { withHost } from "./host.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";

/** blackbox_exporter's relabelling: URLs are no addresses. */
const PROBES = [
  { source_labels: ["__address__"], target_label: "__param_target" },
  { target_label: "__address__", replacement: "127.0.0.1:9115" },
];
const JOBS = ["promgen", "urls"];

const together = parallel();
for (const release of await installed("the strict check beside servers")) {
  describe(`the strict check and a server ${release.name}`, (alone) => {
    const it = together(alone);

    it("agree: it reads every file of the table that passes and drops no target of it, and what it cannot read is refused", async () => {
      const files: Record<string, Uint8Array> = {};
      const [passed, refused]: [string[], string[]] = [[], []];
      for (const [index, { name, bytes, trouble }] of FILES.entries()) {
        const path = `${trouble === undefined ? name.replace(".json", "") : "refused"}/${index}.json`;
        files[path] = bytes;
        (trouble === undefined ? passed : refused).push(path);
      }
      const scrapeConfigs = [
        { job_name: "refused", file_sd_configs: [{ files: ["refused/*.json"] }] },
        { job_name: "urls", file_sd_configs: [{ files: ["urls/*.json"] }], relabel_configs: PROBES },
      ];
      await withHost(release, { files, reads: ["targets/*.json"], scrapeConfigs }, async (host) => {
        const mtime = (path: string): string =>
          `prometheus_sd_file_mtime_seconds{filename="${join(host.directory, path)}"}`;
        const hasRead = async (path: string): Promise<boolean> => (await host.metric(mtime(path))) !== undefined;
        for (const path of passed) await until(`${path} is read`, async () => await hasRead(path));
        const pools = async (name: string): Promise<number[]> => {
          const counts = JOBS.map(async (job) => await host.metric(`${name}{scrape_job="${job}"}`));
          return (await Promise.all(counts)).map((count) => count ?? 0);
        };
        await until("targets are taken over", async () =>
          (await pools("prometheus_target_scrape_pool_targets")).every((count) => count > 0),
        );
        assert.equal(await pools("prometheus_target_sync_failed_total"), [0, 0]);
        const unread = (await Promise.all(refused.map(hasRead))).filter((isRead) => !isRead).length;
        assert.ok(unread >= 40, `${unread} of ${refused.length}`);
        process.stdout.write(
          `\n  ${passed.length} files taken by both; ${unread} of the ${refused.length} others refused by the server, too\n`,
        );
      });
    });
  });
}
