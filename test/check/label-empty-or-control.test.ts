import * as assert from "uvu/assert";
import { emptyOrControl } from "../../src/check/label-empty-or-control.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";

const FILE = "targets/services/pay.yml";
const faulty = { faulty: true };

function service(labels: string): string[] {
  return findings(emptyOrControl, { [FILE]: `service: pay\nlabels:\n${labels}` }, faulty).map(({ path }) =>
    String(path.at(-1)),
  );
}

describe("label/empty-or-control", (it) => {
  it("finds values that are empty: quoted, or null in any spelling", () => {
    assert.equal(service(`  a: ""\n  b:\n  c: null\n  d: ~\n  e: " "\n`), ["a", "b", "c", "d"]);
  });

  it("finds line breaks and controls", () => {
    assert.equal(service('  a: "x\\ny"\n  b: "x\\ty"\n  c: "\\0"\n  d: "\\x9f"\n  f: |\n    text\n'), [
      "a",
      "b",
      "c",
      "d",
      "f",
    ]);
  });

  it("counts bytes of UTF-8, up to 1 KiB", () => {
    const result = service(
      `  a: ${"x".repeat(1024)}\n  b: ${"x".repeat(1025)}\n  c: ${"決".repeat(341)}\n  d: ${"決".repeat(342)}\n`,
    );
    assert.equal(result, ["b", "d"]);
  });

  it("warns of templates in labels, which reach Prometheus as they are", () => {
    const labels = '{ a: "{{ env }}", b: "x-${ENV}", c: "{", d: "100 %" }';
    const exporters = '[{ job: j, port: 1, params: { q: "{{ x }}" } }]';
    const found = findings(emptyOrControl, {
      [FILE]: `service: pay\nlabels: ${labels}\nprojects: [{ name: p, exporters: ${exporters} }]\n`,
    });
    assert.equal(
      found.map(({ severity, path }) => [severity, path.at(-1)]),
      [
        ["warning", "a"],
        ["warning", "b"],
      ],
    );
  });

  it("points to the value, as an error", () => {
    const [first] = findings(emptyOrControl, { [FILE]: 'service: pay\nlabels: { team: "" }\n' });
    assert.equal(
      [first?.severity, first?.path, first?.part, first?.text],
      ["error", [0, "labels", "team"], "value", ""],
    );
  });

  it("looks at parameters, queries, jobs, modules and sources", () => {
    const project = `    exporters:
      - { job: "a\\nb", port: 1, params: { x: "" } }
      - { job: a, port: 1, path: "/m?x=%0a" }
      - { job: a, port: 1, path: "/m?x=%ff" }
      - { job: "", port: 1 }
      - "p\\n"
    probes:
      - { module: "m\\0", hosts: true }
`;
    const files = {
      "promgen.yml": 'exporters:\n  "p\\n": { port: 1 }\n',
      "targets/farm.yml": 'farm: f\nsource: ""\nhosts: []\n',
      [FILE]: `service: pay\nprojects:\n  - name: api\n    hosts: []\n${project}`,
    };
    const places = findings(emptyOrControl, files, faulty).map(
      ({ file, path, part }) => `${file} ${path.join(".")} ${part}`,
    );
    assert.equal(places.toSorted(), [
      "promgen.yml 0.exporters.p\n key",
      "targets/farm.yml 0.source value",
      `${FILE} 0.projects.0.exporters.0.job value`,
      `${FILE} 0.projects.0.exporters.0.params.x value`,
      `${FILE} 0.projects.0.exporters.1.path value`,
      `${FILE} 0.projects.0.exporters.2.path value`,
      `${FILE} 0.projects.0.exporters.3.job value`,
      `${FILE} 0.projects.0.exporters.4 value`,
      `${FILE} 0.projects.0.probes.0.module value`,
    ]);
  });

  it("says what to do about what is not UTF-8", () => {
    const files = {
      [FILE]: 'service: p\nprojects: [{ name: q, exporters: [{ job: a, port: 1, path: "/m?x=%ED%A0%80" }] }]\n',
    };
    assert.equal(
      findings(emptyOrControl, files).map(({ help = "" }) => help.slice(0, 17)),
      ["write it in UTF-8"],
    );
  });

  it("finds halves of surrogate pairs in the names of presets, and leaves those of values to schema/wrong-type", () => {
    const files = { "promgen.yml": 'exporters: { "\\ud800": { port: 1 } }\nlabels: { a: "\\ud800" }\n' };
    assert.equal(
      findings(emptyOrControl, files, faulty).map(({ path, part }) => [path, part]),
      [[[0, "exporters", "\ud800"], "key"]],
    );
  });

  it("a job that the schema has taken out is not called empty, too", () => {
    const files = {
      [FILE]:
        "service: pay\nprojects:\n  - name: api\n    exporters:\n      - { job: [a], port: 1 }\n      - { port: 1 }\n",
    };
    assert.equal(findings(emptyOrControl, files, faulty), []);
  });

  it("leaves alone values that only look empty or odd", () => {
    assert.equal(service('  a: "0"\n  b: false\n  c: " "\n  d: "日本"\n  e: "a\\\\nb"\n  f: "😀"\n'), []);
  });
});
