/** The proof by one server: has it read what is in place, and is a reload called for? */
import type { Clock } from "../clock.ts";
import type { FileName, PrometheusConfig, ReloadPolicy } from "../config.ts";
import type { Log } from "../log.ts";
import type { Baseline, Expected, PrometheusServer, Proof } from "../prometheus/prometheus.ts";
import { within } from "./deadline.ts";

/** Seconds that a server gets to read the files by itself before it is told to reload. */
const READ_BY_ITSELF = 10;

/** What a proof is about. */
export interface ProofRequest {
  readonly config: Pick<PrometheusConfig, "reload" | "reloadTimeout" | "wait" | "proofTimeout">;
  readonly files: readonly Expected[];
  readonly before: Baseline | undefined;
  /** Bytes in place were changed. */
  readonly changed: boolean;
  readonly nudge: (name: FileName) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Whether to reload. A reload is no proof and no remedy, since file_sd reads by itself; before Prometheus 3.0 it even
 * does harm where the files are not read yet (https://github.com/prometheus/prometheus/issues/8202), so it comes after.
 */
export function wantsReload(policy: ReloadPolicy, changed: boolean, isRead: boolean): boolean {
  switch (policy) {
    case "always":
    case "signal":
      return changed;
    case "auto":
      return !isRead;
    case "never":
      return false;
  }
}

/** Waits for a server to have what is in place, for `proofTimeout` in all, the reload not counted. */
export async function proveBy(server: PrometheusServer, request: ProofRequest): Promise<Proof> {
  const { config, changed } = request;
  const inquiry = new Inquiry(server, request);
  let proof = await inquiry.read(READ_BY_ITSELF);
  if (proof.verdict === "rejected") return proof;
  if (wantsReload(config.reload, changed, hasRead(proof))) {
    await inquiry.reload();
    proof = await inquiry.read();
  } else if (!hasRead(proof)) {
    proof = await inquiry.read();
  }
  return hasRead(proof) && config.wait === "active" ? await inquiry.active() : proof;
}

function hasRead({ verdict }: Proof): boolean {
  return verdict === "confirmed" || verdict === "active" || verdict === "not-active";
}

/** The questions to one server, and the time that is left for them. */
class Inquiry {
  readonly #server: PrometheusServer;
  readonly #request: ProofRequest;
  #end: number;

  constructor(server: PrometheusServer, request: ProofRequest) {
    this.#server = server;
    this.#request = request;
    this.#end = request.clock.monotonic() + request.config.proofTimeout;
  }

  async read(most = Infinity): Promise<Proof> {
    const { files, before, nudge } = this.#request;
    return await this.#within(most, (signal) => this.#server.awaitRead(files, before, nudge, signal));
  }

  async active(): Promise<Proof> {
    const { files, before } = this.#request;
    return await this.#within(Infinity, (signal) => this.#server.awaitActive(files, before, signal));
  }

  async reload(): Promise<void> {
    const { clock, config, signal, log } = this.#request;
    const start = clock.monotonic();
    const reloaded = await within(clock, config.reloadTimeout, signal, (limit) => this.#server.reload(limit));
    this.#end += clock.monotonic() - start;
    const prometheus = this.#server.label;
    if (reloaded.kind === "ok") log.write("info", "reloaded", "Prometheus has reloaded", { prometheus });
    else log.write("warning", `reload-${reloaded.kind}`, reloaded.message, { prometheus, help: reloaded.help });
  }

  /** Each question is asked once at least, however little time is left. */
  async #within(most: number, ask: (signal: AbortSignal) => Promise<Proof>): Promise<Proof> {
    const { clock, signal } = this.#request;
    const seconds = Math.max(1, Math.min(most, this.#end - clock.monotonic()));
    return await within(clock, seconds, signal, ask);
  }
}
