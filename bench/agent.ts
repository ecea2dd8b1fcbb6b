/**
 * Measures promgen-agent against `node -e 0` and against the script that hosts have without it: curl to a temporary file,
 * rename, reload.
 *
 *   npm run bench:agent -- [--runs N] [--targets N] [--markdown] [--check]
 *
 * Needs `npm run build`, python3 and curl; prometheus for the last part. --check exits with 1 where a gate is missed.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatGates, formatResults } from "./table.ts";
import type { Format } from "./table.ts";
import { passes, ratio } from "./gates.ts";
import type { Gate, Results } from "./gates.ts";
import { race, startStopwatch, summarize } from "./measure.ts";
import type { Program, Stopwatch } from "./measure.ts";

const AGENT = fileURLToPath(new URL("../lib/promgen-agent.cjs", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../deploy/promgen-agent.sh", import.meta.url));
const MEBIBYTE = 2 ** 20;

/** What a host is told to do in the documentation of Promgen, without the reload. */
const CURL = 'curl -sf "$1/targets.json" -o "$2.tmp" && mv "$2.tmp" "$2"';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "11" },
      targets: { type: "string", default: "100000" },
      markdown: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
    },
  });
  const format: Format = values.markdown ? "markdown" : "text";
  const directory = mkdtempSync(join(tmpdir(), "promgen-agent-bench-"));
  const stopwatch = startStopwatch();
  const gates: Gate[] = [sizeGate()];
  try {
    print(
      `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores; Node ${process.versions.node}.`,
    );
    gates.push(...(await measureSync(stopwatch, directory, Number(values.runs), Number(values.targets), format)));
    const latency = await measureProof(directory);
    if (latency !== undefined) gates.push(latency);
  } finally {
    stopwatch.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  print(formatGates(gates, format));
  if (values.check && !gates.every(passes)) process.exitCode = 1;
}

/** The whole program, with every source in it. */
function sizeGate(): Gate {
  return { what: "promgen-agent.cjs", unit: "kB", measured: statSync(AGENT).size / 1000, gate: 400 };
}

async function measureSync(
  stopwatch: Stopwatch,
  directory: string,
  runs: number,
  targets: number,
  format: Format,
): Promise<Gate[]> {
  const old = makeSite(1, targets);
  const fresh = makeSite(2, targets + 1);
  return await withServer({ "/old": old, "/new": fresh }, async (url) => {
    const hostOf = (name: string): string => join(directory, name);
    const fileOf = (host: string): string => join(host, "etc/targets.json");
    const sync = (from: string, host: string): string[] => [
      "sync",
      "--source",
      `${url}/${from}/`,
      "--shard",
      "a",
      "--targets",
      fileOf(host),
      "--state",
      join(host, "state"),
      "--no-proof",
    ];
    const agent = (from: string, host: string): string[] => [process.execPath, AGENT, ...sync(from, host)];
    const script = (from: string, host: string): string[] => ["sh", SCRIPT, ...sync(from, host)];
    const [host, kept, still, stillForScript] = [hostOf("host"), hostOf("kept"), hostOf("still"), hostOf("script")];
    await settle(agent("old", host), host, kept);
    await settle(agent("new", still), still);
    await settle(script("new", stillForScript), stillForScript);
    const prepare = (): void => {
      rmSync(host, { recursive: true, force: true });
      cpSync(kept, host, { recursive: true, preserveTimestamps: true });
    };
    const programs: Program[] = [
      { name: "node -e 0", argv: [process.execPath, "-e", "0"] },
      { name: "sync, nothing new", argv: agent("new", still) },
      { name: "sync, a new generation", argv: agent("new", host), prepare },
      { name: "the script, nothing new", argv: script("new", stillForScript) },
      { name: "the script, a new generation", argv: script("new", host), prepare },
      { name: "curl and mv", argv: ["sh", "-c", CURL, "sh", `${url}/new/shards/a`, fileOf(host)], prepare },
    ];
    const samples = await race(stopwatch, programs, runs, (round) => process.stderr.write(` ${round}/${runs}`));
    process.stderr.write("\n");
    const results: Results = new Map([...samples].map(([name, list]) => [name, summarize(list)]));
    print(`${targets.toLocaleString("en")} targets, medians of ${runs} runs\n\n${formatResults(results, format)}`);
    const seconds = (name: string): number => results.get(name)?.seconds ?? Number.NaN;
    const changed = seconds("sync, a new generation") - seconds("node -e 0");
    return [
      {
        what: "sync, nothing new",
        unit: "× n0",
        measured: ratio(results, "sync, nothing new", "node -e 0"),
        gate: 1.5,
      },
      {
        what: "sync, a new generation, without Node's start",
        unit: "× curl",
        measured: changed / seconds("curl and mv"),
        gate: 3,
      },
      {
        what: "peak memory of a new generation",
        unit: "MiB",
        measured: (results.get("sync, a new generation")?.resident ?? Number.NaN) / MEBIBYTE,
        gate: 128,
      },
    ];
  });
}

/** Files that were replaced so long ago that nobody can have changed them unnoticed: milliseconds. */
const AGE_MS = 2_100;

