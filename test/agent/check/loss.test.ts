import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { Census } from "../../../src/agent/check/census.ts";
import { checkFile } from "../../../src/agent/check/check-file.ts";
import { loss } from "../../../src/agent/check/loss.ts";
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
