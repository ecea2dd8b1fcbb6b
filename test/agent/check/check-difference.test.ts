import { createHash } from "node:crypto";
import { endianness } from "node:os";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { Census, Loss } from "../../../src/agent/check/census.ts";
import { checkDifference, isOneGroupALine } from "../../../src/agent/check/check-difference.ts";
import { CHECK_LIMITS, checkLimits, checkWhole } from "../../../src/agent/check/check-file.ts";
import type { Checked } from "../../../src/agent/check/check-file.ts";
import { packCounted, readCounted, unpackCounted } from "../../../src/agent/check/counted.ts";
import type { CheckedBy } from "../../../src/agent/check/counted.ts";
import type { Counter } from "../../../src/agent/check/counter.ts";
import { unpairedLines } from "../../../src/agent/check/line-difference.ts";
import { loss } from "../../../src/agent/check/loss.ts";
import type { FileName } from "../../../src/agent/config.ts";
import { describe } from "../../describe.ts";
import { fileBytes } from "../core/memory-disk.ts";
import { fileOf, LABELS } from "./files.ts";

const BY: CheckedBy = { name: "targets.json", sha256: "0", program: "p", limits: CHECK_LIMITS };

async function whole(text: string, name: FileName = "targets.json"): Promise<Checked> {
  const chunks = (async function* () {
    yield await Promise.resolve(Buffer.from(text));
  })();
  return await checkWhole(name, chunks, CHECK_LIMITS);
}

function unpack(by: CheckedBy, bytes: Buffer): Counter | undefined {
  const counted = readCounted(bytes);
  return counted && unpackCounted(by, counted);
}

/** What is remembered of a file; undefined where that does not go by lines. */
async function remembered(text: string, name: FileName = "targets.json"): Promise<Counter | undefined> {
  const { counter, taken } = await whole(text, name);
  if (!isOneGroupALine(name, fileBytes(Buffer.from(text)), counter.groups, taken)) return undefined;
  const packed = packCounted({ ...BY, name }, counter);
  return packed && unpack({ ...BY, name }, Buffer.concat(packed));
}

function difference(
  before: string,
  after: string,
  counter: Counter,
  name: FileName = "targets.json",
): Loss | undefined {
  return checkDifference(name, fileBytes(Buffer.from(before)), fileBytes(Buffer.from(after)), counter, CHECK_LIMITS);
}

function assertSame(found: Census, wanted: Census, what: string): void {
  const of = ({ groups, targets, distinct, jobs }: Census): unknown => [groups, targets, distinct, [...jobs].sort()];
  assert.equal(of(found), of(wanted), what);
  assert.is(found.identities.countMissingIn(wanted.identities), 0, what);
  assert.is(wanted.identities.countMissingIn(found.identities), 0, what);
}

const group = fc.record({
  job: fc.constantFrom("a", "b", "c"),
  farm: fc.nat(9),
  hosts: fc.uniqueArray(fc.nat(12), { maxLength: 4 }),
});

/** Groups, a line each, in their order or not. The same target may be in several. */
const file = fc.tuple(fc.array(group, { minLength: 1, maxLength: 8 }), fc.boolean()).map(([groups, isSorted]) => {
  const lines = groups.map(({ job, farm, hosts }) => ({
    labels: { farm: `f${farm}`, job },
    targets: hosts.map((host) => `h${host}:1`),
  }));
  const order = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return fileOf(...(isSorted ? lines.sort(order) : lines));
});