/** Runs an agent until it is where a measured run shall begin, and keeps a copy of the host. */
async function settle(argv: readonly string[], host: string, kept?: string): Promise<void> {
  mkdirSync(join(host, "etc"), { recursive: true });
  await succeed(argv);
  await new Promise((resolve) => setTimeout(resolve, AGE_MS));
  await succeed(argv);
  if (kept !== undefined) cpSync(host, kept, { recursive: true, preserveTimestamps: true });
}

/** Something that was said, and when, in milliseconds. */
interface Said {
  readonly text: string;
  readonly at: number;
}

/** In the background, since this process is the server. */
async function succeed(argv: readonly string[]): Promise<readonly Said[]> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const said: Said[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push({ text, at: performance.now() }));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code === 0) return said;
  throw new Error(`${argv.join(" ")} ended with ${String(code)}:\n${said.map(({ text }) => text).join("")}`);
}

type Site = ReadonlyMap<string, Buffer>;

/** The artifacts of one shard: groups of 38 targets, as an inventory of this size has. */
function makeSite(generation: number, targets: number): Site {
  const lines: string[] = [];
  for (let at = 0; at < targets; at += 38) {
    const project = `project-${String(at).padStart(7, "0")}`;
    const labels = {
      __farm_source: "promgen",
      __scheme__: "http",
      __shard: "a",
      farm: project,
      job: "node",
      project,
      service: "bench",
    };
    const hosts = Array.from(
      { length: Math.min(38, targets - at) },
      (_, host) => `web${at + host}.bench.example.com:9100`,
    );
    lines.push(JSON.stringify({ labels, targets: hosts.sort() }));
  }
  const file = Buffer.from(`[\n${lines.join(",\n")}\n]\n`);
  const urls = Buffer.from('[{"targets":[]}]\n');
  const sums = `# promgen-gen 1 shard=a generation=${generation} targets=${targets} urls=0\n${sha256(file)}  targets.json\n${sha256(urls)}  urls.json\n`;
  return new Map([
    ["targets.json", file],
    ["urls.json", urls],
    ["SHA256SUMS", Buffer.from(sums)],
  ]);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Serves sites from memory, with ETags. */
async function withServer<T>(sites: Readonly<Record<string, Site>>, act: (url: string) => Promise<T>): Promise<T> {
  const tags = new Map(
    Object.values(sites).flatMap((site) => [...site.values()].map((bytes) => [bytes, `"${sha256(bytes)}"`])),
  );
  const server = createServer((request, response) => {
    const [, site = "", name = ""] = /^(\/[^/]+)\/shards\/a\/([^?]+)/.exec(request.url ?? "") ?? [];
    const bytes = sites[site]?.get(name);
    if (bytes === undefined) response.writeHead(404).end();
    else if (request.headers["if-none-match"] === tags.get(bytes)) response.writeHead(304).end();
    else response.writeHead(200, { etag: tags.get(bytes), "content-length": bytes.length }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** From the rename to the proof, with a real Prometheus and a small file; the median of some changes. */
async function measureProof(directory: string): Promise<Gate | undefined> {
  if (spawnSync("prometheus", ["--version"], { stdio: "ignore" }).status !== 0) {
    print("Not measured: from rename to proof (prometheus is not installed)");
    return undefined;
  }
  const host = join(directory, "proof");
  const file = join(host, "etc/targets.json");
  mkdirSync(join(host, "data"), { recursive: true });
  mkdirSync(dirname(file), { recursive: true });
  const job = `{ job_name: a, proxy_url: "http://127.0.0.1:1", file_sd_configs: [{ files: ["${file}"] }] }`;
  writeFileSync(join(host, "prometheus.yml"), `scrape_configs: [${job}]\n`);
  const port = 19_000 + (process.pid % 1000);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(host, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(host, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-lifecycle",
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  try {
    await ready(url);
    const times: number[] = [];
    for (let generation = 1; generation <= 8; generation++) {
      const site = makeSite(generation, 38 * generation);
      times.push(
        await withServer({ "/site": site }, async (source) => {
          const log = await succeed([
            process.execPath,
            AGENT,
            "sync",
            "--source",
            `${source}/site/`,
            "--shard",
            "a",
            "--targets",
            file,
            "--state",
            join(host, "state"),
            "--prometheus",
            url,
          ]);
          return between(log, "swapped", "confirmed");
        }),
      );
    }
    const median = times.slice(1).sort((a, b) => a - b)[3] ?? Number.NaN;
    return { what: "from rename to confirmed, reload included", unit: "s", measured: median, gate: 0.5 };
  } finally {
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
  }
}

async function ready(url: string): Promise<void> {
  const end = performance.now() + 40_000;
  for (;;) {
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    if (performance.now() > end) throw new Error("Prometheus is not ready after 40 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Seconds between two events of a log. Its own times are whole seconds. */
function between(log: readonly Said[], first: string, second: string): number {
  const at = (event: string): number => log.find(({ text }) => text.includes(` ${event} `))?.at ?? Number.NaN;
  return (at(second) - at(first)) / 1000;
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
