/** What tests of proofs share: files of so many targets, swapped in and waited for. */
import { open, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PrometheusConfig } from "../../src/agent/config.ts";
import { openPrometheus } from "../../src/agent/prometheus/open-prometheus.ts";
import type { Baseline, Expected, PrometheusServer, Proof } from "../../src/agent/prometheus/prometheus.ts";
import type { Host } from "./host.ts";
import { prometheusConfig, swapIn } from "./host.ts";

export interface Group {
  readonly targets: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** As many groups of one target each. */
export function groups(count: number, job = "node"): Group[] {
  return Array.from({ length: count }, (_, at) => ({
    targets: [`127.0.0.1:${at + 1}`],
    labels: { job, project: `p${at}` },
  }));
}

/** What a server does some time, it has done by then on any machine. */
const PATIENCE_MS = 100_000;
export const inTime = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);

export const text = (content: readonly Group[]): string => JSON.stringify(content);
export const EMPTY = '[{"targets":[]}]';

export function serverOf(host: Host, more: Partial<PrometheusConfig> = {}): PrometheusServer {
  return openPrometheus(host.url, prometheusConfig(host, more));
}

export function expected(host: Host, mtime: number, targets: number, path = host.targetsPath): Expected {
  return { name: "targets.json", path, mtime, targets, distinct: targets };
}

/** As the disk does it. */
export async function nudge(host: Host): Promise<void> {
  const path = join(dirname(host.targetsPath), ".promgen-agent-nudge");
  await (await open(path, "w")).close();
  await unlink(path);
}

export interface Read {
  readonly proof: Proof;
  readonly nudges: number;
  readonly seconds: number;
}

export async function read(
  host: Host,
  server: PrometheusServer,
  files: readonly Expected[],
  before: Baseline | undefined,
  patience = PATIENCE_MS,
): Promise<Read> {
  let nudges = 0;
  const start = performance.now();
  const count = async (): Promise<void> => {
    nudges++;
    await nudge(host);
  };
  const proof = await server.awaitRead(files, before, count, AbortSignal.timeout(patience));
  return { proof, nudges, seconds: (performance.now() - start) / 1000 };
}

/** Swaps a file in and waits until it is read. */
export async function swapAndRead(
  host: Host,
  server: PrometheusServer,
  content: string,
  targets: number,
  patience?: number,
): Promise<Read & { readonly file: Expected; readonly before: Baseline | undefined }> {
  const before = await server.baseline(inTime());
  const file = expected(host, await swapIn(host.targetsPath, content), targets);
  return { ...(await read(host, server, [file], before, patience)), file, before };
}

export const active = async (host: Host): Promise<number> => (await host.targets()).activeTargets.length;

/** The sample of the mtime that a server has of its targets.json. */
export function mtimeOf(host: Host): string {
  return `prometheus_sd_file_mtime_seconds{filename="${host.targetsPath}"}`;
}

export async function* chunksOf(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}