describe("agent check: difference", (it) => {
  it("counts what checking all of it counts, generation after generation", async () => {
    let told = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 2, maxLength: 4 }), async ([first = "", ...later]) => {
        let counter = await remembered(first);
        assert.ok(counter, first);
        let before = first;
        for (const after of later) {
          const what = `${before}${after}`;
          const [old, { counter: fresh }] = [(await whole(before)).counter.census(), await whole(after)];
          const found = difference(before, after, counter);
          assert.equal(found, loss(old, fresh.census()), what);
          assertSame(counter.census(), fresh.census(), what);
          const packed = packCounted(BY, counter);
          counter = packed && unpack(BY, Buffer.concat(packed));
          assert.ok(counter, what);
          before = after;
          told++;
        }
      }),
      { seed: 3, numRuns: 500 },
    );
    assert.ok(told > 500);
  });

  it("takes nothing that the strict check refuses, whatever was done to the file", async () => {
    const pieces = ["[", "]", "{", "}", ",", "\n", '"', ":", "\\", " ", "[\n", "]\n", ",\n", "\u00e9", "A", "0"];
    const deed = fc.record({ at: fc.nat(), cut: fc.nat(3), piece: fc.constantFrom("", ...pieces), line: fc.nat(3) });
    let [taken, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(file, fc.array(deed, { minLength: 1, maxLength: 3 }), async (before, deeds) => {
        let after = before;
        for (const { at, cut, piece, line } of deeds) {
          const lines = after.split("\n");
          const start = at % (after.length + 1);
          if (line === 0) after = lines.toSpliced(at % lines.length, 1).join("\n");
          else if (line === 1)
            after = [...lines.slice(at % lines.length), ...lines.slice(0, at % lines.length)].join("\n");
          else after = after.slice(0, start) + piece + after.slice(start + cut);
        }
        const counter = await remembered(before);
        assert.ok(counter);
        const found = difference(before, after, counter);
        if (found === undefined) return void refused++;
        taken++;
        assertSame(counter.census(), (await whole(after)).counter.census(), `${before}${after}`);
      }),
      { seed: 5, numRuns: 3_000 },
    );
    assert.ok(taken > 100 && refused > 1_000, `${taken} ${refused}`);
  });

  it("leaves to the strict check what is wrong, strange, or of other lines", async () => {
    const one = (targets: string[], labels = LABELS): string => JSON.stringify({ labels, targets });
    const [a, b] = [one(["a:1"]), one(["b:1"])];
    const before = `[\n${a},\n${b}\n]\n`;
    const others = [
      "",
      "[]\n",
      `[\n${a},\n${b},\n]\n`,
      `[\n${a}\n${b}\n]\n`,
      `[\n${b}\n${a},\n]\n`,
      `[\n${a},\n${b}\n]`,
      `[\n${a},\n\n${b}\n]\n`,
      `\n[\n${a},\n${b}\n]\n`,
      `[\n[\n${a},\n${b}\n]\n]\n`,
      `[\n${a},\n${b}\n]\n]\n`,
      `[\n${a},\n${one(["b:99999"])}\n]\n`,
      `[\n${a},\n${one(["B.example:1"])}\n]\n`,
      `[\n${a},\n${one(["c:1"], { job: "" })}\n]\n`,
      `[\n${a},\n${one(["c:1"], { job: "x", __scrape_timeout__: "2m" })}\n]\n`,
      `[\n${a},${one(["c:1"])},\n${b}\n]\n`,
      `[\n{"labels":{"job":"x"},\n${a},\n"targets":[]},\n${b}\n]\n`,
      `[\n${a},\n{"targets":[]}\n]\n`,
      `[\n${a},\n${one(["b:1"], { job: "x".repeat(2 ** 20) })}\n]\n`,
    ];
    for (const after of others) {
      const counter = await remembered(before);
      assert.ok(counter);
      assert.is(difference(before, after, counter), undefined, after.slice(0, 200));
    }
  });

  it("is for files that have a line for each group", async () => {
    const one = JSON.stringify({ labels: LABELS, targets: ["a:1"] });
    const odd = JSON.stringify({ labels: LABELS, targets: ["[2001:db8::1]:1"] });
    for (const text of [`[\n${one}\n]\n`, `[\n${one},\n${one}\n]\n`, `[\n${one},\n${one},\n${one}\n]\n`])
      assert.ok(await remembered(text), text);
    for (const text of [
      `[${one}]`,
      `[\n${one},${one}\n]\n`,
      `[\n${one},\n\n${one}\n]\n`,
      `[\n${one.replace(',"targets"', ',\n"targets"')},\n${one}\n]\n`,
      `[\n${odd},\n${one}\n]\n`,
      `[\n${one},\n${odd},\n${one}\n]\n`,
      `[\n${one},\n${odd}\n]\n`,
      '[{"targets":[]}]\n',
    ])
      assert.is(await remembered(text), undefined, text);
  });

  it("knows targets that are there more than once, and probes", async () => {
    const line = (farm: string, targets: readonly string[]): string =>
      JSON.stringify({ labels: { farm, job: "node" }, targets });
    const text = (...lines: string[]): string => `[\n${lines.join(",\n")}\n]\n`;
    const before = text(line("a", ["x:1", "y:1"]), line("b", ["x:1"]), line("c", ["x:1", "z:1"]));
    const counter = await remembered(before);
    assert.ok(counter);
    const after = text(line("a", ["x:1", "y:1"]));
    assert.equal(difference(before, after, counter), { before: 3, after: 2, removed: 1, jobsGone: [] });
    const last = text(line("d", ["w:1"]));
    assert.equal(difference(after, last, counter), { before: 2, after: 1, removed: 2, jobsGone: [] });

    const probe = (url: string): string =>
      text(JSON.stringify({ labels: { __param_module: "http_2xx", job: "blackbox" }, targets: [url] }));
    const probes = await remembered(probe("https://a.example/"), "urls.json");
    assert.ok(probes);
    assert.equal(difference(probe("https://a.example/"), probe("https://b.example/"), probes, "urls.json"), {
      before: 1,
      after: 1,
      removed: 1,
      jobsGone: [],
    });
  });

  it("does not take targets for gone that all move to other groups, however many", async () => {
    for (const [count, isTold] of [
      [10_000, true],
      [10_001, false],
    ] as const) {
      const text = (farm: string): string => {
        const lines = Array.from({ length: count / 10 + 1 }, (_, group) => {
          const targets = Array.from({ length: Math.min(10, count - 10 * group) }, (__, n) => `h${10 * group + n}:1`);
          return JSON.stringify({ labels: { farm, group: String(group), job: "node" }, targets });
        });
        return `[\n${lines.join(",\n")}\n]\n`;
      };
      const counter = await remembered(text("a"));
      assert.ok(counter);
      const nothing = { before: count, after: count, removed: 0, jobsGone: [] };
      assert.equal(difference(text("a"), text("b"), counter), isTold ? nothing : undefined);
    }
  });

  it("pairs lines that both have, however large they are", () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `{"n":"${String(n).padStart(6, "0")}"},\n`);
    const unpaired = (one: readonly string[], other: readonly string[], longest = 1000): unknown => {
      const texts = [one, other].map((list) => list.join(""));
      const [first = "", second = ""] = texts;
      const [bytes, otherBytes] = [fileBytes(Buffer.from(first)), fileBytes(Buffer.from(second))];
      return unpairedLines(bytes, otherBytes, longest)?.map((list, at) =>
        list.map(([start, end]) => texts[at]?.slice(start, end)),
      );
    };
    assert.equal(unpaired(lines, lines), [[], []]);
    assert.equal(unpaired(lines, lines.toSpliced(9_000, 2)), [lines.slice(9_000, 9_002), []]);
    assert.equal(unpaired(lines.toSpliced(9_000, 2), lines), [[], lines.slice(9_000, 9_002)]);
    assert.equal(unpaired(lines, lines.with(19_998, '{"n":"019998x"}\n')), [[lines[19_998]], ['{"n":"019998x"}\n']]);
    assert.equal(unpaired([], lines.slice(0, 1)), [[], lines.slice(0, 1)]);
    const wide = Array.from({ length: 20 }, (_, n) => `${String(n).padStart(2, "0")}${"x".repeat(20_000)}\n`);
    assert.equal(unpaired(wide, wide.toSpliced(10, 1), 30_000), [[wide[10]], []]);
    for (const length of [8_191, 8_192, 8_193, 100_000]) {
      const long = `${"x".repeat(length - 1)}\n`;
      const changed = lines.with(9_000, long);
      assert.equal(unpaired(lines, changed, length), [[lines[9_000]], [long]], String(length));
      assert.is(unpaired(lines, changed, length - 1), undefined, String(length));
    }
  });
});

