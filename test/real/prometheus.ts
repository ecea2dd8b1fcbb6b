/**
 * Real Prometheus servers: Debian's own, and those of newer suites that tools/fetch-prometheus.sh unpacks.
 */
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { notRun } from "../describe.ts";
import { run, until, withDirectory, writeFiles } from "../workplace.ts";
import { networkTrouble } from "./network.ts";
import type { Answer, Network } from "./network.ts";

export interface Release {
  /** Such as "2.42". */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  readonly prometheus: string;
  readonly promtool: string;
}

export interface Prometheus {
  /** The directory of prometheus.yml. */
  readonly directory: string;
  ask(path: string, method?: string): Promise<Answer>;
  /** The values of its own metrics, by their name with labels. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** One of them; undefined where there is none. */
  metric(sample: string): Promise<number | undefined>;
  targets(): Promise<Discovered>;
  log(): string;
}

export interface Discovered {
  readonly activeTargets: readonly ActiveTarget[];
  readonly droppedTargets: readonly { readonly discoveredLabels: Readonly<Record<string, string>> }[];
}

export interface ActiveTarget {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly scrapeInterval: string;
  readonly scrapeTimeout: string;
}

const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "promgen-gen/prometheus");

let asked: Promise<Release[]> | undefined;

/** The releases that are here. Those that are not are named as not run; where there is none, `what` is. */
export async function installed(what: string): Promise<Release[]> {
  const found = await (asked ??= findReleases());
  if (found.length === 0) notRun(what, "no Prometheus is installed");
  return found;
}

/** The same, where their servers can be started. */
export async function releases(what: string): Promise<Release[]> {
  const trouble = await networkTrouble();
  if (trouble === undefined) return await installed(what);
  notRun(what, trouble);
  return [];
}

async function findReleases(): Promise<Release[]> {
  const places = [
    ["Prometheus of this system", "prometheus", "promtool", "not installed"],
    [
      "Prometheus 2.53",
      join(CACHE, "trixie/prometheus"),
      join(CACHE, "trixie/promtool"),
      "tools/fetch-prometheus.sh did not get it",
    ],
    [
      "Prometheus 3",
      join(CACHE, "sid/prometheus"),
      join(CACHE, "sid/promtool"),
      "tools/fetch-prometheus.sh did not get it",
    ],
  ] as const;
  const found: Release[] = [];
  for (const [what, prometheus, promtool, why] of places) {
    const ran = await run("/", [prometheus, "--version"]).catch(() => undefined);
    const [, major, minor] = /version (\d+)\.(\d+)\./.exec(ran === undefined ? "" : ran.stdout + ran.stderr) ?? [];
    if (major === undefined || minor === undefined) notRun(what, why);
    else found.push({ name: `${major}.${minor}`, major: Number(major), minor: Number(minor), prometheus, promtool });
  }
  return found;
}

/** prometheus.yml around a scrape-config.yml: the file included where that is possible, else its text. */
export function configAround(
  { major, minor }: Release,
  scrapeConfig: string,
  global = "scrape_interval: 1m",
): Record<string, string> {
  const canInclude = major > 2 || minor >= 43;
  const head = `global: { ${global} }\n`;
  return canInclude
    ? { "prometheus.yml": `${head}scrape_config_files: [scrape-config.yml]\n`, "scrape-config.yml": scrapeConfig }
    : { "prometheus.yml": `${head}${scrapeConfig}` };
}

/** Runs a server with these files beside its prometheus.yml, until it is ready and `act` has ended. */
export async function withPrometheus<T>(
  network: Network,
  { prometheus }: Release,
  files: Readonly<Record<string, string>>,
  act: (server: Prometheus) => Promise<T>,
): Promise<T> {
  return await withDirectory({}, async (directory) => {
    // Paths in the files are relative to the directory of prometheus.yml.
    await writeFiles(directory, files);
    await mkdir(join(directory, "data"));
    const port = network.nextPort();
    const options = {
      "config.file": join(directory, "prometheus.yml"),
      "storage.tsdb.path": join(directory, "data"),
      "web.listen-address": `127.0.0.1:${port}`,
      "log.level": "warn",
    };
    const command = [
      prometheus,
      "--web.enable-lifecycle",
      ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ];
    // Two processors are shared by all the servers and the tests.
    return await network.withServer(["env", "GOMAXPROCS=1", ...command], async (process) => {
      const ask: Prometheus["ask"] = async (path, method) => await network.ask(port, path, method);
      await until(
        "Prometheus is ready",
        async () => {
          if (process.hasEnded()) throw new Error(`Prometheus ended: ${process.log()}`);
          return await ask("/-/ready").then(
            ({ status }) => status === 200,
            () => false,
          );
        },
        100_000,
      );
      const metrics: Prometheus["metrics"] = async () => {
        const { body } = await ask("/metrics");
        return new Map([...body.matchAll(/^([^#\n].*) (\S+)$/gm)].map(([, name = "", value]) => [name, Number(value)]));
      };
      return await act({
        directory,
        ask,
        metrics,
        metric: async (sample) => (await metrics()).get(sample),
        targets: async () => {
          const { body } = await ask("/api/v1/targets");
          const { activeTargets, droppedTargets } = (JSON.parse(body) as { data: Discovered }).data;
          return { activeTargets, droppedTargets: droppedTargets ?? [] };
        },
        log: () => process.log(),
      });
    });
  });
}

/** Waits until the targets of these scrape pools went all the way from their files to the scrapers. */
export async function settled(server: Prometheus, pools: readonly string[]): Promise<void> {
  await until(
    `the targets of ${pools.join(" and ")} are taken over: ${server.log()}`,
    async () => {
      const metrics = await server.metrics();
      return pools.every(
        (pool) => (metrics.get(`prometheus_target_scrape_pool_sync_total{scrape_job="${pool}"}`) ?? 0) > 0,
      );
    },
    100_000,
  );
}
