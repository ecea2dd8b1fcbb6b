/**
 * A Prometheus host as the agent finds it: a directory with prometheus.yml and promgen/targets.json, and a real server
 * that reads them, on a loopback port of its own. Whatever the targets are called, nothing leaves the loopback interface:
 * the server scrapes through a proxy that does not exist.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { dirname, join } from "node:path";
import type { PrometheusConfig } from "../../src/agent/config.ts";
import { CONFIG } from "../agent/prometheus/fake-server.ts";
import { environment, until, withDirectory, writeFiles } from "../workplace.ts";
import type { Files } from "../workplace.ts";
import { freePort, makeCertificate } from "./loopback.ts";
import type { Answer } from "./network.ts";
import type { Discovered, Release } from "./prometheus.ts";

export interface HostOptions {
  /** What promgen/targets.json says when the server starts; left out, there is no such file. */
  readonly targets?: string;
  /** No promgen/ when the server starts. */
  readonly withoutDirectory?: boolean;
  /** Other files beside prometheus.yml. */
  readonly files?: Files;
  /** What the job `promgen` reads; default: promgen/targets.json. */
  readonly reads?: readonly string[];
  /** Files with more scrape configs (since 2.43). */
  readonly include?: readonly string[];
  /** Other scrape configs, as prometheus.yml would say them. */
  readonly scrapeConfigs?: readonly Readonly<Record<string, unknown>>[];
  /** Relabelling of the job `promgen`. */
  readonly relabel?: readonly Readonly<Record<string, unknown>>[];
  /** Ask for {@link USER} and {@link PASSWORD} at every path. */
  readonly basicAuth?: boolean;
  /** Speak TLS with a certificate that nobody knows; {@link Host.ca} has it. */
  readonly tls?: boolean;
  /** Such as `/prometheus`. */
  readonly routePrefix?: string;
  /** False: `POST /-/reload` is refused. */
  readonly lifecycle?: boolean;
  /** Start the server in its directory with `--config.file=prometheus.yml`, as some units do. */
  readonly relativeConfig?: boolean;
  /** What the server is started through, such as `unshare`. Ends with what starts a command given behind it. */
  readonly through?: readonly string[];
  /** False: do not wait until the server is ready. */
  readonly waits?: boolean;
}

export interface Host {
  /** Of prometheus.yml. */
  readonly directory: string;
  /** Absolute path of promgen/targets.json. */
  readonly targetsPath: string;
  /** With the route prefix, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** PEM, where the server speaks TLS. */
  readonly ca: string;
  /** A file for `--prometheus-credentials basic:`. */
  readonly credentialsFile: string;
  /** Of the server that runs now. */
  pid(): number;
  ask(path: string, method?: string): Promise<Answer>;
  /** The value of a sample of the server's own metrics, by its name with labels; undefined where there is none. */
  metric(sample: string): Promise<number | undefined>;
  targets(): Promise<Discovered>;
  log(): string;
  /** Sends a signal; with SIGKILL and SIGTERM waits until the server has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the server where it runs, and starts it again on the same port. */
  restart(): Promise<void>;
}

export const USER = "promgen";
export const PASSWORD = "correct-horse";
/** bcrypt of the password, at the lowest cost. */
const PASSWORD_HASH = "$2b$04$abcdefghijklmnopqrstuuPoaPXzWjiVz4HaNq2LJXksWbO79E.S6";

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:1";

/** Starts a server of this release, until it is ready and `act` has ended. It is stopped by its pid. */
export async function withHost<T>(release: Release, options: HostOptions, act: (host: Host) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    await writeHost(directory, options);
    const port = await freePort();
    const server = new Server(directory, port, release, options);
    try {
      await server.start();
      return await act(await server.host());
    } finally {
      await server.kill("SIGKILL");
    }
  });
}

/** What a proof needs besides the server's URL. */
export function prometheusConfig(host: Host, more: Partial<PrometheusConfig> = {}): PrometheusConfig {
  return { ...CONFIG, urls: [host.url], reloadTimeout: 30, proofTimeout: 30, ...more };
}

/**
 * Replaces a file as the agent does: one rename, with a whole-second mtime later than that of the file before.
 *
 * @returns the mtime in seconds
 */
export async function swapIn(path: string, text: string, mode = 0o644): Promise<number> {
  const staging = join(dirname(path), ".promgen-agent");
  await mkdir(staging, { recursive: true, mode: 0o700 });
  const before = await stat(path).then(
    ({ mtimeMs }) => mtimeMs / 1000,
    () => 0,
  );
  const mtime = Math.max(Math.floor(Date.now() / 1000), Math.floor(before) + 1);
  await writeFile(join(staging, "new"), text, { mode });
  await utimes(join(staging, "new"), mtime, mtime);
  await rename(join(staging, "new"), path);
  return mtime;
}

