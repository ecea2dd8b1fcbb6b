/**
 * Measures promgen-gen against a script with PyYAML that checks nothing, as whole processes:
 *
 *   npm run bench -- [--sizes S,M,L] [--runs N] [--quick] [--dir DIR] [--markdown] [--check] [--cli lib/cli.js]
 *
 * Needs `npm run build`, git, and python3 with PyYAML and its C loader. --check exits with 1 where a gate is missed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SIZES, SPOILT, dumpJson, prepareDataset } from "./dataset.ts";
import type { Dataset, Size } from "./dataset.ts";
import { parserGate, passes, sizeGates, startGates } from "./gates.ts";
import type { Gate, Results } from "./gates.ts";
import { race, startStopwatch, summarize } from "./measure.ts";
import type { Program, Stopwatch } from "./measure.ts";
import { formatGates, formatResults, formatTable } from "./table.ts";
import type { Format } from "./table.ts";
import { compareRendered } from "./verify.ts";

const RUNS: Record<Size, number> = { S: 15, M: 9, L: 5 };
// So short a run costs nothing, and the gates of these are the tightest.
const START_RUNS = 15;
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Context {
  stopwatch: Stopwatch;
  cli: string;
  format: Format;
  runs: (size: Size) => number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string" },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      dir: { type: "string", default: join(tmpdir(), "promgen-gen-bench") },
      markdown: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      cli: { type: "string", default: here("../lib/cli.js") },
    },
  });
  const sizes = (values.sizes ?? (values.quick ? "S" : "S,M,L")).split(",") as Size[];
  const unknown = sizes.find((size) => !(size in SIZES));
  if (unknown !== undefined) throw new Error(`--sizes ${unknown}: S, M, L`);
  const cli = resolve(values.cli);
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run npm run build`);
  checkPython();

  const runs = Number(values.runs ?? (values.quick ? 3 : 0));
  const format = values.markdown ? "markdown" : "text";
  const context: Context = { stopwatch: startStopwatch(), cli, format, runs: (size) => runs || RUNS[size] };
  const gates: Gate[] = [];
  const bySize = new Map<Size, Results>();
  try {
    print(describeMachine());
    gates.push(...(await measureStart(context)));
    for (const size of sizes) {
      const dataset = prepareDataset(resolve(values.dir), size);
      bySize.set(size, await measureSize(context, dataset));
      gates.push(...sizeGates(size, bySize.get(size) as Results));
      if (size === sizes.at(-1))
        gates.push(measureParsers(context, prepareDataset(resolve(values.dir), size === "L" ? "M" : size)));
    }
  } finally {
    context.stopwatch.stop();
  }
  printGrowth(bySize);
  print(`${heading("Gates", format)}\n${formatGates(gates, format)}`);
  if (values.check && !gates.every(passes)) process.exitCode = 1;
}

async function measureStart(context: Context): Promise<Gate[]> {
  const programs = [empty, ...["--version", "--help"].map((flag) => ours(context, flag, [flag]))];
  const results = await measure(context, programs, START_RUNS);
  print(
    `${heading(`Start (medians of ${START_RUNS} runs)`, context.format)}\n${formatResults(results, context.format)}`,
  );
  return startGates(results);
}

async function measureSize(context: Context, dataset: Dataset): Promise<Results> {
  const { size, generated } = dataset;
  const equal = preflight(context, dataset);
  const command = (
    name: string,
    variant: Parameters<Dataset["inventory"]>[0],
    verb: "validate" | "build" | "plan",
    code = 0,
  ): Program => {
    const out = dataset.out(`${verb}-${variant}`);
    const args = ["-C", dataset.inventory(variant), verb, ...(verb === "build" ? ["--out", out] : [])];
    // Without the output of the run before: each build is a cold one.
    return { ...ours(context, name, args), code, prepare: () => rmSync(out, { recursive: true, force: true }) };
  };
  const other = (name: string, argv: string[]): Program => {
    const out = dataset.out(`${name}-out`);
    return { name, argv: [...argv, out], prepare: () => rmSync(out, { recursive: true, force: true }) };
  };
  const results = await measure(
    context,
    [
      empty,
      command("validate", "clean", "validate"),
      command("build", "clean", "build"),
      other("rival.py", ["python3", here("rival.py"), dataset.inventory("clean")]),
      other("floor.js", [process.execPath, here("floor.js"), dataset.out("floor.json")]),
      // Each pair that a gate compares runs in one checkout, one right after the other.
      command("validate, one file changed", "change", "validate"),
      command("plan, one file changed", "change", "plan"),
      command("build, in a Git checkout", "merged", "build"),
      publication(context, dataset),
      command(`validate, ${SPOILT.schema} % with errors`, "schema", "validate", 1),
      command(`build, ${SPOILT.schema} % with errors`, "schema", "build", 1),
      command(`validate, ${SPOILT.syntax} % unreadable`, "syntax", "validate", 1),
      command(`build, ${SPOILT.syntax} % unreadable`, "syntax", "build", 1),
      command(`build, ${SPOILT.style} % with } at the key's indent`, "style", "build"),
    ],
    context.runs(size),
  );
  const { targets, files, bytes } = generated;
  const title = `${size}: ${targets.toLocaleString("en")} targets, ${files.toLocaleString("en")} files, ${(bytes / 1e6).toFixed(1)} MB of YAML`;
  const note = `Medians of ${context.runs(size)} runs. promgen-gen and rival.py render the same ${equal}.`;
  print(`${heading(title, context.format)}\n${note}\n\n${formatResults(results, context.format)}`);
  return results;
}

/** Publishes the second commit, each time after the first one. */
function publication(context: Context, dataset: Dataset): Program {
  const directory = dataset.inventory("merged");
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  const program = ours(context, "publish, one file changed", ["-C", directory, "publish"]);
  const [file = "", ...args] = program.argv;
  const newest = git("rev-parse", "HEAD");
  git("update-ref", "-d", "refs/heads/artifacts");
  git("checkout", "--quiet", "--detach", "HEAD~1");
  try {
    execFileSync(file, args, { stdio: ["ignore", "ignore", "inherit"] });
  } finally {
    git("checkout", "--quiet", "--detach", newest);
  }
  const first = git("rev-parse", "refs/heads/artifacts");
  return { ...program, prepare: () => void git("update-ref", "refs/heads/artifacts", first) };
}

