/** Makes what a run works with. Loads only what the configuration asks for. */
import type { Clock } from "./clock.ts";
import type { AgentConfig } from "./config.ts";
import type { Collaborators } from "./core/collaborators.ts";
import type { Log } from "./log.ts";
import type { PrometheusServer } from "./prometheus/prometheus.ts";
import { startSha256 } from "./sha256.ts";
import type { Asked } from "./source/question.ts";
import type { Source } from "./source/source.ts";
import type { Verifier } from "./trust/signature.ts";

/** What the program around a run has. */
interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly digest?: string | undefined;
  /** Of the first source already. */
  readonly asked?: Asked | undefined;
}

/** Everything outside of the core, for one run; the sources are closed after it. */
export async function withCollaborators<T>(
  config: AgentConfig,
  { clock, log, signal, digest: program, asked }: Surroundings,
  act: (collaborators: Collaborators) => Promise<T>,
): Promise<T> {
  const { openDisk } = await import("./disk/open-disk.ts");
  const sources: Source[] = [];
  try {
    await openSources(config, sources, asked);
    return await act({
      clock,
      log,
      signal,
      program,
      disk: openDisk(config.place, clock),
      sources,
      verifier: await verifierOf(config),
      servers: await serversOf(config),
    });
  } finally {
    for (const source of sources) await source.close().catch(() => {});
  }
}

/** Loads what nearly every run works with, so that this is done while something else is waited for. */
export async function preload({ source }: AgentConfig): Promise<void> {
  startSha256();
  await import("./disk/open-disk.ts");
  await import("./core/sync.ts");
  if (source.urls.length > 0) await import("./source/open-source.ts");
  if (source.urls.some((url) => /^https?:/i.test(url))) await import("./source/http-source.ts");
}

/** @param opened takes each source once it is open: one that fails must not keep the others from being closed */
async function openSources(
  { source, shard, place }: AgentConfig,
  opened: Source[],
  asked: Asked | undefined,
): Promise<void> {
  if (source.urls.length === 0) return;
  const { openSource } = await import("./source/open-source.ts");
  for (const url of source.urls)
    opened.push(await openSource(url, source, shard, place.state, opened.length === 0 ? asked : undefined));
}

async function verifierOf({ trust }: AgentConfig): Promise<Verifier | undefined> {
  if (trust.allowedSigners === undefined) return undefined;
  const { openVerifier } = await import("./trust/verify.ts");
  return openVerifier(trust);
}

async function serversOf({ prometheus }: AgentConfig): Promise<PrometheusServer[]> {
  if (prometheus.urls.length === 0) return [];
  const { openPrometheus } = await import("./prometheus/open-prometheus.ts");
  return prometheus.urls.map((url) => openPrometheus(url, prometheus));
}
