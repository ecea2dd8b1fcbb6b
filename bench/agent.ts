/**
 * Measures promgen-agent against `node -e 0` and against the script that hosts have without it: curl to a temporary file,
 * rename, reload.
 *
 *   npm run bench:agent -- [--runs N] [--targets N] [--markdown] [--check]
 *
 * Needs `npm run build`, python3 and curl; prometheus for the last part. --check exits with 1 where a gate is missed.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeSite, withServer } from "./agent-site.ts";
import type { Site } from "./agent-site.ts";
import { formatGates, formatResults } from "./table.ts";
import type { Format } from "./table.ts";
import { passes, ratio } from "./gates.ts";
import type { Gate, Results } from "./gates.ts";
import { startStopwatch, summarize } from "./measure.ts";
import type { Program, Sample, Stopwatch } from "./measure.ts";

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

/**
 * Each round is what hosts go through: they find nothing new, something is published, and they take it. Every host goes on
 * from what it had.
 */
async function measureSync(
  stopwatch: Stopwatch,
  directory: string,
  runs: number,
  targets: number,
  format: Format,
): Promise<Gate[]> {
  const siteOf = (generation: number): Site => makeSite(generation, targets + (generation % 2));
  return await withServer(siteOf(0), async ({ url, publish }) => {
    const fileOf = (host: string): string => join(directory, host, "etc/targets.json");
    const sync = (program: readonly string[], host: string): readonly string[] => {
      const place = ["--targets", fileOf(host), "--state", join(directory, host, "state")];
      return [...program, "sync", "--source", url, "--shard", "a", ...place, "--no-proof"];
    };
    const agent = sync([process.execPath, AGENT], "agent");
    const script = sync(["sh", SCRIPT], "script");
    const curl = ["sh", "-c", CURL, "sh", `${url}shards/a`, fileOf("curl")];
    for (const host of ["agent", "script", "curl"]) mkdirSync(dirname(fileOf(host)), { recursive: true });

    const settled: Program[] = [
      { name: "node -e 0", argv: [process.execPath, "-e", "0"] },
      { name: "sync, nothing new", argv: agent },
      { name: "the script, nothing new", argv: script },
    ];
    const changing: Program[] = [
      { name: "sync, a new generation", argv: agent },
      { name: "the script, a new generation", argv: script },
      { name: "curl and mv", argv: curl },
    ];
    const samples = new Map<string, Sample[]>([...settled, ...changing].map(({ name }) => [name, []]));
    const runAll = async (programs: readonly Program[], round: number): Promise<void> => {
      for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
        const sample = await stopwatch.run(program);
        // The first round only warms the page cache.
        if (round > 0) samples.get(program.name)?.push(sample);
      }
    };
    for (const { argv } of changing) await succeed(argv);
    for (let round = 0; round <= runs; round++) {
      process.stderr.write(` ${round}/${runs}`);
      const next = siteOf(round + 1);
      await sleep(AGE_MS);
      for (const argv of [agent, script]) await succeed(argv);
      await runAll(settled, round);
      publish(next);
      await runAll(changing, round);
    }
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
    const times = await withServer(makeSite(0, 38), async ({ url: source, publish }) => {
      const found: number[] = [];
      const place = ["--targets", file, "--state", join(host, "state"), "--prometheus", url];
      for (let generation = 1; generation <= 8; generation++) {
        publish(makeSite(generation, 38 * generation));
        const log = await succeed([process.execPath, AGENT, "sync", "--source", source, "--shard", "a", ...place]);
        found.push(between(log, "swapped", "confirmed"));
      }
      return found;
    });
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
    await sleep(100);
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
