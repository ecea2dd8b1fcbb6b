/**
 * Targets in the words of an artifact and in those of a server, so that the two can be compared.
 */
import * as assert from "uvu/assert";
import type { Group } from "./generation.ts";
import type { Discovered, Release } from "./prometheus.ts";

type Texts = Readonly<Record<string, string>>;

export interface Scraped {
  readonly pool: string;
  readonly address: string;
  /** Labels of the group, with what Prometheus takes where they say nothing. */
  readonly discovered: Texts;
  /** What time series will have. */
  readonly labels: Texts;
  readonly url: string;
  readonly interval: string;
  readonly timeout: string;
}

export type Pool = "promgen" | "promgen-blackbox";

const PATHS: Readonly<Record<string, string>> = { promgen: "/metrics", "promgen-blackbox": "/probe" };

/** What Prometheus takes for a pool of scrape-config.yml where a group says nothing. */
function withDefaults(pool: string, labels: Texts): Texts {
  return {
    __scheme__: "http",
    __scrape_interval__: "1m",
    __scrape_timeout__: "10s",
    __metrics_path__: PATHS[pool] ?? "",
    job: pool,
    ...labels,
  };
}

/** What a server must make of these groups. `blackbox` is where it finds blackbox_exporter. */
export function expected(pool: Pool, groups: readonly Group[], blackbox: string): Scraped[] {
  return groups.flatMap(({ labels = {}, targets }) =>
    targets.map((address) => {
      const isProbe = pool === "promgen-blackbox";
      const discovered = withDefaults(pool, labels);
      const params = Object.entries(labels).flatMap(([name, value]) =>
        name.startsWith("__param_") ? [[name.slice("__param_".length), value]] : [],
      );
      if (isProbe) params.push(["target", address]);
      const visible = Object.entries(labels).filter(([name]) => !name.startsWith("__"));
      return {
        pool,
        address,
        discovered,
        labels: { ...Object.fromEntries(visible), instance: address },
        url: urlText(
          `${discovered["__scheme__"]}://${isProbe ? blackbox : address}${discovered["__metrics_path__"]}`,
          params,
        ),
        interval: discovered["__scrape_interval__"] ?? "",
        timeout: discovered["__scrape_timeout__"] ?? "",
      };
    }),
  );
}

/** What a server says it scrapes. */
export function actual({ activeTargets }: Discovered): Scraped[] {
  return activeTargets.map((target) => {
    const { __address__: address = "", __meta_filepath: _file, ...discovered } = target.discoveredLabels;
    return {
      pool: target.scrapePool,
      address,
      discovered: withDefaults(target.scrapePool, discovered),
      labels: target.labels,
      url: urlText(target.scrapeUrl.replace(/\?.*/, ""), [...new URL(target.scrapeUrl).searchParams]),
      interval: target.scrapeInterval,
      timeout: target.scrapeTimeout,
    };
  });
}

function urlText(base: string, params: readonly (readonly string[])[]): string {
  const pairs = params.map(([name = "", value = ""]) => `${name}=${value}`);
  return `${base} ${pairs.sort().join(" ")}`;
}

/** One line for each target, sorted, labels in one order. Twice the same is once, as for Prometheus. */
export function lines(release: Release, targets: readonly Scraped[]): string[] {
  const texts = targets.map((target) => JSON.stringify(knowable(release, target), sortKeys));
  return [...new Set(texts)].sort();
}

/** Prometheus 2.42 shows as discovered what relabelling made of it; what it scrapes, and as what, is right all the same. */
function knowable({ major, minor }: Release, target: Scraped): Partial<Scraped> {
  if (major > 2 || minor > 42 || target.pool === "promgen") return target;
  const { address: _address, discovered: _discovered, ...rest } = target;
  return rest;
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Fails with the first few lines that one has and the other has not. */
export function assertSameLines(has: readonly string[], wanted: readonly string[], message: string): void {
  const without = (some: readonly string[], others: readonly string[]): string[] => {
    const known = new Set(others);
    return some.filter((line) => !known.has(line)).slice(0, 3);
  };
  assert.equal({ tooMany: without(has, wanted), missing: without(wanted, has) }, { tooMany: [], missing: [] }, message);
}