async function writeHost(directory: string, options: HostOptions): Promise<void> {
  const scrapeConfigs = [
    {
      job_name: "promgen",
      file_sd_configs: [{ files: options.reads ?? ["promgen/targets.json"] }],
      ...(options.relabel === undefined ? {} : { relabel_configs: options.relabel }),
    },
    { job_name: "promgen-urls", file_sd_configs: [{ files: ["promgen/urls.json"] }] },
    ...(options.scrapeConfigs ?? []),
  ].map((config) => ({ proxy_url: NOWHERE, ...config }));
  // JSON is YAML.
  await writeFiles(directory, {
    "prometheus.yml": JSON.stringify({
      global: { scrape_interval: "1m" },
      scrape_configs: scrapeConfigs,
      ...(options.include === undefined ? {} : { scrape_config_files: options.include }),
    }),
    credentials: `${USER}:${PASSWORD}\n`,
    ...options.files,
  });
  await mkdir(join(directory, "data"));
  if (options.withoutDirectory !== true) await mkdir(join(directory, "promgen"), { recursive: true });
  if (options.targets !== undefined) await swapIn(join(directory, "promgen/targets.json"), options.targets);
  if (options.tls === true) await makeCertificate(directory);
  await writeFiles(directory, {
    "web.yml": JSON.stringify({
      ...(options.basicAuth === true ? { basic_auth_users: { [USER]: PASSWORD_HASH } } : {}),
      ...(options.tls === true ? { tls_server_config: { cert_file: "server.pem", key_file: "server.key" } } : {}),
    }),
  });
}

/** The process of a server, which may end and come back. */
class Server {
  readonly #directory: string;
  readonly #port: number;
  readonly #release: Release;
  readonly #options: HostOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #hasEnded = true;
  #log = "";

  constructor(directory: string, port: number, release: Release, options: HostOptions) {
    this.#directory = directory;
    this.#port = port;
    this.#release = release;
    this.#options = options;
  }

  async host(): Promise<Host> {
    const { tls, routePrefix = "" } = this.#options;
    return {
      directory: this.#directory,
      targetsPath: join(this.#directory, "promgen/targets.json"),
      url: `${tls === true ? "https" : "http"}://127.0.0.1:${this.#port}${routePrefix}`,
      port: this.#port,
      ca: tls === true ? await readFile(join(this.#directory, "server.pem"), "utf8") : "",
      credentialsFile: join(this.#directory, "credentials"),
      pid: () => this.#child?.pid ?? 0,
      ask: async (path, method) => await this.ask(path, method),
      metric: async (sample) => {
        const { body } = await this.ask("/metrics");
        const line = body.split("\n").find((text) => text.startsWith(`${sample} `));
        return line === undefined ? undefined : Number(line.slice(sample.length + 1));
      },
      targets: async () => {
        const { body } = await this.ask("/api/v1/targets");
        const { activeTargets, droppedTargets } = (JSON.parse(body) as { data: Discovered }).data;
        return { activeTargets, droppedTargets: droppedTargets ?? [] };
      },
      log: () => this.#log,
      kill: async (signal) => await this.kill(signal),
      restart: async () => {
        await this.kill("SIGKILL");
        await this.start();
      },
    };
  }

  async start(): Promise<void> {
    const { relativeConfig, routePrefix, lifecycle, through = [], waits } = this.#options;
    const options = {
      "config.file": relativeConfig === true ? "prometheus.yml" : join(this.#directory, "prometheus.yml"),
      "web.config.file": join(this.#directory, "web.yml"),
      "storage.tsdb.path": join(this.#directory, "data"),
      "web.listen-address": `127.0.0.1:${this.#port}`,
      "log.level": "warn",
      ...(routePrefix === undefined ? {} : { "web.route-prefix": routePrefix }),
    };
    const command = [
      // Whatever becomes of the tests, their servers end with them.
      "setpriv",
      "--pdeathsig=KILL",
      "--",
      ...through,
      this.#release.prometheus,
      ...(lifecycle === false ? [] : ["--web.enable-lifecycle"]),
      ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ];
    this.#launch(command);
    if (waits === false) return;
    await until(
      "Prometheus is ready",
      async () => {
        if (this.#hasEnded) throw new Error(`Prometheus ended: ${this.#log}`);
        return await this.ask("/-/ready").then(
          ({ status }) => status === 200,
          () => false,
        );
      },
      100_000,
    );
  }

  #launch([program = "", ...args]: readonly string[]): void {
    // Two processors are shared by all the servers and the tests.
    const env = { ...environment(this.#directory), GOMAXPROCS: "1" };
    const child = spawn(program, args, { cwd: this.#directory, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    }
    this.#child = child;
    this.#hasEnded = false;
    this.#ended = new Promise((resolve) => {
      const end = (error?: unknown): void => {
        if (error instanceof Error) this.#log += String(error);
        this.#hasEnded = true;
        resolve();
      };
      child.on("exit", () => end()).on("error", end);
    });
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#child?.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await this.#ended;
  }

  async ask(path: string, method = "GET"): Promise<Answer> {
    const { tls, basicAuth, routePrefix = "" } = this.#options;
    const request = tls === true ? httpsRequest : httpRequest;
    return await new Promise((resolve, reject) => {
      const asked = request(
        {
          method,
          host: "127.0.0.1",
          port: this.#port,
          path: `${routePrefix}${path}`,
          timeout: 60_000,
          ...(tls === true ? { rejectUnauthorized: false } : {}),
          ...(basicAuth === true ? { auth: `${USER}:${PASSWORD}` } : {}),
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
          );
          response.on("error", reject);
        },
      );
      asked.on("timeout", () => asked.destroy(new Error(`no answer to ${path} after a minute`)));
      asked.on("error", reject).end();
    });
  }
}
