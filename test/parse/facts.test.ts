/**
 * What YAML readers disagree on, case by case: what reaches labels, params, ports and hosts here. Prometheus' own reader,
 * go-yaml into a string, is what labels and params have to agree with.
 */
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { found, parse } from "./findings.ts";

interface Fact {
  readonly written: string;
  /** In `labels` and `params`. */
  readonly text: unknown;
  /** Anywhere else. */
  readonly value: unknown;
  /** Findings in `labels`, without their severity and place. */
  readonly labelFindings?: readonly string[];
  readonly findings?: readonly string[];
}

const AMBIGUOUS = "info yaml/yaml11-ambiguous";
const IMPLICIT = "warning yaml/implicit-type";

const FACTS: readonly Fact[] = [
  { written: "22:22", text: "22:22", value: "22:22", labelFindings: [AMBIGUOUS], findings: [AMBIGUOUS] },
  { written: "no", text: "no", value: "no", labelFindings: [AMBIGUOUS], findings: [AMBIGUOUS] },
  { written: "on", text: "on", value: "on", labelFindings: [AMBIGUOUS], findings: [AMBIGUOUS] },
  { written: "y", text: "y", value: "y", labelFindings: [AMBIGUOUS], findings: [AMBIGUOUS] },
  { written: "1.10", text: "1.10", value: 1.1, labelFindings: [IMPLICIT] },
  { written: "007", text: "007", value: "007", labelFindings: [IMPLICIT], findings: [IMPLICIT] },
  { written: "08080", text: "08080", value: "08080", labelFindings: [IMPLICIT], findings: [IMPLICIT] },
  { written: "1234e10", text: "1234e10", value: "1234e10", labelFindings: [IMPLICIT], findings: [IMPLICIT] },
  {
    written: "12345678901234567890",
    text: "12345678901234567890",
    value: "12345678901234567890",
    labelFindings: [IMPLICIT],
    findings: [IMPLICIT],
  },
  { written: "0x1F90", text: "0x1F90", value: "0x1F90", labelFindings: [IMPLICIT], findings: [IMPLICIT] },
  { written: "+8080", text: "+8080", value: "+8080", labelFindings: [IMPLICIT], findings: [IMPLICIT] },
  { written: "8080", text: "8080", value: 8080 },
  { written: "-1", text: "-1", value: -1 },
  { written: "1.5", text: "1.5", value: 1.5 },
  { written: "true", text: "true", value: true },
  { written: "null", text: null, value: null },
  { written: "~", text: null, value: null },
  { written: "", text: null, value: null },
  { written: "'1.10'", text: "1.10", value: "1.10" },
  { written: '"null"', text: "null", value: "null" },
  { written: "''", text: "", value: "" },
  { written: "5m", text: "5m", value: "5m" },
  { written: "10.0.0.1", text: "10.0.0.1", value: "10.0.0.1" },
  { written: "=", text: "=", value: "=" },
];

describe("YAML facts: plain scalars", (it) => {
  for (const { written, text, value, labelFindings = [], findings = [] } of FACTS) {
    it(`reads ${written === "" ? "nothing" : written}`, () => {
      // An anchor hands the file to the reference parser, which has to say the same.
      for (const other of ["", "other: &anchor x\n"]) {
        assert.equal(read(`${other}labels: { a: ${written} }\n`, "labels"), { a: text });
        assert.equal(read(`${other}labels:\n  a: ${written}\n`, "labels"), { a: text });
        assert.equal(read(`${other}params:\n  a: ${written}\n`, "params"), { a: text });
        assert.equal(read(`${other}port: ${written}\n`, "port"), value);
        if (written !== "") assert.equal(read(`${other}hosts:\n  - ${written}\n`, "hosts"), [value]);
        assert.equal(read(`${other}hosts: [ { host: ${written} } ]\n`, "hosts"), [{ host: value }]);
        assert.equal(codes(`${other}labels: { a: ${written} }\n`), labelFindings);
        assert.equal(codes(`${other}port: ${written}\n`), findings);
      }
    });
  }
});

describe("YAML facts: what is an error here", (it) => {
  const cases: readonly (readonly [name: string, text: string, findings: readonly string[]])[] = [
    ["a merge key", "labels: { <<: { a: b } }\n", ["error yaml/merge-key"]],
    ["a key given twice", "a: 1\na: 2\n", ["error yaml/duplicate-key"]],
    ["a wildcard", "- *.example.com:9100\n", ["error yaml/anchor-alias"]],
    ["an IPv6 address in brackets", "hosts: [ [::1]:9100 ]\n", ["error yaml/unquoted-ipv6"]],
    ["a no-break space behind a colon", "a:\u00a0b\n", ["error yaml/invisible-char"]],
    ["a tag", "a: !include f\n", ["error yaml/custom-tag"]],
    ["a bracket that is never closed", "a: [1\n", ["error yaml/syntax"]],
  ];
  for (const [name, text, findings] of cases) {
    it(name, () => assert.equal(codes(text), findings));
  }
});

describe("YAML facts: where text is expected", (it) => {
  it("holds for the lists and maps of labels, not below them", () => {
    assert.equal(read("labels: { a: [1.10, 007] }\n", "labels"), { a: ["1.10", "007"] });
    assert.equal(read("labels: { a: { b: 1.10 } }\n", "labels"), { a: { b: 1.1 } });
    assert.equal(read("labels: { labels: 1.10 }\n", "labels"), { labels: "1.10" });
  });

  it("holds for labels of a host, a project and a preset", () => {
    assert.equal(read("hosts: [ { host: a, labels: { v: 1.10 } } ]\n", "hosts"), [
      { host: "a", labels: { v: "1.10" } },
    ]);
    assert.equal(read("exporters: { a: { port: 1, params: { v: 1.10 } } }\n", "exporters"), {
      a: { port: 1, params: { v: "1.10" } },
    });
  });

  it("leaves the names of keys alone", () => {
    assert.equal(read("labels: { 007: a, true: b }\n", "labels"), { "007": "a", true: "b" });
  });
});

function read(text: string, key: string): unknown {
  const [document] = parse(text).documents;
  return (document as Record<string, unknown>)[key];
}

/** Severity and code of each finding. */
function codes(text: string): string[] {
  return found(text).map((finding) => finding.split(" ").slice(0, 2).join(" "));
}
