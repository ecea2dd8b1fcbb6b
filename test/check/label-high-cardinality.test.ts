import * as assert from "uvu/assert";
import { highCardinality } from "../../src/check/label-high-cardinality.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";

const ON = { lint: { "label/high-cardinality": "warning" } };
const FILE = "targets/services/pay.yml";

/** The labels that are found. */
function found(labels: string): string[] {
  return findings(highCardinality, { [FILE]: `service: pay\nlabels:\n${labels}` }, ON).map(({ path }) =>
    String(path.at(-1)),
  );
}

describe("label/high-cardinality", (it) => {
  it("finds uuids, hashes, points in time, URLs and process ids, at the value", () => {
    const labels = {
      a: "550e8400-e29b-41d4-a716-446655440000",
      b: "3f2a9c1",
      c: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      d: "2026-11-26T10:00:00Z",
      e: "1795687200",
      f: "1795687200000",
      g: "20261126100000",
      h: "https://ci.example.com/job/17",
      i: "pid-4711",
      j: "nginx[4711]",
    };
    const lines = Object.entries(labels).map(([name, value]) => `  ${name}: "${value}"\n`);
    assert.equal(found(lines.join("")), Object.keys(labels));
    assert.equal(found('  pid: "4711"\n  request_id: "12"\n'), ["pid", "request_id"]);
  });

  it("leaves alone plain values, short numbers and versions", () => {
    assert.equal(
      found(
        '  a: prod\n  b: "9100"\n  c: "1.10.2"\n  d: "2026"\n  e: rack-17\n  f: deadbeef\n  g: facade\n  h: tokyo-a\n  i: "2026-11-26"\n  j: "1234567"\n  rapid: "12"\n',
      ),
      [],
    );
  });

  it("counts distinct values of a label in a service, with a limit, and reports the first too many", () => {
    const files = {
      "promgen.yml": "lint:\n  label/high-cardinality: { limit: 2 }\n",
      "targets/farm.yml":
        "farm: f\nhosts:\n  - { host: a, labels: { rack: r1 } }\n  - { host: b, labels: { rack: r2 } }\n  - { host: c, labels: { rack: r1 } }\n",
      [FILE]: "service: pay\nprojects:\n  - { name: p, farm: f }\n  - { name: q, labels: { rack: r9 } }\n",
      "targets/other.yml": "service: other\nprojects:\n  - { name: r, farm: f }\n",
    };
    const result = findings(highCardinality, files);
    assert.equal(
      result.map(({ file, path, text }) => [file, path.join(" "), text]),
      [["targets/farm.yml", "0 hosts 1 labels rack", "r2"]],
    );
    assert.match(result[0]?.message ?? "", "`pay`");
    assert.equal(findings(highCardinality, files, { lint: { "label/high-cardinality": { limit: 3 } } }), []);
  });

  it("counts labels, not parameters", () => {
    const exporters = [1, 2, 3]
      .map((port) => `      - { job: a, port: ${port}, params: { id: p${port}, u: "https://x/" } }\n`)
      .join("");
    const file = `service: pay\nprojects:\n  - name: p\n    exporters:\n${exporters}`;
    assert.equal(findings(highCardinality, { [FILE]: file }, { lint: { "label/high-cardinality": { limit: 1 } } }), []);
  });
});
