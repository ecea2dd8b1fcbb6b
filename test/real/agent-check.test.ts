import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import * as assert from "uvu/assert";
import { checkFile } from "../../src/agent/check/check-file.ts";
import { InvalidFile } from "../../src/agent/check/invalid-file.ts";
import type { FileTrouble } from "../../src/agent/check/invalid-file.ts";
import type { FileName } from "../../src/agent/config.ts";
import { fileOf, FILES, LABELS } from "../agent/check/files.ts";
import { describe } from "../describe.ts";
import { ROOT, run, withDirectory } from "../workplace.ts";
import { installed } from "./prometheus.ts";
import type { Release } from "./prometheus.ts";

/** What the strict check refuses although a Prometheus takes it, and why. Whatever else is refused, all of them refuse. */
const STRICTER: Partial<Record<FileTrouble, string>> = {
  "no-groups": "`[]` and `null` drop every target, and are never rendered",
  "not-groups": "null for a list, an object or a text is taken for an empty one: something is missing",
  "no-targets-key": "a group without `targets` has lost them",
  "unknown-key": "Go reads keys in any case, and takes the last one",
  "duplicate-key": "the last one wins, and the others are lost without a word",
  "not-utf8": "each byte becomes U+FFFD, so that another target or label is scraped",
  "lone-surrogate": "it becomes U+FFFD, as bytes that are no UTF-8 do",
  "too-long": "nobody's target or label has a million characters, and each is held in memory",
  "label-name": "3.0 and later take any name, earlier ones refuse the whole file",
  "label-missing": "without a job or a module the target is one that nobody rendered",
  scheme: "the target is taken, and every scrape of it fails",
  "metrics-path": "the target is taken with a path that nobody wrote",
  duration: "an empty text is taken for the server's own",
  address: "the target is taken, and every scrape of it fails: a port that is none, a character that no host has",
};

/** Scrapes a file as scrape-config.yml does, without choosing a shard. */
function configOf(name: FileName, file: string): string {
  const files = `file_sd_configs: [{ files: [${file}] }]`;
  if (name === "targets.json") return `scrape_configs: [{ job_name: promgen, ${files} }]\n`;
  const rules = [
    "{ source_labels: [__address__], target_label: __param_target }",
    "{ target_label: __address__, replacement: 127.0.0.1:9115 }",
  ];
  return `scrape_configs: [{ job_name: blackbox, metrics_path: /probe, ${files}, relabel_configs: [${rules.join(", ")}] }]\n`;
}

interface Judged {
  readonly title: string;
  readonly name: FileName;
  readonly bytes: Uint8Array;
}

/** Files with our own verdicts, and those of each release. */
interface Verdicts {
  readonly troubles: readonly (FileTrouble | undefined)[];
  /** Whether it takes each file. */
  readonly taken: ReadonlyMap<Release, readonly boolean[]>;
}

/** Everybody's verdicts; the files are written and judged once for all releases. */
async function judge(files: readonly Judged[]): Promise<Verdicts> {
  const troubles: Verdicts["troubles"][number][] = [];
  for (const file of files) troubles.push(await troubleOf(file));
  return await withDirectory({}, async (directory) => {
    for (const [index, { name, bytes }] of files.entries()) {
      writeFileSync(join(directory, `${index}.json`), bytes);
      writeFileSync(join(directory, `${index}.yml`), configOf(name, `${index}.json`));
    }
    const taken = new Map<Release, readonly boolean[]>();
    for (const release of RELEASES) taken.set(release, await takenBy(release, directory, files.length));
    return { troubles, taken };
  });
}

/** Whether this promtool takes each of the files in a directory. */
async function takenBy({ promtool }: Release, directory: string, count: number): Promise<boolean[]> {
  const configs = Array.from({ length: count }, (_, index) => `${index}.yml`);
  const taken: boolean[] = [];
  // As many as fit on a command line, with room to spare.
  for (let at = 0; at < configs.length; at += 5000) {
    const { stdout } = await run(directory, [promtool, "check", "config", ...configs.slice(at, at + 5000)]);
    for (const report of stdout.split(/^Checking /m).slice(1)) taken.push(report.includes("SUCCESS"));
  }
  assert.is(taken.length, count);
  return taken;
}

