import * as assert from "uvu/assert";
import { readLoadedConfig } from "../../../src/agent/prometheus/loaded-config.ts";
import { describe } from "../../describe.ts";

/** As 2.42 writes it. */
const YAML = `global:
  scrape_interval: 1m
  evaluation_interval: 1m
alerting:
  alertmanagers:
  - follow_redirects: true
    file_sd_configs:
    - files:
      - /etc/alertmanagers.json
      refresh_interval: 5m
scrape_configs:
- job_name: promgen
  honor_timestamps: true
  params:
    module:
    - http
  file_sd_configs:
  - files:
    - /etc/prometheus/promgen/targets.json
    - /etc/prometheus/more/*.yml
    refresh_interval: 5m
  - files:
    - relative.json
    refresh_interval: 30s
  relabel_configs:
  - source_labels: [__shard]
    separator: ;
    regex: files
    action: keep
- job_name: 'it''s: "odd"'
  file_sd_configs:
  - files:
    - "/tmp/\\xE9\\u00e8\\"\\t.json"
    refresh_interval: 5m
  static_configs:
  - targets:
    - localhost:9090
- job_name: cloud
  http_sd_configs:
  - files_not: 1
    url: http://x/
`;

describe("configuration that a server has loaded", (it) => {
  it("says which pool reads which files", () => {
    const { readers, mixedPools, pools, isPartial } = readLoadedConfig(YAML);
    assert.equal(readers, [
      {
        pool: "promgen",
        patterns: ["/etc/prometheus/promgen/targets.json", "/etc/prometheus/more/*.yml"],
      },
      { pool: "promgen", patterns: ["relative.json"] },
      { pool: `it's: "odd"`, patterns: ['/tmp/éè"\t.json'] },
    ]);
    assert.equal([...pools], ["promgen", `it's: "odd"`, "cloud"]);
    assert.equal([...mixedPools], [`it's: "odd"`, "cloud"]);
    assert.is(isPartial, false);
  });

  it("knows that it does not see scrape configs of other files", () => {
    assert.is(readLoadedConfig("scrape_config_files:\n- /etc/prometheus/scrape-config.yml\n").isPartial, true);
    assert.is(readLoadedConfig("rule_files:\n- a.yml\n").isPartial, false);
  });

  it("reads deeper indentation as well, should a server write it", () => {
    const deeper = `scrape_configs:
    - job_name: a
      file_sd_configs:
        - files:
            - /a.json
            - /b.json
          refresh_interval: 5m
      relabel_configs:
        - regex: x
    - job_name: b
      file_sd_configs:
        - files:
            - /c.json
`;
    assert.equal(
      readLoadedConfig(deeper).readers.map(({ pool, patterns }) => [pool, ...patterns]),
      [
        ["a", "/a.json", "/b.json"],
        ["b", "/c.json"],
      ],
    );
  });
});
