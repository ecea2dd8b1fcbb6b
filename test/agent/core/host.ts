/** A host in memory: disk, sources, Prometheus servers and a clock, all of which can be made to fail. */
import { createHash } from "node:crypto";
import type { AgentConfig, FileName, PrometheusConfig, TrustConfig } from "../../../src/agent/config.ts";
import type { Clock } from "../../../src/agent/clock.ts";
import type { Collaborators, RunResult } from "../../../src/agent/core/collaborators.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { readAgentState } from "../../../src/agent/core/state-file.ts";
import type { AgentState } from "../../../src/agent/core/state.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Baseline, PrometheusServer, Proof, Reloaded } from "../../../src/agent/prometheus/prometheus.ts";
import type { PointerAnswer, Source } from "../../../src/agent/source/source.ts";
import type { Verifier } from "../../../src/agent/trust/signature.ts";
import { SignatureFailure } from "../../../src/agent/trust/signature.ts";
import { sha256Sums } from "../../../src/render/sums.ts";
import { MemoryDisk, Storage } from "./memory-disk.ts";

/** What somebody published. */
export interface Release {
  readonly sums: string;
  readonly files: Readonly<Record<FileName, string>>;
  readonly digests: Readonly<Record<FileName, string>>;
}

export interface ReleaseOptions {
  readonly shard?: string;
  readonly repository?: string;
  readonly accepts?: number;
  readonly urls?: readonly string[];
  /** Text of targets.json, where it is not what would be rendered. */
  readonly targets?: string;
}

/** Renders a generation with these hosts. */
export function release(generation: number, hosts: readonly string[], options: ReleaseOptions = {}): Release {
  const { shard = "tokyo", repository, accepts, urls = ["https://a.example.com/"] } = options;
  const files = {
    "targets.json":
      options.targets ??
      groups(
        "job",
        hosts.map((host) => (host.includes(":") ? host : `${host}:9100`)),
      ),
    "urls.json": groups("probe", urls),
  };
  const stamp = { generation, generator: "test", ...(repository === undefined ? {} : { repository }) };
  const digests = { "targets.json": digest(files["targets.json"]), "urls.json": digest(files["urls.json"]) };
  const facts = (name: FileName, targets: number) => ({ sha256: digests[name], bytes: 0, targets });
  const sums = sha256Sums(shard, stamp, facts("targets.json", hosts.length), facts("urls.json", urls.length));
  return { files, digests, sums: accepts === undefined ? sums : sums.replace("\n", ` accepts=${accepts}\n`) };
}

function groups(kind: "job" | "probe", targets: readonly string[]): string {
  if (targets.length === 0) return `[{"targets":[]}]\n`;
  const labels = kind === "job" ? { job: "node" } : { __param_module: "http_2xx", job: "http_2xx" };
  return `[\n${JSON.stringify({ labels, targets })}\n]\n`;
}

