/**
 * SHA256SUMS: what an agent polls. One comment line says which generation of which shard it is, then two-column sums
 * follow, as `sha256sum -c` reads them.
 */
import { parseDuration } from "../model/duration.ts";
import type { PrometheusSettings } from "../model/inventory.ts";
import { PROMETHEUS_DEFAULTS } from "../model/prometheus-settings.ts";
import type { FileFacts, Stamp } from "./artifact.ts";

/** Readers refuse a higher number, and say to upgrade. */
const FORMAT = 1;

/** The servers' defaults, as far as a reader needs them to tell which targets Prometheus would drop. */
export type ScrapeTimes = Pick<PrometheusSettings, "scrape_interval" | "scrape_timeout">;

/**
 * @param shard name of the shard, or `*` for the whole inventory
 * @param times of the shard's servers; named where they are not Prometheus' own
 */
export function sha256Sums(
  shard: string,
  stamp: Stamp,
  targets: FileFacts,
  urls: FileFacts,
  times: ScrapeTimes = PROMETHEUS_DEFAULTS,
): string {
  const header: [string, string | number | undefined][] = [
    ["shard", shard],
    ["generation", stamp.generation],
    ["commit", stamp.commit],
    ["repository", stamp.repository],
    ["targets", targets.targets],
    ["urls", urls.targets],
    ["accepts", stamp.publication?.accepts.get(shard)],
    ...(["scrape_interval", "scrape_timeout"] as const).map((key): [string, string | undefined] => [
      key,
      times[key] === PROMETHEUS_DEFAULTS[key] ? undefined : times[key],
    ]),
  ];
  const words = header
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encodeValue(String(value))}`);
  return `# promgen-gen ${FORMAT} ${words.join(" ")}\n${targets.sha256}  targets.json\n${urls.sha256}  urls.json\n`;
}

/** Times that hold for at least one of several shards, whatever a group says: the longest interval, the shortest timeout. */
export function widestTimes(shards: readonly ScrapeTimes[]): ScrapeTimes {
  const pick = (key: keyof ScrapeTimes, isBetter: (a: number, b: number) => boolean): string => {
    const times = shards.map((shard) => shard[key]);
    return times.reduce(
      (best, time) => (isBetter(parseDuration(time) ?? 0, parseDuration(best) ?? 0) ? time : best),
      times[0] ?? PROMETHEUS_DEFAULTS[key],
    );
  };
  return {
    scrape_interval: pick("scrape_interval", (a, b) => a > b),
    scrape_timeout: pick("scrape_timeout", (a, b) => a < b),
  };
}

/**
 * Percent-encodes what would end a word or a line, and what is not ASCII; `:` and `/` are kept for people, and `*`, which
 * no name of a shard holds.
 */
function encodeValue(text: string): string {
  return encodeURIComponent(text).replace(/%3A/g, ":").replace(/%2F/g, "/");
}
