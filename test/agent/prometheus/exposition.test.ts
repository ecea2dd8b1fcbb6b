import * as assert from "uvu/assert";
import type { Exposition } from "../../../src/agent/prometheus/exposition.ts";
import { readExposition, total } from "../../../src/agent/prometheus/exposition.ts";
import { describe } from "../../describe.ts";
import { inChunks } from "./chunks.ts";

const METRICS = `# HELP prometheus_sd_file_mtime_seconds Timestamp (mtime) of files read by FileSD.
# TYPE prometheus_sd_file_mtime_seconds gauge
go_goroutines 31
prometheus_build_info{branch="x",goversion="go1.19.8",version="2.42.0+ds"} 1
prometheus_config_last_reload_success_timestamp_seconds 1.7956990200578525e+09
prometheus_config_last_reload_successful 0
prometheus_sd_discovered_targets{config="promgen",name="scrape"} 12
prometheus_sd_discovered_targets{config="config-0",name="notify"} 3
prometheus_sd_file_mtime_seconds{filename="/etc/p/targets.json"} 1.795699019e+09
prometheus_sd_file_mtime_seconds{filename="/odd/\\"a\\\\b\\n,}= é.json"} 7
prometheus_sd_file_read_errors_total 4
prometheus_sd_file_scan_duration_seconds{quantile="0.5"} 1.9e-05
prometheus_sd_file_scan_duration_seconds_count 9
prometheus_sd_file_watcher_errors_total 1
prometheus_target_scrape_pool_sync_total{scrape_job="promgen"} 5
prometheus_target_scrape_pool_targets{scrape_job="promgen"} 11
prometheus_target_sync_failed_total{scrape_job="promgen"} 2
prometheus_target_sync_failed_total{scrape_job="other"} 3
process_start_time_seconds 1.79569901922e+09
`;

async function read(text: string, size?: number): Promise<Exposition> {
  return await readExposition(inChunks(text, size));
}

describe("exposition of a server", (it) => {
  it("reads the series that say something about files and pools", async () => {
    const seen = await read(METRICS);
    assert.equal(
      [...seen.mtimes],
      [
        ["/etc/p/targets.json", 1_795_699_019],
        ['/odd/"a\\b\n,}= é.json', 7],
      ],
    );
    assert.equal([seen.readErrors, seen.scans, seen.watcherErrors], [4, 9, 1]);
    assert.equal([...seen.discovered], [["promgen", 12]]);
    assert.equal([...seen.scraped], [["promgen", 11]]);
    assert.is(total(seen.syncFailed), 5);
    assert.equal([seen.startTime, seen.version], [1_795_699_019.22, "2.42.0+ds"]);
    assert.equal([seen.isReloadSuccessful, seen.reloadedAt], [false, 1_795_699_020.0578525]);
  });

  it("reads the same however the bytes are cut", async () => {
    const whole = await read(METRICS);
    for (const size of [1, 2, 3, 7, 64]) assert.equal(await read(METRICS, size), whole, `${size}`);
  });

  it("leaves out what a server does not say", async () => {
    const seen = await read("process_start_time_seconds 12\n");
    assert.is(seen.version, undefined);
    assert.is(seen.readErrors, undefined);
    assert.is(total(seen.syncFailed), undefined);
    assert.is(seen.startTime, 12);
  });

  it("passes over lines that are not of the format", async () => {
    const broken = [
      'prometheus_sd_file_mtime_seconds{filename="/a" 1',
      'prometheus_sd_file_mtime_seconds{filename="/b"',
      "prometheus_sd_file_mtime_seconds",
      'prometheus_sd_file_mtime_seconds{filename="/c"} soon',
      `prometheus_sd_file_mtime_seconds{filename="${"x".repeat(1 << 18)}`,
      "prometheus_sd_file_mtime_seconds{} 3",
      "<html>",
    ];
    const seen = await read(`${broken.join("\n")}\nprometheus_sd_file_read_errors_total 1 1700000000000\n`);
    assert.is(seen.mtimes.size, 0);
    assert.is(seen.readErrors, 1);
  });
});