async function troubleOf({ name, bytes }: Judged): Promise<FileTrouble | undefined> {
  try {
    await checkFile(name, piece(bytes));
    return undefined;
  } catch (error) {
    if (error instanceof InvalidFile) return error.trouble;
    throw error;
  }
}

async function* piece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Compares our verdicts with those of a release; gives how many files both took. */
function compare(release: Release, files: readonly Judged[], { troubles, taken }: Verdicts): number {
  let both = 0;
  for (const [index, file] of files.entries()) {
    const trouble = troubles[index];
    const isTaken = taken.get(release)?.[index];
    assert.type(isTaken, "boolean");
    const what = `${file.title}: ${JSON.stringify(Buffer.from(file.bytes).toString("latin1").slice(0, 400))}`;
    if (trouble === undefined) {
      assert.ok(isTaken, `taken by the strict check alone: ${what}`);
      both++;
    } else if (STRICTER[trouble] === undefined) assert.not(isTaken, `refused as ${trouble}: ${what}`);
  }
  return both;
}

/** The same numbers in every run (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What is put in somewhere: the pieces of JSON, of addresses, of durations, and bytes that are none. */
const PIECES = [
  '{ } [ ] , : " \\ / 0 - e null true \\u0041 \\ud800 [] {} "" "x":"y", "labels":{}, "targets":[], [::1] ms 1h _ ü'.split(
    " ",
  ),
  [" ", "\n", "\0", "\ufeff", "\u2028", "\x7f"],
]
  .flat()
  .map((text) => Buffer.from(text));

const ODD_BYTES = [0x00, 0x1f, 0x22, 0x2c, 0x5c, 0x7f, 0x80, 0xc3, 0xed, 0xff];

const SEEDS: readonly (readonly [FileName, string])[] = [
  [
    "targets.json",
    fileOf(
      {
        labels: { ...LABELS, __metrics_path__: "/m", __scrape_interval__: "1m30s", __scrape_timeout__: "9s" },
        targets: ["a:1"],
      },
      { labels: { ...LABELS, __param_x: 'é"\\', _9: "" }, targets: ["web-1.example.com:9100", "[2001:db8::7]:80"] },
    ),
  ],
  ["urls.json", fileOf({ labels: { __param_module: "m", job: "m" }, targets: ["https://a/b?c", "::1"] })],
];

/** Good files with one to three accidents each. */
function mutations(count: number): Judged[] {
  const random = seeded(20_261_126);
  return Array.from({ length: count }, (_, number) => {
    const [name, text] = SEEDS[number % 4 === 0 ? 1 : 0] ?? ["targets.json", ""];
    let bytes: Buffer = Buffer.from(text);
    for (let times = 1 + random(3); times > 0; times--) bytes = mutate(bytes, random);
    return { title: `mutation ${number}`, name, bytes };
  });
}

function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  const at = random(bytes.length);
  const end = Math.min(bytes.length, at + 1 + random(12));
  const piece = PIECES[random(PIECES.length)] ?? Buffer.alloc(0);
  const [before, cut, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (random(6)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, cut, cut, after]);
    case 2:
      return Buffer.concat([before, piece, bytes.subarray(at)]);
    case 3:
      return Buffer.concat([before, piece, after]);
    case 4:
      return Buffer.concat([before, Buffer.from([ODD_BYTES[random(ODD_BYTES.length)] ?? 0]), bytes.subarray(at + 1)]);
    default:
      return random(10) === 0
        ? Buffer.from(before)
        : Buffer.concat([before, Buffer.from([(bytes[at] ?? 0) ^ (1 << random(8))]), bytes.subarray(at + 1)]);
  }
}

const RELEASES = await installed("the strict check beside promtool");

