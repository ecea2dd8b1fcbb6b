/**
 * The few series of a server's own /metrics that say something about our files. The text is read as it comes, and nothing
 * else of it is kept: a large server has megabytes of it.
 *
 * The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
import { readSample } from "../../model/sample.ts";
import type { Sample } from "../../model/sample.ts";

/** One look at a server. Counters of what the server does not have, or not yet, are undefined or not in the map. */
export interface Exposition {
  /** File as the server is configured with it → seconds since 1970. Set only after the file was read as a whole. */
  readonly mtimes: ReadonlyMap<string, number>;
  readonly readErrors: number | undefined;
  /** Completed scans of file_sd, all of them together. */
  readonly scans: number | undefined;
  /** Failed watches of directories: with one, file_sd reads nothing any more. */
  readonly watcherErrors: number | undefined;
  /** Scrape pool → targets that its service discovery knows, repetitions included. */
  readonly discovered: ReadonlyMap<string, number>;
  /** Scrape pool → targets that are scraped. */
  readonly scraped: ReadonlyMap<string, number>;
  /** Scrape pool → targets that it could not make anything of, counted anew at every sync. */
  readonly syncFailed: ReadonlyMap<string, number>;
  /** Seconds since 1970. */
  readonly startTime: number | undefined;
  /** Undefined: what answers is no Prometheus. */
  readonly version: string | undefined;
  readonly isReloadSuccessful: boolean | undefined;
  /** Of the last successful reload, seconds since 1970. */
  readonly reloadedAt: number | undefined;
}

/** No line that we read is as long. */
const LONGEST_LINE = 1 << 16;
const OURS = /^(?:prometheus_(?:sd_|target_|build_info|config_last_reload_)|process_start_time_seconds)/;

type Labels = Sample["labels"];
type Draft = {
  -readonly [Key in keyof Exposition]: Exposition[Key] extends ReadonlyMap<string, number>
    ? Map<string, number>
    : Exposition[Key];
};

const SERIES: Readonly<Record<string, (draft: Draft, value: number, labels: Labels) => void>> = {
  prometheus_sd_file_mtime_seconds: (draft, value, labels) => put(draft.mtimes, labels["filename"], value),
  prometheus_sd_file_read_errors_total: (draft, value) => (draft.readErrors = value),
  prometheus_sd_file_scan_duration_seconds_count: (draft, value) => (draft.scans = value),
  prometheus_sd_file_watcher_errors_total: (draft, value) => (draft.watcherErrors = value),
  prometheus_sd_discovered_targets: (draft, value, labels) => {
    // `notify` is about Alertmanagers; servers before 2.6 have no such label.
    if ((labels["name"] ?? "scrape") === "scrape") put(draft.discovered, labels["config"], value);
  },
  prometheus_target_scrape_pool_targets: (draft, value, labels) => put(draft.scraped, labels["scrape_job"], value),
  prometheus_target_sync_failed_total: (draft, value, labels) => put(draft.syncFailed, labels["scrape_job"], value),
  process_start_time_seconds: (draft, value) => (draft.startTime = value),
  prometheus_build_info: (draft, _, labels) => (draft.version = labels["version"] ?? ""),
  prometheus_config_last_reload_successful: (draft, value) => (draft.isReloadSuccessful = value === 1),
  prometheus_config_last_reload_success_timestamp_seconds: (draft, value) => (draft.reloadedAt = value),
};

/** Reads a whole /metrics. Lines that are not of the format are passed over: they are not about us. */
export async function readExposition(chunks: AsyncIterable<Uint8Array>): Promise<Exposition> {
  const draft: Draft = {
    mtimes: new Map(),
    readErrors: undefined,
    scans: undefined,
    watcherErrors: undefined,
    discovered: new Map(),
    scraped: new Map(),
    syncFailed: new Map(),
    startTime: undefined,
    version: undefined,
    isReloadSuccessful: undefined,
    reloadedAt: undefined,
  };
  for await (const line of linesOf(chunks)) {
    const sample = OURS.test(line) ? readSample(line) : undefined;
    if (sample !== undefined) SERIES[sample.name]?.(draft, sample.value, sample.labels);
  }
  return draft;
}

/** Sum over all pools; undefined where there is no such series. */
export function total(counts: ReadonlyMap<string, number>): number | undefined {
  return counts.size === 0 ? undefined : [...counts.values()].reduce((sum, count) => sum + count, 0);
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) rest = rest.slice(0, LONGEST_LINE);
    yield* lines;
  }
  yield rest;
}

function put(counts: Map<string, number>, key: string | undefined, value: number): void {
  if (key !== undefined) counts.set(key, value);
}
