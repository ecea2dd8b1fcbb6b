/**
 * scrape-config.yml of a shard: what a Prometheus server includes with `scrape_config_files` (since 2.43) or pastes.
 */
import type { Shard } from "../model/inventory.ts";

/** The text of the file. JSON strings are YAML strings, so every value is quoted that way. */
export function scrapeConfig(shard: Shard): string {
  const { targets, urls, blackbox } = shard.prometheus;
  return `# Scrapes what shard ${JSON.stringify(shard.name)} owns. TLS and credentials are the server's: add them here or keep them in prometheus.yml.
# The keep rules let the same file serve a server that reads the targets of all shards.
scrape_configs:
  - job_name: promgen
    file_sd_configs:
      - files: [${JSON.stringify(targets)}]
    relabel_configs:
      - source_labels: [__shard]
        regex: ${JSON.stringify(escapeRegex(shard.name))}
        action: keep
  - job_name: promgen-blackbox
    metrics_path: /probe
    file_sd_configs:
      - files: [${JSON.stringify(urls)}]
    relabel_configs:
      - source_labels: [__shard]
        regex: ${JSON.stringify(escapeRegex(shard.name))}
        action: keep
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - target_label: __address__
        replacement: ${JSON.stringify(blackbox.replaceAll("$", "$$$$"))}
`;
}

/**
 * Prometheus anchors the expression; in a name only the dot means something else to it. Its YAML parser takes this one word
 * for nothing, also in quotes (go-yaml v2, decode.go: `resolved == nil`), and refuses the file.
 */
function escapeRegex(name: string): string {
  return name === "null" ? "(?:null)" : name.replaceAll(".", "\\.");
}