const ACCIDENTS = mutations(3000);
/** Begun by the first test that asks. */
let ofTable: Promise<Verdicts> | undefined;
let ofAccidents: Promise<Verdicts> | undefined;

for (const release of RELEASES) {
  describe(`the strict check and promtool ${release.name}`, (it) => {
    it("agree on every file of the table, but for what is refused on purpose", async () => {
      const both = compare(release, FILES, await (ofTable ??= judge(FILES)));
      assert.ok(both > 30 && FILES.length - both > 100, `${both} of ${FILES.length} taken`);
    });

    it("agree on good files with accidents, but for what is refused on purpose", async () => {
      const both = compare(release, ACCIDENTS, await (ofAccidents ??= judge(ACCIDENTS)));
      // Neither all broken nor all harmless: otherwise little was compared.
      assert.ok(both > 200 && both < 2000, `${both} of ${ACCIDENTS.length} taken`);
    });
  });
}

if (RELEASES.length > 0) {
  describe("what the strict check refuses on purpose", (it) => {
    it("is taken by some Prometheus, each kind of it", async () => {
      const { taken } = await (ofTable ??= judge(FILES));
      const verdicts = [...taken.values()];
      const kinds = new Set(
        FILES.filter((_, index) => verdicts.some((one) => one[index] === true)).map(({ trouble }) => trouble),
      );
      const expected = Object.keys(STRICTER).filter(
        (kind) => kind !== "label-name" || RELEASES.some(({ major }) => major > 2),
      );
      assert.equal([...kinds].filter((kind) => kind !== undefined).sort(), expected.sort());
    });
  });
}

/** Checks a file of a million targets and prints what it counted, and the most memory that it had in kB. */
const BIG = `
import { readFileSync } from "node:fs";
import { checkFile } from "./src/agent/check/check-file.ts";

const buffer = Buffer.alloc(1 << 16);
let bytes = 0;

async function* file() {
  let used = 0;
  for (let group = 0; group < 50_000; group++) {
    const labels = { __farm_source: "promgen", __scheme__: "http", __shard: "tokyo-a", farm: "farm-" + group, job: "job-" + (group % 40) };
    for (let n = 0; n < 10; n++) labels["label_" + n] = "some value of label " + n + " in project " + group;
    const targets = Array.from({ length: 20 }, (_, n) => "web" + group + "-" + n + ".tokyo.example.com:9100");
    const line = (group === 0 ? "[\\n" : ",\\n") + JSON.stringify({ labels, targets });
    if (used + line.length > buffer.length) {
      yield buffer.subarray(0, used);
      used = 0;
    }
    used += buffer.write(line, used);
    bytes += line.length;
  }
  yield buffer.subarray(0, used);
  yield Buffer.from("\\n]\\n");
}

const { groups, targets, distinct } = await checkFile("targets.json", file());
// Of this program alone: what getrusage says begins with the memory of who started it.
const [, peak] = /VmHWM:\\s+(\\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
console.log(JSON.stringify({ groups, targets, distinct, bytes, peak: Number(peak) }));
`;

describe("a file of a million targets", (it) => {
  it("is checked in less than 128 MiB of memory", async () => {
    await withDirectory({}, async (directory) => {
      const outfile = join(directory, "big.mjs");
      await build({
        stdin: { contents: BIG, resolveDir: ROOT },
        bundle: true,
        platform: "node",
        format: "esm",
        outfile,
        logLevel: "error",
      });
      const ran = await run(directory, [process.execPath, outfile]);
      assert.is(ran.exit, 0, ran.stderr);
      const { bytes, peak, ...counts } = JSON.parse(ran.stdout) as Record<string, number>;
      assert.equal(counts, { groups: 50_000, targets: 1_000_000, distinct: 1_000_000 });
      assert.ok((bytes ?? 0) > 60e6, `${bytes} bytes`);
      assert.ok((peak ?? Number.NaN) < 128 * 1024, `${peak} kB`);
    });
  });
});
