/** A Prometheus that says what a test wants it to say. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PrometheusConfig } from "../../../src/agent/config.ts";
import { openPrometheus } from "../../../src/agent/prometheus/open-prometheus.ts";
import type { Pace } from "../../../src/agent/prometheus/pace.ts";
import type { Expected, PrometheusServer } from "../../../src/agent/prometheus/prometheus.ts";

/** What it would say in its metrics, and to what it is asked. */
export interface Fake {
  version: string | undefined;
  startTime: number;
  readErrors: number;
  scans: number;
  mtimes: Record<string, number>;
  discovered: Record<string, number>;
  scraped: Record<string, number>;
  syncFailed: Record<string, number>;
  yaml: string;
  /** Answers of `/api/v1/targets`, by pool; `` for all. */
  targets: Record<string, object>;
  isReady: boolean;
  /** Takes a request instead of what is above, where it says true. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Paths that were asked for. */
  readonly asked: string[];
  readonly http: Server;
}

export const CONFIG: PrometheusConfig = {
  urls: [],
  tls: {},
  paths: {},
  reload: "always",
  reloadTimeout: 60,
  wait: "read",
  proofTimeout: 60,
  noProof: false,
};

/** A twentieth of what real servers need; but an answer that comes is waited for, however busy this machine is. */
export const QUICK: Pace = {
  shortest: 0.002,
  longest: 0.01,
  answer: 60,
  absent: 0.02,
  stale: 0.05,
  again: 0.03,
  throttle: 0.2,
};

export const PATH = "/etc/prometheus/promgen/targets.json";

export function file(mtime: number, targets = 2): Expected {
  return { name: "targets.json", path: PATH, mtime, targets, distinct: targets };
}

/**
 * Is aborted when so many milliseconds are over and the server, on a machine that has other things to do as well, was then
 * asked so often again that what is said is what was seen.
 */
export function afterLooks(fake: Fake, ms: number, looks = 12): AbortSignal {
  const controller = new AbortController();
  let left = looks;
  const count = (): void => {
    if (--left === 0) controller.abort();
  };
  setTimeout(() => fake.http.on("request", count), ms).unref();
  return controller.signal;
}

/** Runs one on the loopback interface while `act` works. */
export async function withFake(
  act: (fake: Fake, server: PrometheusServer, url: string) => Promise<void>,
  config: Partial<PrometheusConfig> = {},
  pace: Pace = QUICK,
): Promise<void> {
  const http = createServer((request, response) => {
    fake.asked.push(`${request.method} ${request.url}`);
    if (fake.instead?.(request, response) !== true) answer(fake, request.url ?? "", response);
  });
  const fake: Fake = {
    version: "2.42.0",
    startTime: 100,
    readErrors: 0,
    scans: 1,
    mtimes: {},
    discovered: {},
    scraped: {},
    syncFailed: {},
    yaml: `scrape_configs:\n- job_name: promgen\n  file_sd_configs:\n  - files:\n    - ${PATH}\n    refresh_interval: 5m\n`,
    targets: {},
    isReady: true,
    instead: undefined,
    asked: [],
    http,
  };
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const whole = { ...CONFIG, urls: [url], ...config };
  try {
    await act(fake, openPrometheus(url, whole, { pace }), url);
  } finally {
    http.closeAllConnections();
    await new Promise((closed) => http.close(closed));
  }
}

function answer(fake: Fake, url: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, "http://x");
  if (pathname === "/metrics") response.end(metrics(fake));
  else if (pathname === "/-/ready") response.writeHead(fake.isReady ? 200 : 503).end();
  else if (pathname === "/api/v1/status/config") response.end(JSON.stringify({ data: { yaml: fake.yaml } }));
  else if (pathname === "/api/v1/status/runtimeinfo")
    response.end(JSON.stringify({ data: { CWD: "/etc/prometheus" } }));
  else if (pathname === "/api/v1/targets")
    response.end(JSON.stringify(fake.targets[searchParams.get("scrapePool") ?? ""] ?? { data: {} }));
  else response.writeHead(404).end("404 page not found");
}

function metrics(fake: Fake): string {
  const lines = [
    ...(fake.version === undefined ? [] : [`prometheus_build_info{version="${fake.version}"} 1`]),
    `process_start_time_seconds ${fake.startTime}`,
    `prometheus_sd_file_read_errors_total ${fake.readErrors}`,
    `prometheus_sd_file_scan_duration_seconds_count ${fake.scans}`,
  ];
  const add = (name: string, label: string, values: Record<string, number>, more = ""): void => {
    for (const [key, value] of Object.entries(values)) lines.push(`${name}{${label}="${key}"${more}} ${value}`);
  };
  add("prometheus_sd_file_mtime_seconds", "filename", fake.mtimes);
  add("prometheus_sd_discovered_targets", "config", fake.discovered, ',name="scrape"');
  add("prometheus_target_scrape_pool_targets", "scrape_job", fake.scraped);
  add("prometheus_target_sync_failed_total", "scrape_job", fake.syncFailed);
  return `${lines.join("\n")}\n`;
}
