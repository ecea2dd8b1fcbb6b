import * as assert from "uvu/assert";
import { report } from "../../src/report/report.ts";
import { describe } from "../describe.ts";
import { finding, hostsFile, inputOf, reportOf } from "./input.ts";

const CHECKOUT = `service: checkout
projects:
  - name: checkout
    shard: tokyo-a
    exporters:
      - node
    labels:
      env: prod
    hosts:
      - web2.example.com
      - web3.example.com
      - web4.example.com
      - web5.example.com
      - web1.example.com
${"      - other.example.com\n".repeat(16)}      - web1.example.com.
`;
const FILE = "targets/services/checkout.yml";
const host = (index: number) => ({ file: FILE, path: [0, "projects", 0, "hosts", index] });
const duplicate = finding(host(4), {
  message: 'web1.example.com:9100 (job "node") is listed twice in shard "tokyo-a"',
  related: [{ where: host(21), note: "also here (the same without the trailing dot)" }],
  help: "remove one of them",
});
const TAIL = "in 1 of 214 files · 18,302 targets · 8 shards · 0.9 s\n";

describe("text", (it) => {
  it("draws a finding with its place, a related place and help", () => {
    assert.is(
      reportOf("text", { files: { [FILE]: CHECKOUT }, findings: [duplicate] }),
      `error[topology/duplicate-target]: web1.example.com:9100 (job "node") is listed twice in shard "tokyo-a"
  --> targets/services/checkout.yml:14:9
   |
14 |       - web1.example.com
   |         ^^^^^^^^^^^^^^^^
  ::: targets/services/checkout.yml:31:9
31 |       - web1.example.com.
   |         ----------------- also here (the same without the trailing dot)
   = help: remove one of them
1 error ${TAIL}`,
    );
  });

  it("sorts, and puts an empty line between two findings", () => {
    const findings = [
      finding(
        { file: FILE, path: [0, "projects", 0, "labels"], part: "key" },
        { code: "label/inconsistent", severity: "warning" },
      ),
      finding({ file: FILE, path: [0, "service"] }, { code: "schema/invalid-name", message: "first" }),
    ];
    assert.is(
      reportOf("text", { files: { [FILE]: CHECKOUT }, findings }),
      `error[schema/invalid-name]: first
 --> targets/services/checkout.yml:1:10
  |
1 | service: checkout
  |          ^^^^^^^^

warning[label/inconsistent]: m
 --> targets/services/checkout.yml:7:5
  |
7 |     labels:
  |     ^^^^^^
1 error, 1 warning ${TAIL}`,
    );
  });

  it("has no caret for a file as a whole, and no line for one that cannot be read", () => {
    const findings = [
      finding({ file: "bom.yml", path: [] }, { severity: "warning", help: "save it" }),
      finding(
        { file: "gone.yml", path: [0, "a"] },
        { related: [{ where: { file: "bom.yml", path: [] }, note: "see here" }] },
      ),
      finding({ file: "", path: [] }, { message: "nowhere" }),
    ];
    const text = reportOf("text", { files: { "bom.yml": "\ufeffa: b\n" }, findings });
    assert.is(
      text.slice(0, text.lastIndexOf("2 errors")),
      `error[topology/duplicate-target]: nowhere

warning[topology/duplicate-target]: m
 --> bom.yml:1
  = help: save it

error[topology/duplicate-target]: m
 --> gone.yml
 ::: bom.yml:1: see here
`,
    );
  });

  it("marks only the first line of a place of several lines", () => {
    const text = reportOf("text", {
      files: { "a.yml": "a: 'b\n  c'\n" },
      findings: [finding({ file: "a.yml", path: [], range: [3, 10] })],
    });
    assert.match(text, "\n1 | a: 'b\n  |    ^^\n1 error");
  });

  it("cuts a line to the width of the terminal, and to 160 without one", () => {
    const files = { "a.yml": `a: ${"x".repeat(500)}\n` };
    const longest = (width?: number): number =>
      Math.max(
        ...reportOf("text", { files, findings: [finding([0, "a"])], options: { width } })
          .split("\n")
          .map(({ length }) => length),
      );
    assert.is(longest(80), 80);
    assert.is(longest(), 160);
  });

  it("shows no line that holds a secret, whatever finding is about it", () => {
    const files = { "a.yml": "labels:\n  token: ghp_secret\n  env: prod\n" };
    const findings = [
      finding([0, "labels", "token"], { code: "security/secret-in-data", redact: true }),
      finding([0, "labels", "token"], { code: "label/inconsistent", severity: "warning" }),
      finding([0, "labels", "env"], {
        related: [{ where: { file: "a.yml", path: [0, "labels", "token"] }, note: "like this one" }],
      }),
    ];
    const text = reportOf("text", { files, findings });
    assert.not.match(text, "ghp_secret");
    assert.is(text.split("2 | (line not shown: it holds a secret)\n").length, 4);
    assert.match(text, "  | like this one\n");
    assert.match(text, "3 |   env: prod\n");
  });

  it("hides related lines of a secret too", () => {
    const files = { "a.yml": "a: ghp_secret\nb: ghp_secret\n" };
    const related = [{ where: { file: "a.yml", path: [0, "b"] }, note: "also here" }];
    const text = reportOf("text", { files, findings: [finding([0, "a"], { redact: true, related })] });
    assert.not.match(text, "ghp_secret");
    assert.match(text, "2 | (line not shown: it holds a secret)\n  | also here\n");
  });

  it("hides the secret line of a finding that is itself not shown", () => {
    const files = { "a.yml": "token: ghp_secret\n" };
    const secret = finding([0, "token"], { code: "security/secret-in-data", redact: true, severity: "info" });
    assert.not.match(reportOf("text", { files, findings: [secret, finding([0, "token"])] }), "ghp_secret");
  });

  it("cuts findings of one rule after 20 and counts the others", () => {
    const findings = Array.from({ length: 1254 }, (_, index) => finding([0, "projects", 0, "hosts", 1253 - index]));
    findings.push(finding([0, "service"], { code: "schema/invalid-name" }));
    const text = reportOf("text", { files: { "a.yml": hostsFile(1254) }, findings });
    assert.is(text.match(/^error\[topology/gm)?.length, 20);
    assert.is(text.match(/^error\[schema/gm)?.length, 1);
    assert.equal(
      [...text.matchAll(/a\.yml:(\d+):/g)].map(([, line]) => Number(line)),
      [1, ...Array.from({ length: 20 }, (_, index) => index + 4)],
    );
    assert.ok(
      text.endsWith(`
… and 1,234 more topology/duplicate-target (--format json lists all)
1,255 errors ${TAIL}`),
    );
  });

  it("cuts related places after 10 and counts the others", () => {
    const related = Array.from({ length: 23 }, (_, index) => ({
      where: { file: "a.yml", path: [0, "projects", 0, "hosts", index] },
      note: "also here",
    }));
    const text = reportOf("text", {
      files: { "a.yml": hostsFile(30) },
      findings: [finding([0, "projects", 0, "hosts", 29], { related })],
    });
    assert.is(text.match(/also here/g)?.length, 10);
    assert.match(text, "\n  ::: and 13 more\n");
  });

  it("reads no file of findings that are not shown", () => {
    const asked = new Set<string>();
    const findings = Array.from({ length: 100 }, (_, index) =>
      finding({ file: `${String(index).padStart(2, "0")}.yml`, path: [0] }),
    );
    findings.push(finding({ file: "info.yml", path: [0] }, { severity: "info", redact: true }));
    const textOf = (file: string) => (asked.add(file), "a: b\n");
    report({ ...inputOf({ findings }), textOf }, "text", () => {});
    assert.equal(
      [...asked],
      findings.slice(0, 20).map(({ where }) => where.file),
    );
  });

  it("shows infos when asked to", () => {
    const input = { files: { "a.yml": "a: b\n" }, findings: [finding([0, "a"], { severity: "info" })] };
    assert.is(reportOf("text", input), "no errors or warnings in 214 files · 18,302 targets · 8 shards · 0.9 s\n");
    const text = reportOf("text", { ...input, options: { verbose: true } });
    assert.ok(text.startsWith("info[topology/duplicate-target]: m\n"));
    assert.ok(text.endsWith(`1 info ${TAIL}`));
  });

  it("has colour only when asked for", () => {
    const input = { files: { [FILE]: CHECKOUT }, findings: [duplicate] };
    const plain = reportOf("text", input);
    const coloured = reportOf("text", { ...input, options: { color: true } });
    assert.not.match(plain, "\u001b");
    assert.match(coloured, "\u001b[31merror[topology/duplicate-target]\u001b[39m");
    // oxlint-disable-next-line no-control-regex -- colour is made of control characters
    assert.is(coloured.replace(/\u001b\[\d+m/g, ""), plain);
  });
});
