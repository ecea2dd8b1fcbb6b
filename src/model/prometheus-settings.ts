/**
 * What the servers' own configuration says, as far as it matters here.
 */
import { parseDuration } from "./duration.ts";
import type { PrometheusSettings } from "./inventory.ts";

/** Prometheus' own defaults: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (`<global_config>`). */
export const PROMETHEUS_DEFAULTS: PrometheusSettings = {
  targets: "/etc/prometheus/promgen/targets.json",
  urls: "/etc/prometheus/promgen/urls.json",
  blackbox: "127.0.0.1:9115",
  scrape_interval: "1m",
  scrape_timeout: "10s",
};

/**
 * Settings over others. Prometheus lowers its default timeout to an interval that is shorter
 * (https://github.com/prometheus/prometheus/blob/main/config/config.go, GlobalConfig.UnmarshalYAML).
 */
export function withSettings(base: PrometheusSettings, own: Partial<PrometheusSettings>): PrometheusSettings {
  const settings = { ...base, ...own };
  const { scrape_interval: interval, scrape_timeout: timeout } = settings;
  const isLowered =
    timeout === PROMETHEUS_DEFAULTS.scrape_timeout &&
    own.scrape_timeout === undefined &&
    (parseDuration(interval) ?? Infinity) < (parseDuration(timeout) ?? 0);
  return isLowered ? { ...settings, scrape_timeout: interval } : settings;
}
