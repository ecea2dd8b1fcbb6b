import * as assert from "uvu/assert";
import { inconsistent } from "../../src/check/label-inconsistent.ts";
import { describe } from "../describe.ts";
import type { Files, Found, Options } from "./inventory.ts";
import { findings } from "./inventory.ts";

const ON: Options = { lint: { "label/inconsistent": "warning" } };
const MISSING: Options = { lint: { "label/inconsistent": { missing: true } } };

function services(...labels: string[]): Files {
  return Object.fromEntries(
    labels.map((text, index) => [`targets/s${index}.yml`, `service: s${index}\nlabels: { ${text} }\n`]),
  );
}

function project(name: string, lines: string): Files {
  return {
    [`targets/${name}.yml`]: `service: of-${name}\nshard: s\nprojects:\n  - name: ${name}\n    hosts: [${name}1]\n    ${lines.replaceAll("\n", "\n    ")}\n`,
  };
}

function missing(files: Files): Found[] {
  return findings(inconsistent, { "targets/shard.yml": "shard: s\n", ...files }, MISSING);
}

describe("label/inconsistent", (it) => {
  it("finds the rarer of two cases of a value, and points to the common one", () => {
    const result = findings(inconsistent, services("env: prod", "env: Prod", "env: prod"), ON);
    assert.equal(
      result.map(({ severity, file, path, text }) => [severity, file, path.join(" "), text]),
      [["warning", "targets/s1.yml", "0 labels env", "Prod"]],
    );
    assert.equal(
      result[0]?.related.map(({ where }) => [where.file, where.path.join(" ")]),
      [["targets/s0.yml", "0 labels env"]],
    );
  });

  it("the more common case is right, whichever it is; of equals, lower case, in any order", () => {
    const texts = (...labels: string[]): string[] =>
      findings(inconsistent, services(...labels), ON).map(({ text }) => text);
    assert.equal(texts("env: PROD", "env: PROD", "env: prod"), ["prod"]);
    assert.equal(texts("env: Prod", "env: prod"), ["Prod"]);
    assert.equal(texts("env: prod", "env: Prod"), ["Prod"]);
    assert.equal(texts("env: PROD", "env: Prod", "env: prod", "env: prod"), ["PROD", "Prod"]);
  });

  it("does not find equal values, values of other labels, and parameters", () => {
    assert.equal(findings(inconsistent, services("env: prod", "env: prod", "env: staging", "stage: Prod"), ON), []);
    const exporter =
      "service: x\nprojects:\n  - name: p\n    exporters:\n      - { job: a, port: 1, params: { env: PROD } }\n";
    assert.equal(findings(inconsistent, { ...services("env: prod"), "targets/x.yml": exporter }, ON), []);
  });

  it("does not take the cases of a parameter for those of a label", () => {
    const exporters = "[{ job: a, port: 1, params: { env: prod } }, { job: b, port: 1, params: { env: PROD } }]";
    const file = `service: x\nlabels: { env: PROD }\nprojects:\n  - name: p\n    exporters: ${exporters}\n`;
    assert.equal(findings(inconsistent, { "targets/x.yml": file }, ON), []);
  });

  it("does not look for missing labels unless it is asked to", () => {
    const files = {
      "targets/shard.yml": "shard: s\n",
      ...project("a", "labels: { rack: r1 }\nexporters: [{ job: node, port: 1 }]"),
      ...project("b", "exporters: [{ job: node, port: 1 }]"),
    };
    assert.equal(findings(inconsistent, files, ON), []);
    assert.is(findings(inconsistent, files, MISSING).length, 1);
  });

  it("missing: finds the targets of a job that lack a label which others have", () => {
    const result = missing({
      ...project("a", "exporters: [{ job: node, port: 1 }]"),
      ...project("b", "labels: { rack: r1 }\nexporters: [{ job: node, port: 1 }, { job: app, port: 2 }]"),
    });
    assert.equal(
      result.map(({ severity, file, path, text }) => [severity, file, path.join(" "), text]),
      [["warning", "targets/a.yml", "0 projects 0 exporters 0 job", "node"]],
    );
    assert.equal(result[0]?.related[0]?.where.file, "targets/b.yml");
  });

  it("missing: finds hosts without the label of their neighbour", () => {
    const hosts =
      "service: x\nshard: s\nprojects:\n  - name: p\n    hosts: [a, { host: b, labels: { rack: r1 } }]\n    exporters: [{ job: node, port: 1 }]\n";
    const result = missing({ "targets/x.yml": hosts });
    assert.equal(
      result.map(({ related }) => related),
      [[]],
    );
  });

  it("missing: other jobs, and what is disabled, do not count", () => {
    const result = missing({
      ...project("a", "exporters: [{ job: node, port: 1 }]"),
      ...project(
        "b",
        "labels: { rack: r1 }\nexporters: [{ job: app, port: 1 }, { job: node, port: 1, enabled: false }]",
      ),
    });
    assert.equal(result, []);
  });
});