/** `count` names. */
export function hosts(count: number, prefix = "h"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}.example.com`);
}

export function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A signature that {@link VERIFIER} accepts. */
export function sign(sums: string): Uint8Array {
  return Buffer.from(`signed ${digest(sums)}`);
}

export const VERIFIER: Verifier = {
  signers: async () => "ci",
  async verify(sums, signature) {
    if (signature === undefined) throw new SignatureFailure("missing", "not signed", "sign it");
    if (Buffer.from(signature).toString() === `signed ${digest(sums)}`) return "ci";
    const isOurs = Buffer.from(signature).toString().startsWith("signed ");
    throw new SignatureFailure(isOurs ? "mismatch" : "unknown-key", "not accepted", "look");
  },
};

/** A source that has a release, or fails. `stale` is what it gives out unless it is asked past the caches. */
export class MemorySource implements Source {
  readonly label: string;
  now: Release | Failure;
  stale: { sums?: Release; files?: Release; signature?: Uint8Array } = {};
  signature: Uint8Array | undefined | "right" = "right";
  /** What was asked for. */
  readonly asked: string[] = [];

  constructor(now: Release | Failure, label = "https://a.example.com/") {
    this.now = now;
    this.label = label;
  }

  async pointer(validator: string | undefined, _signal: AbortSignal, fresh = false): Promise<PointerAnswer> {
    this.asked.push(`pointer${fresh ? " fresh" : ""}${validator === undefined ? "" : " if changed"}`);
    const { sums } = this.#release(fresh ? undefined : this.stale.sums);
    if (validator === digest(sums)) return { kind: "unchanged" };
    const signature = this.signature === "right" ? sign(sums) : this.signature;
    return {
      kind: "pointer",
      sums: Buffer.from(sums),
      signature: fresh ? signature : (this.stale.signature ?? signature),
      validator: digest(sums),
    };
  }

  async *file(name: FileName, _sha256: string, _signal: AbortSignal, fresh = false): AsyncGenerator<Uint8Array> {
    this.asked.push(`${name}${fresh ? " fresh" : ""}`);
    yield Buffer.from(this.#release(fresh ? undefined : this.stale.files).files[name]);
  }

  async close(): Promise<void> {}

  #release(stale: Release | undefined): Release {
    if (this.now instanceof Failure) throw this.now;
    return stale ?? this.now;
  }
}

/** A Prometheus that reads what is on the disk of the host. */
export class MemoryServer implements PrometheusServer {
  readonly label: string;
  readonly #storage: Storage;
  version = "2.42.0";
  isUp = true;
  /** Whether it reads files by itself, or only after a reload. */
  readsItself = true;
  hasReloaded = false;
  /** SHA-256 of files that it cannot load. */
  readonly rejects = new Set<string>();
  activeVerdict: Proof["verdict"] = "active";
  readonly calls: string[] = [];

  constructor(storage: Storage, label = "http://localhost:9090") {
    this.#storage = storage;
    this.label = label;
  }

  async baseline(): Promise<Baseline | undefined> {
    this.calls.push("baseline");
    if (!this.isUp) return undefined;
    return { readErrors: 0, syncFailed: 0, startTime: 1, version: this.version };
  }

  async awaitRead(...[files]: Parameters<PrometheusServer["awaitRead"]>): Promise<Proof> {
    this.calls.push("read");
    const { version } = this;
    if (!this.isUp) return { verdict: "unconfirmed", rung: 2, message: "it does not answer" };
    const isRejected = files.some(({ name }) => this.rejects.has(digest(this.#storage.text(name) ?? "")));
    if (isRejected) return { verdict: "rejected", rung: 2, message: "it cannot read it", version };
    const isSame = files.every(({ name, mtime }) => this.#storage.files.get(name)?.mtime === mtime);
    const isRead = isSame && (this.readsItself || this.hasReloaded);
    return isRead
      ? { verdict: "confirmed", rung: 3, version }
      : { verdict: "unconfirmed", rung: 2, message: "not read" };
  }

  async reload(_signal: AbortSignal): Promise<Reloaded> {
    this.calls.push("reload");
    this.hasReloaded = true;
    return { kind: "ok" };
  }

  async awaitActive(): Promise<Proof> {
    this.calls.push("active");
    return { verdict: this.activeVerdict, rung: 4, message: "counted", version: this.version };
  }

  async compare(): Promise<{ missing: number; ghosts: number; examples: string[] }> {
    return { missing: 0, ghosts: 0, examples: [] };
  }
}

/** Time that only sleeping moves; a test may let the wall clock jump. */
export class MemoryClock implements Clock {
  wall = 1_800_000_000;
  #monotonic = 0;

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return (this.#monotonic += 0.001);
  }

  /** Nothing here takes long: whoever sets a deadline is done before it. */
  async sleep(_seconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  }
}

export interface Options {
  readonly trust?: Partial<TrustConfig>;
  readonly prometheus?: Partial<PrometheusConfig>;
  readonly shard?: string;
  readonly isSigned?: boolean;
  readonly names?: readonly FileName[];
  readonly directory?: string;
}

/** All of it, and what was logged. */
export class Host {
  readonly storage: Storage;
  readonly clock = new MemoryClock();
  readonly log: { level: string; event: string; message: string }[] = [];
  readonly server: MemoryServer;
  servers: PrometheusServer[];
  readonly source: MemorySource;
  readonly second = new MemorySource(new Failure("unreachable", "nobody answers"), "https://b.example.com/");
  /** Only the first, at first. */
  sources: MemorySource[];

  constructor(now: Release | Failure = new Failure("unreachable", "nobody answers"), storage = new Storage()) {
    this.storage = storage;
    this.server = new MemoryServer(storage);
    this.servers = [this.server];
    this.source = new MemorySource(now);
    this.sources = [this.source];
  }

  /** Another host in the same state, with one source and one server. */
  fork(): Host {
    const host = new Host(this.source.now, this.storage.copy());
    for (const sha256 of this.server.rejects) host.server.rejects.add(sha256);
    return host;
  }

  collaborators({ isSigned = true, names, directory }: Options = {}): Collaborators {
    return {
      clock: this.clock,
      log: { write: (level, event, message) => void this.log.push({ level, event, message }) },
      disk: new MemoryDisk(this.storage, names, () => this.clock.now(), directory),
      program: "this one",
      sources: this.sources,
      verifier: isSigned ? VERIFIER : undefined,
      servers: this.servers,
      signal: new AbortController().signal,
    };
  }

  async sync(options: Options = {}): Promise<RunResult> {
    return await runSync(configOf(options), this.collaborators(options));
  }

  /** Publishes and syncs. */
  async take(now: Release, options: Options = {}): Promise<RunResult> {
    this.source.now = now;
    return await this.sync(options);
  }

  /** Everybody is unreachable from now on. */
  goOffline(): void {
    for (const source of this.sources) source.now = new Failure("unreachable", "nobody answers");
  }

  get state(): AgentState {
    const { state } = this.storage;
    const read = state === undefined ? "damaged" : readAgentState(state);
    if (read === "damaged") throw new Error("there is no state");
    return read;
  }

  /** What is in place. */
  get inPlace(): Record<FileName, string | undefined> {
    return { "targets.json": this.storage.text("targets.json"), "urls.json": this.storage.text("urls.json") };
  }
}

export function configOf({ trust = {}, prometheus = {}, shard = "tokyo" }: Options = {}): AgentConfig {
  return {
    shard,
    source: {
      urls: [],
      tls: {},
      allowHttp: false,
      allowPrivateRedirects: false,
      timeout: 60,
      maxBytes: 1 << 20,
      proxy: {},
      githubApi: "",
    },
    trust: { bootstrap: false, maxRemovedPercent: 50, ...trust },
    place: { targets: "/etc/prometheus/promgen/targets.json", state: "/var/lib", mode: 0o644, allowSymlinks: false },
    prometheus: {
      urls: [],
      tls: {},
      paths: {},
      reload: "always",
      reloadTimeout: 30,
      wait: "read",
      proofTimeout: 30,
      noProof: false,
      ...prometheus,
    },
    maxAge: 86_400,
    maxInconsistent: 900,
  };
}