/** Shows that there is something to compare: no findings in the clean inventory, and the same groups from both programs. */
function preflight({ cli }: Context, dataset: Dataset): "bytes" | "groups" {
  const [mine, rival, clean] = [dataset.out("ours"), dataset.out("rival"), dataset.inventory("clean")];
  const run = (argv: string[]): string | undefined => {
    const { status, stdout, stderr } = spawnSync(argv[0] ?? "", argv.slice(1), {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
    });
    return status === 0 ? undefined : `${argv.join(" ")} ended with ${status}:\n${(stderr + stdout).slice(0, 4000)}`;
  };
  const failure =
    run([process.execPath, cli, "-C", clean, "build", "--out", mine]) ??
    run(["python3", here("rival.py"), clean, rival]);
  if (failure !== undefined) throw new Error(failure);
  const warnings = run([process.execPath, cli, "-C", clean, "validate", "--fail-on", "warning"]);
  if (warnings !== undefined)
    process.stderr.write(`The generated inventory should be free of findings.\n${warnings}\n`);
  const equal = compareRendered(mine, rival);
  dumpJson(clean, rival, dataset.out("floor.json"));
  return equal;
}

function measureParsers({ cli, format }: Context, dataset: Dataset): Gate {
  const argv = [here("throughput.js"), dataset.inventory("clean")];
  const speeds = JSON.parse(spawnSync(process.execPath, argv, { encoding: "utf8" }).stdout) as {
    name: string;
    speed: number;
  }[];
  const json = speeds[0]?.speed ?? Number.NaN;
  const rows = speeds.map(({ name, speed }) => [name, (speed / 1e6).toFixed(0), (json / speed).toFixed(1)]);
  const imports = readdirSync(dirname(cli), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.[cm]?js$/u.test(path))
    .filter((path) =>
      /(?:from\s*|import\s*\(?\s*)["']js-yaml["']/u.test(readFileSync(join(dirname(cli), path), "utf8")),
    );
  const how = imports.length === 0 ? "by require" : `BY IMPORT, which is slow, in ${imports.join(", ")}`;
  print(
    `${heading(`Parsers in one process, ${dataset.size}`, format)}\n${formatTable(["", "MB/s of YAML", "JSON.parse is × faster"], rows, format)}\n\nThe program loads js-yaml ${how}.`,
  );
  return parserGate(speeds);
}

function printGrowth(bySize: ReadonlyMap<Size, Results>): void {
  const [medium, large] = [bySize.get("M")?.get("build"), bySize.get("L")?.get("build")];
  if (medium === undefined || large === undefined) return;
  const [time, memory] = [large.seconds / medium.seconds, large.resident / medium.resident];
  print(
    `From M to L, ten times the targets, build takes ${time.toFixed(1)} × the time and ${memory.toFixed(1)} × the memory.`,
  );
}

const empty: Program = { name: "node -e 0", argv: [process.execPath, "-e", "0"] };

function ours({ cli }: Context, name: string, args: string[]): Program {
  return { name, argv: [process.execPath, cli, ...args] };
}

async function measure({ stopwatch }: Context, programs: Program[], runs: number): Promise<Results> {
  const tick = (round: number): void => void process.stderr.write(round === 0 ? "warming up" : ` ${round}/${runs}`);
  const samples = await race(stopwatch, programs, runs, tick);
  process.stderr.write("\n");
  return new Map([...samples].map(([name, list]) => [name, summarize(list)]));
}

function checkPython(): void {
  const { status } = spawnSync("python3", ["-c", "import yaml; yaml.CSafeLoader"], { stdio: "ignore" });
  if (status !== 0) throw new Error("python3 with PyYAML and its C loader is needed (Debian: python3-yaml)");
}

function describeMachine(): string {
  const [python, pyyaml] = spawnSync("python3", [
    "-c",
    "import platform, yaml; print(platform.python_version(), yaml.__version__)",
  ])
    .stdout.toString()
    .trim()
    .split(" ");
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, ${memory} GB, ${process.platform}; Node ${process.versions.node}, Python ${python} with PyYAML ${pyyaml} (libyaml).`;
}

function heading(title: string, format: Format): string {
  return format === "markdown" ? `### ${title}\n` : title;
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
