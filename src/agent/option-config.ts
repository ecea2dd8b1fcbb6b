/** What was said → the configuration of a run. */
import { accessSync, constants, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { defaultQueueName } from "../notify/queue-name.ts";
import { DEFAULT_STATE } from "./config.ts";
import type {
  AgentConfig,
  PlaceConfig,
  PrometheusConfig,
  QueueConfig,
  SourceConfig,
  TlsFiles,
  TrustConfig,
} from "./config.ts";
import { MAX_REMOVED_PERCENT } from "./core/guard.ts";
import type { Level } from "./log.ts";
import { Reader } from "./options.ts";
import type { Mistake, Words } from "./options.ts";
import { DEFAULT_TARGETS } from "./option-table.ts";
import type { Command, OptionName } from "./option-table.ts";
import * as read from "./option-values.ts";

/** What the program around a run needs to know. */
export interface ProgramConfig {
  readonly log: "text" | "json";
  readonly logLevel: Level;
  /** Directory for node_exporter's textfile collector. */
  readonly textfile?: string;
  /** Seconds. */
  readonly splay: number;
  readonly quietBusy: boolean;
  readonly interval: number;
  readonly listen?: { readonly host: string; readonly port: number };
  /** A file. */
  readonly webhookSecret?: string;
  readonly queue?: QueueConfig;
  /** Of `hold`: seconds; left out, until `release`. */
  readonly holdFor?: number;
  readonly holdReason?: string;
  readonly json: boolean;
}

export interface Configured {
  readonly config: AgentConfig;
  readonly program: ProgramConfig;
  /** Where there is any, nothing may be run. */
  readonly mistakes: readonly Mistake[];
}

/** After a quarter of an hour no cache mixes two generations any more. */
const MAX_INCONSISTENT = 15 * 60;

/** The default of `--splay`, by command. A webhook wakes all the hosts of a source at once. */
const SPLAY: Partial<Record<Command, number>> = { run: 1 };

/** Checks values, and what they say about each other and about the files that they name. */
export function configure(
  command: Command,
  words: Words,
  mistakes: readonly Mistake[],
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Configured {
  const reader = new Reader(words, mistakes);
  const usesNetwork = command === "sync" || command === "run" || command === "doctor";
  if (usesNetwork && !reader.has("source"))
    reader.wrong("source", "is missing: say where the artifacts are", `promgen-agent ${command} --help`);
  const files = new Files(reader, cwd, usesNetwork || command === "rollback");
  const config: AgentConfig = {
    shard: shardOf(reader, usesNetwork || command === "rollback"),
    ...(reader.has("shard") || reader.has("all-shards") ? {} : { isAnyShard: true }),
    source: sourceOf(reader, files, environment),
    trust: trustOf(reader, files),
    place: placeOf(reader, cwd),
    prometheus: prometheusOf(reader, files, cwd),
    maxAge: reader.value("max-age", read.durationFrom(1)) ?? 86_400,
    maxInconsistent: MAX_INCONSISTENT,
  };
  return { config, program: programOf(command, reader, files, cwd), mistakes: reader.mistakes };
}

/** Files that options name: each must be there and readable, where the command uses it. */
class Files {
  readonly #reader: Reader;
  readonly #cwd: string;
  readonly #areUsed: boolean;

  constructor(reader: Reader, cwd: string, areUsed: boolean) {
    this.#reader = reader;
    this.#cwd = cwd;
    this.#areUsed = areUsed;
  }

  path(name: OptionName): string | undefined {
    const text = this.#reader.text(name);
    if (text === undefined) return undefined;
    const path = resolve(this.#cwd, text);
    this.#check(name, path, path);
    return path;
  }

  credentials(name: OptionName): { credentials?: NonNullable<SourceConfig["credentials"]> } {
    const credentials = this.#reader.value(name, read.credentials(this.#cwd));
    if (credentials === undefined) return {};
    // Who writes the token where its file belongs finds a name in no directory.
    const isPath =
      trouble(dirname(credentials.path), constants.F_OK) === undefined && /:[./]/.test(this.#reader.text(name) ?? "");
    this.#check(
      name,
      credentials.path,
      isPath ? credentials.path : "a file",
      "give the path of a file, never the secret itself",
    );
    return { credentials };
  }

  tls(prefix: "" | "prometheus-"): TlsFiles {
    const [certificate, key] = [this.path(`${prefix}cert`), this.path(`${prefix}key`)];
    this.#reader.needs(`${prefix}cert`, `${prefix}key`);
    this.#reader.needs(`${prefix}key`, `${prefix}cert`);
    return { ...defined({ ca: this.path(`${prefix}ca`), certificate, key }) };
  }

  #check(name: OptionName, path: string, shown: string, help?: string): void {
    const why = this.#areUsed ? trouble(path, constants.R_OK) : undefined;
    if (why !== undefined) this.#reader.wrong(name, `names ${shown}, which ${why}`, help);
  }
}

/** Why a path cannot be used, continuing "which …"; undefined where it can. */
function trouble(path: string, access: number): string | undefined {
  try {
    accessSync(path, access);
    return access === constants.R_OK && statSync(path).isDirectory() ? "is a directory" : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "does not exist";
    return code === "EACCES" ? "the agent's user may not read" : `cannot be read (${code})`;
  }
}

function shardOf(reader: Reader, isNeeded: boolean): string {
  const shard = reader.text("shard");
  if (shard !== undefined && reader.has("all-shards")) reader.wrong("all-shards", "and a shard exclude each other");
  else if (shard === "*") reader.wrong("shard", "is *: say --all-shards for the whole inventory");
  else if (shard === undefined && isNeeded && !reader.has("all-shards"))
    reader.wrong("shard", "is missing: name the shard of this Prometheus, or say --all-shards");
  // As the artifacts have it: what is typed, or a file that was copied from another system, may be put together from parts.
  return shard?.normalize("NFC") ?? "*";
}

function sourceOf(
  reader: Reader,
  files: Files,
  environment: Readonly<Record<string, string | undefined>>,
): SourceConfig {
  // curl's rule: the lower-case name wins.
  const proxy = (name: string): string | undefined => environment[name] || environment[name.toUpperCase()] || undefined;
  return {
    urls: reader.list("source"),
    ...files.credentials("credentials"),
    tls: files.tls(""),
    allowHttp: reader.has("allow-http"),
    allowPrivateRedirects: reader.has("allow-private-redirects"),
    timeout: reader.value("timeout", read.durationFrom(1)) ?? 60,
    signatures: reader.has("allowed-signers"),
    maxBytes: reader.value("max-bytes", read.size) ?? 256 * 2 ** 20,
    proxy: defined({ https: proxy("https_proxy"), http: proxy("http_proxy"), none: proxy("no_proxy") }),
    githubApi: reader.value("github-api", read.baseUrl) ?? "https://api.github.com",
    environment: { PATH: environment["PATH"], SSH_AUTH_SOCK: environment["SSH_AUTH_SOCK"] },
  };
}

function trustOf(reader: Reader, files: Files): TrustConfig {
  reader.needs("identity", "allowed-signers");
  reader.needs("revoked-keys", "allowed-signers");
  return {
    ...defined({
      allowedSigners: files.path("allowed-signers"),
      identity: reader.text("identity"),
      revokedKeys: files.path("revoked-keys"),
      repository: reader.text("repository"),
      accept: reader.value("accept", read.generation),
    }),
    bootstrap: reader.has("bootstrap"),
    maxRemovedPercent: reader.value("max-removed-percent", read.percent) ?? MAX_REMOVED_PERCENT,
  };
}

function placeOf(reader: Reader, cwd: string): PlaceConfig {
  const targets = resolve(cwd, reader.text("targets") ?? DEFAULT_TARGETS);
  const text = reader.text("urls");
  const urls = text === undefined ? undefined : resolve(cwd, text);
  const state = resolve(cwd, reader.text("state") ?? DEFAULT_STATE);
  if (urls === targets) reader.wrong("urls", "is the file of --targets");
  checkFile(reader, "targets", targets, state);
  if (urls !== undefined) checkFile(reader, "urls", urls, state);
  return {
    targets,
    ...defined({ urls, owner: reader.value("owner", read.owner) }),
    state,
    mode: reader.value("mode", read.mode) ?? 0o644,
    allowSymlinks: reader.has("allow-symlinks"),
  };
}

/** A file for Prometheus: under a name that it reads as JSON, and where it does not find state.json as well. */
function checkFile(reader: Reader, name: "targets" | "urls", path: string, state: string): void {
  if (!/\.(json|JSON)$/.test(path))
    reader.wrong(name, `is ${path}: end it with .json, as Prometheus reads no other name as JSON`);
  else if (path.startsWith(state.endsWith("/") ? state : `${state}/`))
    reader.wrong(
      name,
      `is ${path}, in the directory of --state: Prometheus would read state.json as well; keep them apart`,
    );
}

function prometheusOf(reader: Reader, files: Files, cwd: string): PrometheusConfig {
  const urls = reader.values("prometheus", read.baseUrl);
  const noProof = reader.has("no-proof");
  if (noProof && reader.text("wait") === "active") reader.wrong("wait", "is active, and --no-proof excludes that");
  reader.needs("prometheus-urls-path", "urls");
  return {
    urls,
    ...files.credentials("prometheus-credentials"),
    tls: files.tls("prometheus-"),
    paths: defined({
      "targets.json": reader.text("prometheus-path"),
      "urls.json": reader.text("prometheus-urls-path"),
    }),
    ...reloadOf(reader, cwd),
    reloadTimeout: reader.value("reload-timeout", read.durationFrom(1)) ?? 30,
    wait: reader.value("wait", read.choiceOf("read", "active")) ?? "read",
    proofTimeout: reader.value("proof-timeout", read.durationFrom(1)) ?? 30,
    noProof,
  };
}

function reloadOf(reader: Reader, cwd: string): Pick<PrometheusConfig, "reload" | "signal"> {
  const reload = reader.value("reload", read.choiceOf("always", "auto", "never", "signal")) ?? "always";
  const [pidFile, unit] = [reader.text("pid-file"), reader.text("unit")];
  if (reload !== "signal") {
    for (const name of ["pid-file", "unit"] as const) if (reader.has(name)) reader.wrong(name, "needs --reload signal");
    return { reload };
  }
  if ((pidFile === undefined) === (unit === undefined))
    reader.wrong("reload", "is signal: say who gets it, with --pid-file or --unit (one of them)");
  if (unit?.startsWith("-") === true) reader.wrong("unit", "is no name of a unit");
  return pidFile === undefined
    ? { reload, signal: { unit: unit ?? "" } }
    : { reload, signal: { pidFile: resolve(cwd, pidFile) } };
}

function programOf(command: Command, reader: Reader, files: Files, cwd: string): ProgramConfig {
  reader.needs("webhook-secret", "listen");
  const textfile = reader.text("textfile");
  return {
    log: reader.value("log", read.choiceOf("text", "json")) ?? "text",
    logLevel: reader.value("log-level", read.choiceOf("debug", "info", "warning", "error")) ?? "info",
    ...defined({
      // Where it is gone, that is no reason to leave targets as they are: the run says so at its end.
      textfile: textfile === undefined ? undefined : resolve(cwd, textfile),
      listen: reader.value("listen", read.listenAddress),
      webhookSecret: files.path("webhook-secret"),
      queue: queueOf(reader, files),
      holdFor: reader.value("for", read.durationFrom(1)),
      holdReason: reader.text("reason"),
    }),
    splay: reader.value("splay", read.duration) ?? SPLAY[command] ?? 0,
    interval: reader.value("interval", read.durationFrom(1)) ?? 60,
    quietBusy: reader.has("quiet-busy"),
    json: reader.has("json"),
  };
}

function queueOf(reader: Reader, files: Files): QueueConfig | undefined {
  for (const name of ["queue", "broker-credentials", "broker-ca"] as const) reader.needs(name, "broker");
  const { credentials } = files.credentials("broker-credentials");
  if (credentials?.kind === "bearer") reader.wrong("broker-credentials", "must be basic:FILE, for a broker");
  const ca = files.path("broker-ca");
  const queue = reader.value("queue", read.queueName) ?? defaultQueueName(hostname());
  const broker = reader.value("broker", read.broker);
  return broker && { broker, queue, ...defined({ credentials: credentials?.path, ca }) };
}

/** Without the keys whose value is undefined. */
function defined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
