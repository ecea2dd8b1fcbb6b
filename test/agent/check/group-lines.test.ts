import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { Census } from "../../../src/agent/check/census.ts";
import { CHECK_LIMITS, checkFile, countFile } from "../../../src/agent/check/check-file.ts";
import { Counter } from "../../../src/agent/check/counter.ts";
import { GroupLines } from "../../../src/agent/check/group-lines.ts";
import type { InvalidFile } from "../../../src/agent/check/invalid-file.ts";
import type { FileName } from "../../../src/agent/config.ts";
import { describe } from "../../describe.ts";
import type { Labels } from "./files.ts";
import { fileOf, FILES, LABELS } from "./files.ts";

/** What is counted of a line, where it is taken. */
function take(line: string, name: FileName = "targets.json", maxTargets = 100): Census | undefined {
  const counter = new Counter(name, maxTargets);
  const bytes = Buffer.from(`x${line},\n`, "latin1");
  const isTaken = new GroupLines(name, CHECK_LIMITS.defaults, counter).take(bytes, 1, bytes.length - 2);
  const census = counter.census();
  if (isTaken) return census;
  assert.equal([census.groups, census.targets, census.distinct, census.jobs.size], [0, 0, 0, 0], "nothing is counted");
  return undefined;
}

const line = (labels: Labels, ...targets: readonly string[]): string =>
  Buffer.from(JSON.stringify({ labels, targets })).toString("latin1");

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What comes of a file, all of it. */
async function outcome(name: FileName, bytes: Uint8Array, reader: typeof checkFile | typeof countFile) {
  try {
    return { census: await reader(name, once(bytes)) };
  } catch (error) {
    const { trouble, group, line, message } = error as InvalidFile;
    return { trouble, group, line, message };
  }
}

/** The same file, whose lines do not look as ours do. */
function unlike(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll("\n{", "\n {"), "latin1");
}

async function assertSame(name: FileName, bytes: Uint8Array): Promise<void> {
  for (const reader of [checkFile, countFile]) {
    const { census: fast, ...found } = await outcome(name, bytes, reader);
    const { census: slow, ...expected } = await outcome(name, unlike(bytes), reader);
    const text = Buffer.from(bytes).toString("latin1");
    assert.equal(found, expected, text);
    assert.equal(fast, slow, text);
    if (fast === undefined || slow === undefined) continue;
    assert.equal([...fast.jobs], [...slow.jobs], text);
    assert.is(fast.identities.countMissingIn(slow.identities), 0, text);
    assert.is(slow.identities.countMissingIn(fast.identities), 0, text);
  }
}

describe("GroupLines", (it) => {
  it("takes what is rendered", () => {
    const targets = ["web1.example.com:9100", "10.1.2.3:80", "a:1", "a_b-c.d0:59999", "0a.x:10", "0:9"];
    const found = take(line({ __farm_source: "promgen", ...LABELS, service: "größe 支払い" }, ...targets, "a:1"));
    assert.equal([found?.groups, found?.targets, found?.distinct, found?.jobs.has("node")], [1, 7, 6, true]);
    assert.is(take(line({ A: "x", __a: "", a: "😀", ab: "x", job: "x", zz: "" }, "a:1"))?.targets, 1);
    assert.is(take(line({ a: "without a job" }))?.groups, 1);
    const probes = ["https://a.example.com/?x=1#y", "a", "10.1.2.3"];
    assert.is(take(line({ __param_module: "http_2xx", job: "x" }, ...probes), "urls.json")?.distinct, 3);
  });

  it("leaves alone what is not plainly right", () => {
    const lines = [
      "",
      "{",
      `{"labels":{},"targets":["a:1"]}`,
      `{"labels":{"job":"x"},"targets":[]} `,
      `{"labels":{"job":"x"},"targets":["a:1"],"targets":["b:1"]}`,
      `{"labels":{"job":"x"},"targets":["a:1",]}`,
      `{"labels":{"job":"x"},"targets":["a:1""b:1"]}`,
      `{"labels":{"job":"x"},"targets":["a:1"]},{"targets":[]}`,
      `{"labels":{"job":"x"}}`,
      `{"labels":{"job":"x"},"targets":["a:1"`,
      `{"labels":{"job":"x"`,
      `{"labels":{"job":"x","job":"y"},"targets":["a:1"]}`,
      `{"labels":{"job":"x","a":"y"},"targets":["a:1"]}`,
      `{"labels":{"job":1},"targets":["a:1"]}`,
      line({ "foo.bar": "x", job: "x" }, "a:1"),
      line({ "": "x", job: "x" }, "a:1"),
      line({ a: 'with "quotes"', job: "x" }, "a:1"),
      line({ a: "\u0001", job: "x" }, "a:1"),
      `{"labels":{"a":"\xff","job":"x"},"targets":["a:1"]}`,
      line({ a: "no job" }, "a:1"),
      line({ a: "empty job", job: "" }, "a:1"),
      line({ __scheme__: "ftp", job: "x" }, "a:1"),
      line({ __scrape_interval__: "1s", __scrape_timeout__: "2s", job: "x" }, "a:1"),
      ...["", "a", ":1", "a:", "a:0", "a:01", "a:65536", "a:60000", "a:99999", "a:100000", "a:1:2", "a.:1", ".a:1"]
        .concat(["a..b:1", "A:1", "ä:1", "a b:1", "a/b:1", "01.2.3.4:1", "a.00:1", "[::1]:1", "a:1x"])
        .map((target) => line(LABELS, "b:1", target)),
    ];
    for (const one of lines) assert.is(take(one), undefined, one);
    for (const target of ["", "a b", 'a"b', "ä", "a\\b", "a\u007f"])
      assert.is(take(line({ __param_module: "x", job: "x" }, target), "urls.json"), undefined, target);
    assert.is(take(line({ job: "no module" }, "a"), "urls.json"), undefined);
    assert.is(take(line(LABELS, "a:1", "b:1"), "targets.json", 1), undefined, "more than the limit");
  });

  it("counts as the reader of any JSON does, and lets it refuse the same for the same reason", async () => {
    for (const { name, bytes } of FILES) if (bytes.length < 10_000) await assertSame(name, bytes);
  });

  it("does so whatever is broken in a file", async () => {
    const file = fileOf(
      { targets: [] },
      {
        labels: { __scheme__: "http", farm: "one", job: "node", service: "größe" },
        targets: ["a.example.com:9100", "b.example.com:9100"],
      },
      {
        labels: { __metrics_path__: "/x", __scheme__: "https", __scrape_interval__: "30s", job: "x" },
        targets: ["c:1"],
      },
      { labels: { __param_module: "icmp", job: "icmp" }, targets: ["10.1.2.3:80", "a.example.com:9100"] },
      { labels: { __scheme__: "http", farm: "last", job: "node" }, targets: ["a.example.com:9100"] },
    );
    const pieces = [
      ...'"\\{}[],:.0159aZ_- \n\r\t\u0000\u007f\u00c3\u00a9\u00ff',
      '","',
      '":"',
      "},\n{",
      '"job":"y",',
      "\\u0061",
    ];
    const edit = fc.record({
      at: fc.nat(file.length),
      removed: fc.nat(3),
      piece: fc.constantFrom("", ...pieces),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 2 }), fc.boolean(), async (edits, isUrls) => {
        let text = Buffer.from(file).toString("latin1");
        for (const { at, removed, piece } of edits) text = text.slice(0, at) + piece + text.slice(at + removed);
        await assertSame(isUrls ? "urls.json" : "targets.json", Buffer.from(text, "latin1"));
      }),
      { seed: 11, numRuns: 3000 },
    );
  });
});
