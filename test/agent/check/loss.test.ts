import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { Census } from "../../../src/agent/check/census.ts";
import { checkFile } from "../../../src/agent/check/check-file.ts";
import { linesOnlyIn } from "../../../src/agent/check/line-difference.ts";
import { loss, lossByLines } from "../../../src/agent/check/loss.ts";
import { describe } from "../../describe.ts";
import { fileOf, LABELS } from "./files.ts";

/** Job → its targets. */
type Jobs = Readonly<Record<string, readonly string[]>>;

async function census(jobs: Jobs): Promise<Census> {
  const groups = Object.entries(jobs).map(([job, targets]) => ({ labels: { ...LABELS, job }, targets }));
  const text = groups.length === 0 ? `[{"targets":[]}]` : fileOf(...groups);
  return await checkFile(
    "targets.json",
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
}

describe("loss", (it) => {
  it("counts what is in place and not in the new file, and names jobs that are gone", async () => {
    const before = await census({ node: ["a:1", "b:1", "c:1"], app: ["a:1"], gone: ["x:1", "y:1"] });
    const after = await census({ node: ["b:1", "d:1"], app: ["a:1"], fresh: ["x:1"] });
    assert.equal(loss(before, after), { before: 6, after: 4, removed: 4, jobsGone: ["gone"] });
    assert.equal(loss(before, before), { before: 6, after: 6, removed: 0, jobsGone: [] });
  });

  it("is all of it where the new file is empty, and nothing where the old one was", async () => {
    const some = await census({ node: ["a:1", "b:1"] });
    const none = await census({});
    assert.equal(loss(some, none), { before: 2, after: 0, removed: 2, jobsGone: ["node"] });
    assert.equal(loss(none, some), { before: 0, after: 2, removed: 0, jobsGone: [] });
  });

  it("does not count another label, group or spelling as a loss", async () => {
    const text = fileOf({ labels: { ...LABELS, env: "x" }, targets: ["A.:1"] }, { labels: LABELS, targets: ["b:1"] });
    const after = await checkFile(
      "targets.json",
      (async function* () {
        yield Buffer.from(text);
      })(),
    );
    assert.is(loss(await census({ node: ["a:1", "b:1"] }), after).removed, 0);
  });

  it("is the difference of sets, whatever is in them", async () => {
    const hosts = fc.uniqueArray(fc.integer({ min: 0, max: 40 }));
    await fc.assert(
      fc.asyncProperty(hosts, hosts, async (a, b) => {
        const of = async (numbers: readonly number[]): Promise<Census> =>
          await census({ node: numbers.map((number) => `h${number}:1`) });
        const { before, after, removed } = loss(await of(a), await of(b));
        assert.equal([before, after, removed], [a.length, b.length, a.filter((number) => !b.includes(number)).length]);
      }),
      { seed: 7 },
    );
  });
});

describe("loss by lines", (it) => {
  const counted = async (text: string) => {
    const bytes = Buffer.from(text);
    const census = await checkFile(
      "targets.json",
      (async function* () {
        yield bytes;
      })(),
    );
    return { bytes, census, distinct: census.distinct };
  };

  it("is the loss that counting both files gives, whatever is in them", async () => {
    const group = fc.record({
      job: fc.constantFrom("a", "b", "c"),
      farm: fc.nat(9),
      hosts: fc.uniqueArray(fc.nat(12), { maxLength: 4 }),
    });
    const file = fc.array(group, { minLength: 1, maxLength: 8 }).map((groups) => {
      const lines = groups.map(({ job, farm, hosts }) => ({
        labels: { farm: `f${farm}`, job },
        targets: hosts.map((host) => (host === 12 ? "[2001:db8::1]:1" : `h${host}:1`)),
      }));
      return fileOf(...lines.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)));
    });
    let withoutReading = 0;
    await fc.assert(
      fc.asyncProperty(file, file, fc.boolean(), fc.boolean(), async (one, other, isMostlyAlike, isUnsorted) => {
        const lines = one.split("\n");
        const alike = isMostlyAlike ? [...lines.slice(0, 2), ...lines.slice(3)].join("\n") : other;
        const text = isMostlyAlike && lines.length < 5 ? other : alike.replace(/,\n\]/, "\n]");
        const [before, after] = [await counted(isUnsorted ? shuffled(one) : one), await counted(text)];
        const found = await lossByLines("targets.json", before, after);
        assert.equal(found, loss(before.census, after.census), `${one}${text}`);
        if (linesOnlyIn(before.bytes, after.bytes).length < before.census.groups) withoutReading++;
      }),
      { seed: 3, numRuns: 500 },
    );
    assert.ok(withoutReading > 50, `${withoutReading}`);
  });

  it("reads no line that both have, however large they are", () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `{"n":"${String(n).padStart(6, "0")}"}`);
    const text = (list: readonly string[]): Buffer => Buffer.from(`[\n${list.join(",\n")}\n]\n`);
    const only = (one: readonly string[], other: readonly string[]): string[] =>
      linesOnlyIn(text(one), text(other)).map((line) => line.toString());
    assert.equal(only(lines, lines), []);
    assert.equal(only(lines, lines.toSpliced(9_000, 2)), [`${lines[9_000]},\n`, `${lines[9_001]},\n`]);
    assert.equal(only(lines.toSpliced(9_000, 2), lines), []);
    assert.equal(only(lines, lines.with(19_998, `{"n":"019998x"}`)), [`${lines[19_998]},\n`]);
  });

  it("cannot tell where a file has no groups in its lines", async () => {
    const before = { bytes: Buffer.from('[{"targets":\n["a:1"],\n"labels":{"job":"x"}}]'), distinct: 1 };
    assert.is(
      await lossByLines("targets.json", before, await counted(fileOf({ labels: LABELS, targets: [] }))),
      undefined,
    );
  });
});

function shuffled(file: string): string {
  const lines = file.split("\n");
  const groups = lines.slice(1, -2).map((line) => line.replace(/,$/, ""));
  return ["[", groups.toReversed().join(",\n"), "]", ""].join("\n");
}