describe("agent check: counted", (it) => {
  it("is of use for the same file, program and servers alone, as it was written", async () => {
    const { counter } = await whole(fileOf({ labels: LABELS, targets: ["a:1", "b:1"] }));
    const packed = Buffer.concat(packCounted(BY, counter) ?? []);
    assert.is(unpack(BY, packed)?.targets, 2);
    for (const other of [
      { ...BY, sha256: "1" },
      { ...BY, program: "q" },
      { ...BY, name: "urls.json" as const },
      { ...BY, limits: checkLimits({ interval: 30 }) },
    ])
      assert.is(unpack(other, packed), undefined);
    for (let at = 0; at < packed.length; at += at < 600 ? 1 : 97) {
      const damaged = Buffer.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      assert.is(unpack(BY, damaged), undefined, `byte ${at}`);
    }
    for (const cut of [0, 10, 64, 65, 100, packed.length - 1])
      assert.is(unpack(BY, packed.subarray(0, cut)), undefined, `cut at ${cut}`);
  });

  it("is of no use on a machine that reads its numbers the other way round", async () => {
    const { counter } = await whole(fileOf({ labels: LABELS, targets: ["a:1", "b:1"] }));
    const [, head = "", ...rest] = Buffer.concat(packCounted(BY, counter) ?? [])
      .toString("latin1")
      .split("\n");
    const numbers = Buffer.from(rest.join("\n"), "latin1");
    const packed = (one: string): Buffer => {
      const body = Buffer.concat([Buffer.from(`${one}\n`), numbers]);
      return Buffer.concat([Buffer.from(`${createHash("sha256").update(body).digest("hex")}\n`), body]);
    };
    assert.is(unpack(BY, packed(head))?.targets, 2);
    const elsewhere = endianness() === "LE" ? "BE" : "LE";
    assert.is(unpack(BY, packed(head.replace(`"${endianness()}"`, `"${elsewhere}"`))), undefined);
    assert.not.match(head, elsewhere);
  });

  it("is not kept where too much of it is there more than once", async () => {
    const targets = Array.from({ length: 10_001 }, (_, n) => `h${n}:1`);
    const text = fileOf({ labels: { ...LABELS, farm: "a" }, targets }, { labels: { ...LABELS, farm: "b" }, targets });
    const { counter } = await whole(text);
    assert.equal([counter.census().distinct, counter.targets], [10_001, 20_002]);
    assert.is(packCounted(BY, counter), undefined);
  });
});
